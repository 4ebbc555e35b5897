# env: core
# answers: [tools]
# shows: [agent]
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent


def check_stock(item: str) -> int:
    """Items in stock."""
    return 3


llm = ChatOpenAI(model="gpt-4o", max_tokens=300)
graph = create_react_agent(llm, [check_stock], prompt="You run a shop.")
for step in graph.stream({"messages": [("user", "Do you have umbrellas?")]}, {"recursion_limit": 7}):
    print(step)
