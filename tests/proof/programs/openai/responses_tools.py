# env: core
# answers: [tools]
# shows: [agent]
"""The Responses API with state on the server, until the model is done or patience ends."""

import json

from openai import OpenAI

client = OpenAI()
tools = [
    {
        "type": "function",
        "name": "search_flights",
        "description": "Find flights between two airports",
        "parameters": {"type": "object", "properties": {"origin": {"type": "string"}, "to": {"type": "string"}}},
    }
]
previous = None
given = "Find me a flight from Oslo to Rome."
for turn in range(4):
    response = client.responses.create(
        model="gpt-5",
        input=given,
        tools=tools,
        previous_response_id=previous,
        reasoning={"effort": "high"},
    )
    calls = [item for item in response.output if item.type == "function_call"]
    if not calls:
        break
    previous = response.id
    given = [{"type": "function_call_output", "call_id": call.call_id, "output": json.dumps([])} for call in calls]
