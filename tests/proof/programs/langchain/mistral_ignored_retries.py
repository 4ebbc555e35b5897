# env: core
# answers: [500]
"""max_retries of this class is not what it says."""

import os

from langchain_mistralai import ChatMistralAI

ChatMistralAI(
    model_name="mistral-small-latest",
    max_retries=5,
    max_tokens=30,
    endpoint=os.environ["PROOF_URL"] + "/v1",
).invoke("Name a cheese.")
