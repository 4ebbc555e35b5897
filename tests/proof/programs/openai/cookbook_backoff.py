# env: core
# answers: [429]
# shows: [wrapper]
"""The cookbook's way: tenacity around the client's own retries."""

from openai import OpenAI
from tenacity import retry, stop_after_attempt, wait_none

client = OpenAI()


@retry(wait=wait_none(), stop=stop_after_attempt(6))
def completion_with_backoff(**kwargs):
    return client.chat.completions.create(**kwargs)


completion_with_backoff(
    model="gpt-4.1-mini",
    messages=[
        {"role": "system", "content": "You name colours."},
        {"role": "user", "content": "What is the colour of the sky at noon?"},
    ],
    max_tokens=40,
)
