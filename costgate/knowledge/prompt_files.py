"""Which files of a tree hold text for a model, and how they are read: the packaged table, compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from costgate.knowledge.strict import load

_DATA = Path(__file__).with_name("prompt_files.yaml")
NO_PROMPT = "none"
"""The format of entries that are no prompts."""


@dataclass(frozen=True, slots=True)
class PromptFile:
    """One entry of the table: what such a file is called, which function reads it, and when it is sent."""

    name: str
    format: str
    path: re.Pattern[str]
    load: str = "code"
    syntax: str = "none"
    only: re.Pattern[str] | None = None
    beside: str | None = None
    """The name of the file in the same folder that has the settings."""


@dataclass(frozen=True, slots=True)
class PromptWords:
    """What the formats need to know of words: dialects, keys of data, names of conversations."""

    dialects: Sequence[Mapping[str, Any]]
    sent: frozenset[str]
    kept: frozenset[str]
    histories: frozenset[str]
    models: Sequence[str]
    syntax_keys: Sequence[str]
    syntaxes: Mapping[str, str]


@cache
def prompt_files() -> tuple[PromptFile, ...]:
    """The table, in the order in which it is asked."""
    return tuple(_entry(each) for each in _table()["files"])


@cache
def prompt_words() -> PromptWords:
    """The words of the formats."""
    table = _table()
    data = table["data"]
    return PromptWords(
        table["dialects"],
        frozenset(data["sent"]),
        frozenset(data["kept"]),
        frozenset(table["histories"]),
        table["models"],
        table["syntax_keys"],
        table["syntaxes"],
    )


@cache
def environment_mark() -> re.Pattern[str]:
    """How front matter refers to a variable of the environment: its name, then the default."""
    return re.compile(_table()["environment"])


@cache
def prompt_kind(name: str) -> PromptFile:
    """The first entry of that name, for a file that code says to be such a one."""
    return next(each for each in prompt_files() if each.name == name)


@lru_cache(maxsize=100_000)
def prompt_file(path: str) -> PromptFile | None:
    """The entry for a path of the tree; None for what is no prompt by its name. Both sides of a change ask for all paths."""
    if path.endswith(".py") or not _any().search(path):  # to ask the table takes as long as to look for names in the file
        return None
    found = next((each for each in prompt_files() if each.path.search(path)), None)
    return None if found is None or found.format == NO_PROMPT else found


@cache
def prompt_folders() -> frozenset[str]:
    """Hidden folders that prompts lie in."""
    return frozenset(_table()["folders"])


@cache
def _any() -> re.Pattern[str]:
    """All paths in one expression, since most files of a tree are none of these."""
    paths = (each.path.pattern for each in prompt_files() if each.format != NO_PROMPT)
    return re.compile("|".join(f"(?:{path})" for path in paths), re.IGNORECASE)


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = load(_DATA.read_text(encoding="utf-8"), _DATA.name)
    return table


def _entry(each: Mapping[str, Any]) -> PromptFile:
    only = each.get("only")
    return PromptFile(
        each["name"],
        each["format"],
        re.compile(each["path"], re.IGNORECASE),
        each.get("load", "code"),
        each.get("syntax", "none"),
        None if only is None else re.compile(only),
        each.get("beside"),
    )
