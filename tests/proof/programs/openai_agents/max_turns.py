# env: core
# answers: [tools]
# shows: [agent]
import asyncio

from agents import Agent, Runner, function_tool


@function_tool
def forecast(city: str) -> str:
    """Weather forecast of a city."""
    return "rain"


async def main():
    agent = Agent(name="Weather", instructions="You forecast the weather.", tools=[forecast], model="gpt-4.1")
    await Runner.run(agent, "Will it rain?", max_turns=3)


asyncio.run(main())
