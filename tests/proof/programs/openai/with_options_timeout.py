# env: core
# answers: [slow]
"""A time limit that is too short: each attempt is sent again."""

from openai import APITimeoutError, OpenAI

client = OpenAI(max_retries=5)


def classify(text):
    impatient = client.with_options(timeout=0.2, max_retries=3)
    try:
        return impatient.chat.completions.create(
            model="gpt-4.1-nano",
            messages=[{"role": "user", "content": "Answer spam or ham: " + text}],
            max_tokens=1,
            n=2,
        )
    except APITimeoutError:
        return None


classify("You won a prize")
