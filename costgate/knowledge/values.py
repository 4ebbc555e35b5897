"""What functions of libraries do that hand a program its values: read a file, ask the command line or the environment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from costgate.knowledge.strict import load

_DATA = Path(__file__).with_name("values.yaml")


@cache
def value_functions() -> Mapping[str, str]:
    """Dotted name (or that of a method) -> what it does, in the words of the file: yaml, default, option and the like."""
    table = load(_DATA.read_text(encoding="utf-8"), _DATA.name)
    return {dotted: word for word, names in table.items() for dotted in names}


@cache
def queued() -> tuple[str, ...]:
    """The methods of a function by which a queue of tasks calls it."""
    return tuple(name for name, word in value_functions().items() if word == "queued")
