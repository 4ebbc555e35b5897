# env: core
# answers: [500 x 7, ok]
"""A while loop that goes on until there is an answer."""

import openai

client = openai.OpenAI(max_retries=1)
answer = None
while True:
    try:
        answer = client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "Pick a number."}],
            max_tokens=2,
        )
        break
    except openai.APIError:
        continue
