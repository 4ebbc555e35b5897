# env: core
# answers: [500]
from agents import Agent, OpenAIChatCompletionsModel, Runner
from openai import AsyncOpenAI

client = AsyncOpenAI(max_retries=3)
agent = Agent(name="Helper", model=OpenAIChatCompletionsModel(model="gpt-4o-mini", openai_client=client))
Runner.run_sync(agent, "Hello there")
