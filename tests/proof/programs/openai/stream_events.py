# env: core
# answers: [ok]
from openai import OpenAI

client = OpenAI()
with client.chat.completions.stream(
    model="gpt-4.1",
    messages=[{"role": "user", "content": "Tell me a story about a lighthouse."}],
    max_completion_tokens=256,
) as stream:
    for event in stream:
        if event.type == "content.delta":
            print(event.delta, end="")
