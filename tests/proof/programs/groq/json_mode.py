# env: core
# answers: [500]
# shows: [wrapper]
from groq import Groq


def extract(text: str, model: str = "llama-3.3-70b-versatile"):
    client = Groq(max_retries=3, timeout=10)
    return client.chat.completions.create(
        model=model,
        messages=[
            {"role": "system", "content": "Extract the names as JSON."},
            {"role": "user", "content": text},
        ],
        response_format={"type": "json_object"},
        max_completion_tokens=400,
    )


extract("Kari and Ola went home.")
