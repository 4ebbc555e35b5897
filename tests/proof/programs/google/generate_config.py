# env: core
# answers: [ok]
import os

from google import genai
from google.genai import types

client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=os.environ["PROOF_URL"]))
response = client.models.generate_content(
    model="gemini-2.5-flash",
    contents="Why is the sky blue?",
    config=types.GenerateContentConfig(
        system_instruction="Answer like a physicist.",
        max_output_tokens=256,
        thinking_config=types.ThinkingConfig(thinking_budget=128),
    ),
)
