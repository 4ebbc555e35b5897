# env: crewai
# answers: [ok]
from crewai import LLM, Agent, Crew, Task

llm = LLM(model="gpt-4o-mini", max_tokens=333)
researcher = Agent(role="Researcher", goal="Find facts", backstory="You read a lot.", llm=llm)
task = Task(description="Find a fact about bees.", expected_output="One fact.", agent=researcher)
crew = Crew(agents=[researcher], tasks=[task])
crew.kickoff()
