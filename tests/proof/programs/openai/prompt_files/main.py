# env: core
# answers: [ok]
"""Prompts in text files, filled in with format()."""

from pathlib import Path

from openai import OpenAI

PROMPTS = Path(__file__).parent / "prompts"


def load(name: str) -> str:
    return (PROMPTS / f"{name}.txt").read_text(encoding="utf-8")


response = OpenAI().chat.completions.create(
    model="gpt-4o-mini",
    messages=[
        {"role": "system", "content": load("system")},
        {"role": "user", "content": load("question").format(topic="tides")},
    ],
    max_tokens=150,
)
