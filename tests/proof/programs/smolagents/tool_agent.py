# env: litellm
# answers: [tools]
# shows: [agent]
from smolagents import OpenAIModel, ToolCallingAgent, tool


@tool
def fetch(url: str) -> str:
    """Fetch a page.

    Args:
        url: The address.
    """
    return "empty"


agent = ToolCallingAgent(tools=[fetch], model=OpenAIModel(model_id="gpt-4o"), max_steps=4)
agent.run("Find the price of tea.")
