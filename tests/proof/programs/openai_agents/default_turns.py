# env: core
# answers: [tools]
# shows: [agent]
from agents import Agent, ModelSettings, Runner, function_tool


@function_tool
def count(upto: int) -> str:
    """Count."""
    return "counted"


counter = Agent(
    name="Counter",
    instructions="Count things.",
    model="gpt-5-mini",
    model_settings=ModelSettings(max_tokens=200),
    tools=[count],
)
Runner.run_sync(counter, input="How many sheep?")
