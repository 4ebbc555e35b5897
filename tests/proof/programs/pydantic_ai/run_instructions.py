# env: core
# answers: [ok]
# shows: [agent]
from pydantic_ai import Agent, UsageLimits

guide = Agent("openai:gpt-4o-mini", instructions="You show people around the museum.", model_settings={"max_tokens": 64})


@guide.instructions
def manners() -> str:
    return "Stay with what you know for sure."


if __name__ == "__main__":
    guide.run_sync("Where is the oldest painting?", instructions="Answer in one sentence.", usage_limits=UsageLimits(request_limit=2))
