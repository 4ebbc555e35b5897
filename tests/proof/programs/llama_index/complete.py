# env: llama-index
# answers: [500]
from llama_index.llms.openai import OpenAI

OpenAI(model="gpt-4o-mini", max_tokens=50, max_retries=1).complete("Paul Graham is ")
