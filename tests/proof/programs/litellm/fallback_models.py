# env: litellm
# answers: [500]
# shows: [config]
import json
import os

import litellm

SETTINGS = json.loads(os.environ.get("LLM_SETTINGS", '{"limit": 30}'))
litellm.num_retries = 0


def answer(question, models=("openai/gpt-4.1-mini", "anthropic/claude-haiku-4-5")):
    for model in models:
        try:
            return litellm.completion(model, [{"role": "user", "content": question}], max_tokens=SETTINGS["limit"], num_retries=0)
        except litellm.InternalServerError:
            continue
    return None


answer("Which bird is fastest?")
