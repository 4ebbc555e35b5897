"""Which models the bot uses, in one place."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    answer_model: str = os.getenv("ANSWER_MODEL", "gpt-4.1-mini")
    triage_model: str = "gpt-4.1-nano"
    summary_model: str = "claude-haiku-4-5"
    max_answer_tokens: int = 800


settings = Settings()
