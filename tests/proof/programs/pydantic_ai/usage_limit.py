# env: core
# answers: [tools]
# shows: [agent]
import asyncio

from pydantic_ai import Agent
from pydantic_ai.usage import UsageLimits

agent = Agent("anthropic:claude-sonnet-4-5", system_prompt="Roll dice.")


@agent.tool_plain
def roll() -> str:
    """Roll a die."""
    return "4"


async def main():
    await agent.run("Roll until you have a six.", usage_limits=UsageLimits(request_limit=6))


asyncio.run(main())
