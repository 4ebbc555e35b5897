# env: agents
# answers: [tools x 5, ok]
# shows: [agent]
from agno.agent import Agent
from agno.models.openai import OpenAIChat


def price(ticker: str) -> str:
    """Price of a stock."""
    return "12"


agent = Agent(model=OpenAIChat(id="gpt-4.1", max_completion_tokens=640), tools=[price], instructions="Use tables.")
agent.run("What is the price of ACME?")
