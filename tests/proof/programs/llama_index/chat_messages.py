# env: llama-index
# answers: [ok]
from llama_index.core.llms import ChatMessage
from llama_index.llms.anthropic import Anthropic

llm = Anthropic(model="claude-sonnet-4-5")
llm.chat([ChatMessage(role="system", content="You are a sailor."), ChatMessage(role="user", content="Where to?")])
