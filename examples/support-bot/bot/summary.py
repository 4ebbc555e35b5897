"""A note for the person who takes over a conversation."""

import anthropic
from tenacity import retry, stop_after_attempt

from bot.settings import settings

claude = anthropic.Anthropic(max_retries=4)


@retry(stop=stop_after_attempt(5))
def summarise(conversation: str) -> str:
    reply = claude.messages.create(
        model=settings.summary_model,
        system="Summarise this support conversation for a colleague in five lines: the customer's wish, what was tried, what is open.",
        messages=[{"role": "user", "content": conversation}],
        max_tokens=300,
    )
    return reply.content[0].text
