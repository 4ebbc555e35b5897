# env: core
# answers: [ok]
# shows: [wrapper]
"""Arguments put together in a dict, as half of the real code does it."""

from functools import partial

from openai import OpenAI

client = OpenAI()
DEFAULTS = {"model": "gpt-4o", "max_tokens": 100}


def generate(prompt, json_mode=False, **overrides):
    params = {**DEFAULTS, **overrides}
    params["messages"] = [{"role": "user", "content": prompt}]
    if json_mode:
        params["response_format"] = {"type": "json_object"}
    params.setdefault("n", 1)
    create = partial(client.chat.completions.create, temperature=0)
    return create(**params)


generate("Return JSON with the capital of Norway.", json_mode=True, max_tokens=60)
