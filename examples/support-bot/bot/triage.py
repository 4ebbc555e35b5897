"""Say what a message is about, with the smallest model that can."""

from bot.client import client
from bot.prompts import load
from bot.settings import settings


def triage(message: str) -> str:
    reply = client.chat.completions.create(
        model=settings.triage_model,
        messages=[
            {"role": "system", "content": load("triage.txt")},
            {"role": "user", "content": message},
        ],
        max_tokens=5,
    )
    return (reply.choices[0].message.content or "other").strip()
