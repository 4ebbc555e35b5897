# env: core
# answers: [ok]
import ollama

response = ollama.chat(
    model="llama3.1:8b",
    messages=[{"role": "user", "content": "Why do cats purr?"}],
    options={"num_predict": 128, "temperature": 0},
)
