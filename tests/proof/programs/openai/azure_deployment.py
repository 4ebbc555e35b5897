# env: core
# answers: [429, ok]
import os

from openai import AzureOpenAI

client = AzureOpenAI(
    api_key="k",
    azure_endpoint=os.environ["PROOF_URL"],
    api_version="2024-10-21",
)
response = client.chat.completions.create(
    model="prod-gpt-4o",
    messages=[{"role": "user", "content": "Translate to French: good morning"}],
    max_tokens=64,
)
