# env: core
# answers: [500]
import os

from mistralai.client import Mistral

with Mistral(api_key="k", server_url=os.environ["PROOF_URL"]) as mistral:
    mistral.chat.complete(
        model="mistral-small-latest",
        max_tokens=80,
        messages=[{"role": "user", "content": "Who is the best French painter?"}],
    )
