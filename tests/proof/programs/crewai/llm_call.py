# env: crewai
# answers: [429]
from crewai import LLM

LLM(model="openai/gpt-4.1-mini", max_completion_tokens=50, max_retries=1).call("Say hello")
