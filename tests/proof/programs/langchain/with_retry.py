# env: core
# answers: [500]
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="gpt-4o", max_retries=1).with_retry(stop_after_attempt=2, wait_exponential_jitter=False)
model.invoke("How many legs has a spider?")
