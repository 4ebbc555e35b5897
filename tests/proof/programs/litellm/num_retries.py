# env: litellm
# answers: [429]
import asyncio

from litellm import acompletion


async def main():
    await acompletion(
        model="openai/gpt-4.1-mini",
        messages=[{"content": "Count to three.", "role": "user"}],
        num_retries=2,
        n=2,
    )


asyncio.run(main())
