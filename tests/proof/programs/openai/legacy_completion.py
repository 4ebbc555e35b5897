# env: core
# answers: [ok]
import openai

openai.max_retries = 0
answer = openai.completions.create(
    model="gpt-3.5-turbo-instruct",
    prompt="Once upon a time",
    max_tokens=16,
    n=3,
)
