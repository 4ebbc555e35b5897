# env: core
# answers: [tools x 6, ok]
# shows: [agent]
"""The agent loop of the documentation: as long as the model wants tools."""

import anthropic

client = anthropic.Anthropic()
TOOL = {
    "name": "read_file",
    "description": "Read a file of the project",
    "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
}


def agent(task):
    messages = [{"role": "user", "content": task}]
    while True:
        response = client.messages.create(
            model="claude-sonnet-4-5", max_tokens=4096, tools=[TOOL], messages=messages
        )
        if response.stop_reason != "tool_use":
            return response
        messages.append({"role": "assistant", "content": response.content})
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": "empty"}
            for block in response.content
            if block.type == "tool_use"
        ]
        messages.append({"role": "user", "content": results})


agent("Fix the failing test.")
