# env: core
# answers: [tools]
# shows: [agent]
import ollama


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


messages = [{"role": "user", "content": "What is 1 + 1?"}]
rounds = 3
for _ in range(rounds):
    answer = ollama.chat("qwen3", messages=messages, tools=[add], think=False)
    messages.append(answer.message)
    if not answer.message.tool_calls:
        break
    for call in answer.message.tool_calls:
        messages.append({"role": "tool", "content": str(add(**call.function.arguments)), "tool_name": call.function.name})
