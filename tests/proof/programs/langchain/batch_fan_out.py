# env: core
# answers: [ok]
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model_name="gpt-4o-mini", n=1, max_tokens=15)
llm.batch(["Capital of France?", "Capital of Spain?"])
