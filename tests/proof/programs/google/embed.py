# env: core
# answers: [ok]
import os

from google import genai

client = genai.Client(api_key="k", http_options={"base_url": os.environ["PROOF_URL"]})
client.models.embed_content(model="gemini-embedding-001", contents="A sentence to embed")
