# env: agents
# answers: [tools]
# shows: [agent]
import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.openai import OpenAIChatCompletionClient


async def main():
    model = OpenAIChatCompletionClient(model="gpt-4.1-nano")
    writer = AssistantAgent("writer", model_client=model, system_message="You write poems.")
    critic = AssistantAgent("critic", model_client=model, system_message="You criticize poems.")
    team = RoundRobinGroupChat([writer, critic], max_turns=6)
    await team.run(task="Write about autumn.")


asyncio.run(main())
