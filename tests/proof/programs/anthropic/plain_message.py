# env: core
# answers: [429]
import anthropic

client = anthropic.Anthropic()
message = client.messages.create(
    model="claude-sonnet-4-5",
    max_tokens=1024,
    system="You are a poet.",
    messages=[{"role": "user", "content": "Describe the sea in two lines."}],
)
