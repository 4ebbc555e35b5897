# env: llama-index
# answers: [ok]
from llama_index.core import Settings
from llama_index.llms.openai import OpenAI

Settings.llm = OpenAI(model="gpt-4o", temperature=0.1)


def ask(question):
    return Settings.llm.stream_complete(question)


for part in ask("What is a knot?"):
    print(part.delta)
