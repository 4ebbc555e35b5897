# env: core
# answers: [429 x 11, ok]
"""Retried until it works."""

from openai import OpenAI
from tenacity import retry

client = OpenAI(max_retries=0)


@retry
def label(text):
    return client.chat.completions.create(
        model="gpt-4.1-nano", messages=[{"role": "user", "content": "Label: " + text}], max_tokens=4
    )


label("a red car")
