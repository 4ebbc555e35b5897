# env: crewai
# answers: [ok]
# shows: [agent]
from crewai import Agent, Crew, Task
from crewai.tools import tool
from pydantic import BaseModel, Field


class Weather(BaseModel):
    """How it will be."""

    degrees: int = Field(description="at noon, in Celsius")
    rain: bool


@tool("Barometer")
def barometer() -> str:
    """The pressure of the air."""
    return "low"


def forecast(place: str):
    watcher = Agent(role="Watcher", goal="See it coming", backstory="You live on a hill.", llm="openai/gpt-4.1-mini", tools=[barometer])
    look = Task(description=f"What will the weather be in {place}?", expected_output="The weather.", agent=watcher, output_pydantic=Weather)
    return Crew(agents=[watcher], tasks=[look]).kickoff()


forecast("Leith")
