# env: core
# answers: [tools]
# shows: [agent]
from langchain.agents import create_agent
from langchain_core.tools import tool


@tool
def search(query: str) -> str:
    """Search the web."""
    return "nothing found"


agent = create_agent("openai:gpt-4.1-mini", tools=[search], system_prompt="You are a researcher.")
agent.invoke({"messages": [{"role": "user", "content": "Who won?"}]}, config={"recursion_limit": 9})
