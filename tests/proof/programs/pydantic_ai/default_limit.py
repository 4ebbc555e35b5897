# env: core
# answers: [tools]
# shows: [agent]
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel

agent = Agent(OpenAIChatModel("gpt-4o"), retries=2)


@agent.tool_plain
def step() -> str:
    """Take a step."""
    return "on"


agent.run_sync("Walk to the end.")
