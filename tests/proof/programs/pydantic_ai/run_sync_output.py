# env: core
# answers: [ok]
from pydantic import BaseModel
from pydantic_ai import Agent


class City(BaseModel):
    name: str
    country: str


agent = Agent("openai:gpt-4.1-mini", output_type=City, instructions="Find the city.", model_settings={"max_tokens": 90})
agent.run_sync("Where are the Olympics of 2028?")
