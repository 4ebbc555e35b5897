# env: core
# answers: [tools]
# shows: [agent]
from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langchain_anthropic import ChatAnthropic


def look(place: str) -> str:
    """Look at a place."""
    return "fog"


agent = create_agent(
    model=ChatAnthropic(model="claude-haiku-4-5", max_tokens=128),
    tools=[look],
    middleware=[ModelCallLimitMiddleware(run_limit=4, exit_behavior="end")],
)
agent.invoke({"messages": [("user", "Is there a light?")]})
