# env: core
# answers: [500]
"""A hand-written retry loop around a client that retries, too."""

import time

from openai import OpenAI, OpenAIError

MAX_TRIES = 4


class Summarizer:
    MODEL = "gpt-4o"

    def __init__(self, limit: int = 120):
        self.client = OpenAI(max_retries=1)
        self.limit = limit

    def summarize(self, text: str) -> str:
        for attempt in range(MAX_TRIES):
            try:
                response = self.client.chat.completions.create(
                    model=self.MODEL,
                    messages=[
                        {"role": "system", "content": "Summarize in one sentence."},
                        {"role": "user", "content": text},
                    ],
                    max_tokens=self.limit,
                )
                return response.choices[0].message.content
            except OpenAIError:
                time.sleep(0.01 * attempt)
        return ""


Summarizer().summarize("A long story.")
