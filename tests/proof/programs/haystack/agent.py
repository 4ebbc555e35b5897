# env: agents
# answers: [tools]
# shows: [agent]
from typing import Annotated

from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import tool


@tool
def weather(city: Annotated[str, "the city"]) -> str:
    """Weather in a city."""
    return "windy"


agent = Agent(
    chat_generator=OpenAIChatGenerator(model="gpt-4.1-mini"),
    tools=[weather],
    system_prompt="Use your tools.",
    max_agent_steps=5,
)
agent.run(messages=[ChatMessage.from_user("Is it windy in Cork?")])
