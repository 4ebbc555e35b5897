# env: core
# answers: [500]
import os

import stamina
from openai import InternalServerError, OpenAI

deepseek = OpenAI(api_key="k", base_url=os.environ["PROOF_URL"])


@stamina.retry(on=InternalServerError, attempts=2, wait_initial=0.0, wait_max=0.0, wait_jitter=0.0, timeout=None)
def think(question):
    return deepseek.chat.completions.create(
        model="deepseek-reasoner",
        messages=[{"role": "user", "content": question}],
        max_tokens=2000,
    )


try:
    think("Is 91 a prime?")
except InternalServerError:
    pass
