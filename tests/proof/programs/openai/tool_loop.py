# env: core
# answers: [tools]
# shows: [agent]
"""An agent of one's own: ask until the model stops calling tools, at most six times."""

import json

from openai import OpenAI

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Current weather of a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "get_time",
            "description": "Local time of a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    },
]
MAX_STEPS = 6


def run(question):
    client = OpenAI()
    messages = [
        {"role": "system", "content": "Use the tools."},
        {"role": "user", "content": question},
    ]
    for _ in range(MAX_STEPS):
        reply = client.chat.completions.create(model="gpt-4.1", messages=messages, tools=TOOLS, max_tokens=500)
        message = reply.choices[0].message
        if not message.tool_calls:
            return message.content
        messages.append(message)
        for call in message.tool_calls:
            json.loads(call.function.arguments)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": "sunny"})
    return None


run("What is the weather in Bergen?")
