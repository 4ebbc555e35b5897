# env: core
# answers: [ok]
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.tools import tool


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


llm = ChatAnthropic(model="claude-sonnet-4-5", max_tokens=512).bind_tools([multiply])
llm.invoke([SystemMessage(content="Use tools for sums."), HumanMessage(content="What is 6 times 7?")])
