# env: core
# answers: [tools]
# shows: [agent]
"""The agent loop as a graph of one's own, with a limit at the call."""

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import SystemMessage
from langchain_core.tools import tool
from langgraph.errors import GraphRecursionError
from langgraph.graph import MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition


@tool
def balance(account: str) -> str:
    """Balance of an account."""
    return "12 euro"


TOOLS = [balance]
model = ChatAnthropic(model="claude-sonnet-4-5", max_tokens=256, max_retries=0).bind_tools(TOOLS)


def think(state: MessagesState):
    return {"messages": [model.invoke([SystemMessage("You are a bank clerk."), *state["messages"]])]}


flow = StateGraph(MessagesState)
flow.add_node("think", think)
flow.add_node("tools", ToolNode(TOOLS))
flow.set_entry_point("think")
flow.add_conditional_edges("think", tools_condition)
flow.add_edge("tools", "think")
try:
    flow.compile().invoke({"messages": [("user", "How rich am I?")]}, {"recursion_limit": 6})
except GraphRecursionError:
    print("enough")
