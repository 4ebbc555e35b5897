# env: core
# answers: [ok]
# shows: [config]
import asyncio
import os

from anthropic import AsyncAnthropic

MODEL = os.environ.get("CLAUDE_MODEL") or "claude-sonnet-4-5"


async def main(topic):
    client = AsyncAnthropic()
    stream = await client.messages.create(
        model=MODEL,
        max_tokens=700,
        stream=True,
        messages=[
            {"role": "user", "content": f"Explain {topic} to a child."},
            {"role": "assistant", "content": "Imagine"},
        ],
    )
    async for event in stream:
        print(event.type)


asyncio.run(main("gravity"))
