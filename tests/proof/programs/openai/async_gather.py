# env: core
# answers: [ok]
"""Three questions at once."""

import asyncio

from openai import AsyncOpenAI

client = AsyncOpenAI(timeout=30.0)
QUESTIONS = ("Who was Ada Lovelace?", "Who was Alan Turing?", "Who was Grace Hopper?")


async def ask(question: str):
    return await client.responses.create(model="gpt-5-nano", input=question, reasoning={"effort": "minimal"}, store=False)


async def main():
    return await asyncio.gather(*[ask(question) for question in QUESTIONS])


asyncio.run(main())
