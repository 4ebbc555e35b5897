# env: core
# answers: [429]
import os

from google import genai
from google.genai import types

options = types.HttpOptions(
    base_url=os.environ["PROOF_URL"],
    retry_options=types.HttpRetryOptions(attempts=4, initial_delay=0.01, max_delay=0.02),
)
client = genai.Client(api_key="k", http_options=options)
chat = client.chats.create(model="gemini-2.0-flash", config=types.GenerateContentConfig(max_output_tokens=90))
chat.send_message("Tell me a joke about trains.")
