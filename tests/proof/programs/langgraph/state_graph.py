# env: core
# answers: [429]
"""A graph of one's own; the node is retried, and so is the client."""

from typing import TypedDict

from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy


class State(TypedDict):
    question: str
    answer: str


model = ChatOpenAI(model="gpt-4.1-nano", max_retries=1, max_tokens=20)


def respond(state: State):
    reply = model.invoke([("system", "Answer in one word."), ("human", state["question"])])
    return {"answer": reply.content}


builder = StateGraph(State)
builder.add_node("respond", respond, retry_policy=RetryPolicy(max_attempts=2, initial_interval=0.01, jitter=False, retry_on=Exception))
builder.add_edge(START, "respond")
builder.add_edge("respond", END)
graph = builder.compile()
graph.invoke({"question": "Colour of grass?"})
