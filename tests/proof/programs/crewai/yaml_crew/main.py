# env: crewai
# answers: [ok]
# shows: [agent]
from crewai import Agent, Crew, Process, Task
from crewai.project import CrewBase, agent, crew, task


@CrewBase
class Newsroom:
    """Two people and what each of them has to do."""

    agents: list[Agent]
    tasks: list[Task]

    @agent
    def reporter(self) -> Agent:
        return Agent(config=self.agents_config["reporter"], verbose=False)

    @agent
    def editor(self) -> Agent:
        return Agent(config=self.agents_config["editor"], max_iter=4)

    @task
    def research(self) -> Task:
        return Task(config=self.tasks_config["research"])

    @task
    def write_up(self) -> Task:
        return Task(config=self.tasks_config["write_up"], markdown=False)

    @crew
    def crew(self) -> Crew:
        return Crew(agents=self.agents, tasks=self.tasks, process=Process.sequential)


if __name__ == "__main__":
    Newsroom().crew().kickoff(inputs={"harbour": "Hull", "year": 1987})
