# env: agents
# answers: [tools x 8, ok]
# shows: [agent]
from strands import Agent, tool
from strands.models.openai import OpenAIModel


@tool
def letters(word: str) -> int:
    """Count the letters of a word.

    Args:
        word: The word.
    """
    return len(word)


model = OpenAIModel(client_args={"api_key": "k"}, model_id="gpt-4o-mini", params={"max_tokens": 500})
agent = Agent(model=model, tools=[letters], system_prompt="You count letters.")
agent("How many letters has strawberry?")
