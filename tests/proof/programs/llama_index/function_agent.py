# env: llama-index
# answers: [tools]
# shows: [agent]
import asyncio

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI


def multiply(a: float, b: float) -> float:
    """Multiply two numbers."""
    return a * b


agent = FunctionAgent(tools=[multiply], llm=OpenAI(model="gpt-4.1"), system_prompt="You calculate.")


async def main():
    await agent.run("What is 12 times 12?", max_iterations=5)


asyncio.run(main())
