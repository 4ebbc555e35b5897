# env: agents
# answers: [tools, tools, ok, tools, tools, ok, ok]
# shows: [agent]
import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.openai import OpenAIChatCompletionClient


def depth(place: str) -> str:
    """How deep the water is at a place, in metres."""
    return "four"


async def main():
    model = OpenAIChatCompletionClient(model="gpt-4.1-nano", max_tokens=64)
    pilot = AssistantAgent("pilot", model, tools=[depth], system_message="You know the river.", reflect_on_tool_use=True, max_tool_iterations=2)
    captain = AssistantAgent("captain", model, system_message="You decide.")
    result = await RoundRobinGroupChat([pilot, captain], max_turns=3).run(task="Can we enter at low tide?")
    print(len(result.messages))


asyncio.run(main())
