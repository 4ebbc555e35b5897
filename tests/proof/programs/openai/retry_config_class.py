# env: core
# answers: [429]
# shows: [wrapper, config]
"""A retry decorator of one's own library of helpers, with numbers from a dataclass."""

import functools
from dataclasses import dataclass

import openai


@dataclass(frozen=True)
class Limits:
    tries: int = 3
    tokens: int = 45


LIMITS = Limits(tries=2)


def again(times):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for attempt in range(times):
                try:
                    return function(*args, **kwargs)
                except openai.RateLimitError:
                    if attempt == times - 1:
                        raise

        return wrapper

    return decorate


@again(LIMITS.tries)
def describe(picture, client):
    return client.responses.create(model="gpt-4.1-mini", input=f"Describe {picture}.", max_output_tokens=LIMITS.tokens)


describe("a lake", openai.OpenAI(max_retries=1))
