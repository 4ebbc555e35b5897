# env: core
# answers: [500]
# shows: [wrapper]
import backoff
from anthropic import APIStatusError, Anthropic

SYSTEM = [{"type": "text", "text": "You grade essays from A to F.", "cache_control": {"type": "ephemeral"}}]


@backoff.on_exception(backoff.constant, APIStatusError, max_tries=3, interval=0)
def grade(client: Anthropic, essay: str, model: str = "claude-3-5-haiku-latest"):
    return client.messages.create(
        model=model,
        max_tokens=8,
        system=SYSTEM,
        messages=[{"role": "user", "content": essay}],
    )


grade(Anthropic(max_retries=1), "The cat sat on the mat.")
