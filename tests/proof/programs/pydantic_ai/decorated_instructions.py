# env: core
# answers: [ok]
# shows: [agent]
"""Instructions from three places: arguments, and functions below decorators."""

from pydantic_ai import Agent, RunContext

agent = Agent(
    "openai:gpt-4.1-mini",
    deps_type=str,
    system_prompt="You work for a bank that never guesses.",
    instructions="Answer in one short sentence.",
    model_settings={"max_tokens": 90},
)


@agent.system_prompt
def manners() -> str:
    return "Be polite to every customer."


@agent.instructions
def customer(ctx: RunContext[str]) -> str:
    return f"The customer is called {ctx.deps}."


agent.run_sync("What is my balance?", deps="Ada")
