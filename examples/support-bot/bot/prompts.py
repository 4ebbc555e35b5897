"""Prompts live in files; this reads them."""

from pathlib import Path

PROMPTS = Path(__file__).parent.parent / "prompts"


def load(name: str) -> str:
    return (PROMPTS / name).read_text(encoding="utf-8")
