"""One client for the whole bot."""

from openai import OpenAI

client = OpenAI(timeout=30, max_retries=2)


def complete(model: str, system: str, message: str, **options) -> str:
    reply = client.chat.completions.create(
        model=model,
        messages=[
            {"role": "system", "content": system},
            {"role": "user", "content": message},
        ],
        **options,
    )
    return reply.choices[0].message.content or ""
