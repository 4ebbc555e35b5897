# env: crewai
# answers: [tools]
# shows: [agent]
from crewai import Agent, Task, Crew
from crewai.tools import tool


@tool("Tide table")
def tides(harbour: str) -> str:
    """When the tide is high in a harbour."""
    return "at noon"


sailor = Agent(role="Sailor", goal="Sail safely", backstory="You grew up at sea.", tools=[tides], llm="openai/gpt-4.1-nano", max_iter=3)
Crew(agents=[sailor], tasks=[Task(description="When can we leave Hull?", expected_output="A time.", agent=sailor)]).kickoff()
