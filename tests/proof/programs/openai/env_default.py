# env: core
# answers: [500, 500, ok]
# shows: [config]
import os

from openai import OpenAI

MODEL = os.getenv("SUPPORT_MODEL", "gpt-4o-mini")
LIMIT = int(os.environ.get("SUPPORT_LIMIT", "220"))

client = OpenAI(max_retries=int(os.getenv("RETRIES", "4")))


def reply(ticket):
    return client.chat.completions.create(
        model=MODEL,
        max_completion_tokens=LIMIT,
        messages=[{"role": "user", "content": f"Reply to this ticket: {ticket}"}],
        reasoning_effort=None or "minimal",
    )


reply("It does not work.")
