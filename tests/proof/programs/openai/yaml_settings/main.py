# env: core
# answers: [ok]
# shows: [config]
"""Model and limits from a YAML file beside the code."""

from pathlib import Path

import yaml
from openai import OpenAI

config = yaml.safe_load((Path(__file__).parent / "config.yaml").read_text())


def ask(question: str) -> str:
    client = OpenAI()
    response = client.chat.completions.create(
        model=config["llm"]["model"],
        max_tokens=config["llm"]["max_tokens"],
        messages=[
            {"role": "system", "content": config["prompts"]["system"]},
            {"role": "user", "content": question},
        ],
    )
    return response.choices[0].message.content


ask("How do I reset my password?")
