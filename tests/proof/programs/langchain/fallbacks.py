# env: core
# answers: [500 x 2, ok]
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI

main = ChatOpenAI(model="gpt-4o", max_retries=1, max_tokens=100)
spare = ChatAnthropic(model="claude-haiku-4-5", max_tokens=100, max_retries=1)
main.with_fallbacks([spare]).invoke("What is the speed of light?")
