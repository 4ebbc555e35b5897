# env: crewai
# answers: [tools]
# shows: [agent]
from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool


@tool("Price list")
def price(article: str) -> str:
    """What an article costs."""
    return "three pounds"


@tool("Stock")
def stock(article: str) -> str:
    """How many of an article there are."""
    return "none"


small = LLM(model="openai/gpt-4o-mini", max_tokens=120)
clerk = Agent(role="Clerk", goal="Name prices", backstory="You count every penny.", llm=small, tools=[price], max_iter=2)
buyer = Agent(role="Buyer", goal="Order in time", backstory="You hate empty shelves.", llm=small, tools=[stock], max_iter=4)
offer = Task(description="What does a dozen ropes cost?", expected_output="A sum.", agent=clerk)
order = Task(description="Order ropes if there are none.", expected_output="An order.", agent=buyer)
shop = Crew(agents=[clerk, buyer], tasks=[offer, order])
print(shop.kickoff().raw)
