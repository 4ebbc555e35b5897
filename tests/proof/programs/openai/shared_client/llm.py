from functools import lru_cache

from openai import OpenAI
from tenacity import retry, stop_after_attempt, wait_fixed

MODELS = {"cheap": "gpt-4.1-nano", "good": "gpt-4.1"}


@lru_cache(maxsize=1)
def get_client() -> OpenAI:
    return OpenAI(max_retries=1)


@retry(stop=stop_after_attempt(2), wait=wait_fixed(0), reraise=True)
def ask(prompt: str, *, tier: str = "good", limit: int | None = None) -> str:
    response = get_client().chat.completions.create(
        model=MODELS[tier],
        messages=[{"role": "user", "content": prompt}],
        max_tokens=limit,
    )
    return response.choices[0].message.content
