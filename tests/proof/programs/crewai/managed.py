# env: crewai
# answers: [ok]
# shows: [agent]
from crewai import Agent, Crew, Process, Task


cook = Agent(role="Cook", goal="Cook well", backstory="You learned it in Lyon.", llm="openai/gpt-4.1-nano")


def kitchen(dishes):
    plans = [Task(description=f"Cook {each}.", expected_output="A dish.") for each in dishes]
    return Crew(agents=[cook], tasks=plans, process=Process.hierarchical, manager_llm="openai/gpt-4.1-mini")


kitchen(["soup", "fish"]).kickoff()
