# env: agents
# answers: [429]
import asyncio

from autogen_core.models import UserMessage
from autogen_ext.models.openai import OpenAIChatCompletionClient


async def main():
    client = OpenAIChatCompletionClient(model="gpt-4o", max_tokens=88, max_retries=1)
    await client.create([UserMessage(content="What is the capital of France?", source="user")])


asyncio.run(main())
