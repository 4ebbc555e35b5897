# env: core
# answers: [ok]
from langchain_anthropic import ChatAnthropic

ChatAnthropic(model_name="claude-sonnet-4-5").invoke("What is the tallest mountain?")
