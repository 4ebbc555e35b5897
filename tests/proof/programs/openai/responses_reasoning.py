# env: core
# answers: [500]
import asyncio

import openai

INSTRUCTIONS = """You are a careful auditor.
List every assumption before the answer."""


async def review(contract: str) -> str:
    async with openai.AsyncOpenAI(max_retries=1, timeout=20) as client:
        response = await client.responses.create(
            model="gpt-5-mini",
            instructions=INSTRUCTIONS,
            input=f"Review this contract:\n\n{contract}",
            max_output_tokens=900,
            reasoning={"effort": "low"},
        )
        return response.output_text


asyncio.run(review("The party of the first part owes nothing."))
