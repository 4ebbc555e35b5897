"""Answer one question from the help articles that fit it."""

from bot.client import complete
from bot.prompts import load
from bot.settings import settings

SYSTEM = load("system.md")


def answer(question: str, articles: str) -> str:
    return complete(
        settings.answer_model,
        SYSTEM,
        f"Question: {question}\n\nHelp articles:\n{articles}",
        temperature=0,
        max_tokens=settings.max_answer_tokens,
    )
