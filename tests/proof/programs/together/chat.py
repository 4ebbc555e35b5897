# env: core
# answers: [429]
import os

from together import Together

client = Together(api_key=os.environ.get("TOGETHER_API_KEY"))
stream = client.chat.completions.create(
    model="meta-llama/Llama-3.3-70B-Instruct-Turbo",
    messages=[{"role": "user", "content": "What are the planets?"}],
    max_tokens=300,
    stream=True,
)
