# env: agents
# answers: [500]
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage

generator = OpenAIChatGenerator(model="gpt-4o-mini", generation_kwargs={"max_completion_tokens": 55}, max_retries=1)
generator.run([ChatMessage.from_system("You are terse."), ChatMessage.from_user("Explain rain.")])
