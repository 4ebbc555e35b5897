# env: litellm
# answers: [ok]
# shows: [wrapper]
from litellm import completion

PROVIDER = "anthropic"


def translate(text, target="Dutch"):
    return completion(
        model=f"{PROVIDER}/claude-sonnet-4-5",
        messages=[
            {"role": "system", "content": "You are a translator."},
            {"role": "user", "content": f"Translate into {target}: {text}"},
        ],
        max_tokens=333,
    )


translate("good evening")
