# env: core
# answers: [429]
from langchain.chat_models import init_chat_model

llm = init_chat_model("anthropic:claude-haiku-4-5", max_tokens=99, max_retries=3)
for chunk in llm.stream("Sing a song."):
    print(chunk)
