"""How code looks passages up: the methods, and the arguments that bound how many come back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from costgate.knowledge.strict import load

_DATA = Path(__file__).with_name("retrieval.yaml")


@cache
def retrieval_words() -> Mapping[str, tuple[str, ...]]:
    """`looks_up`, `makers`, `asks` and `limits`."""
    table: Mapping[str, list[str]] = load(_DATA.read_text(encoding="utf-8"), _DATA.name)
    return {name: tuple(words) for name, words in table.items()}
