"""Prompt files that are data: YAML, JSON and TOML as a list of texts, each with its keys, its line and its role."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from costgate.knowledge.strict import Lines, line_of, load_marked
from costgate.model.error import UserError
from costgate.read.prompts.page import Page
from costgate.read.prompts.shelf import Refused, told

MAX_LEAVES = 5_000
MAX_DEPTH = 40
Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file, with the line of every key where the format tells it."""

    value: Any
    text: str
    lines: Lines = field(default_factory=dict)

    def line(self, keys: Keys) -> int:
        """The line of a key or item."""
        return line_of(self.lines, keys)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text of a document. `message`: one more than its keys that lead to the list of messages it is part of, 0 if none."""

    keys: Keys
    text: str
    line: int
    role: str = ""
    message: int = 0

    @property
    def name(self) -> str:
        """The last key that is a name."""
        return next((key for key in reversed(self.keys) if isinstance(key, str)), "")


def document(page: Page) -> Document:
    """The file as data; Refused where it is not what its name says."""
    suffix = page.path.rpartition(".")[2].lower()
    try:
        if suffix == "json":
            return Document(json.loads(page.text), page.text)
        if suffix == "toml":
            return Document(tomllib.loads(page.text), page.text)
        return Document(*_yaml(page))
    except UserError as error:
        raise Refused(told(error)) from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"it is not {suffix.upper()}: {str(error)[:120]}") from None


def _yaml(page: Page) -> tuple[Any, str, Lines]:
    value, lines = load_marked(page.text, page.path)
    return value, page.text, lines


def leaves(found: Document) -> Iterator[Leaf]:
    """The texts of a document in their order. A list of messages is known by the roles of its members."""
    finder = _Finder(found)
    stack: list[tuple[Any, Keys, str, int]] = [(found.value, (), "", 0)]
    left = MAX_LEAVES
    while stack and left:
        value, keys, role, message = stack.pop()
        if isinstance(value, str):
            left -= 1
            if value.strip():
                yield Leaf(keys, value, finder.line(keys), role, message)
        elif len(keys) >= MAX_DEPTH:
            continue
        elif isinstance(value, list):
            inner = message or (len(keys) + 1 if any(isinstance(each, dict) and _role(each) for each in value) else 0)
            stack.extend((each, (*keys, at), role, inner) for at, each in reversed(list(enumerate(value))))
        elif isinstance(value, dict):
            own = _role(value) if message else ""
            kept = {key: each for key, each in value.items() if not (own and key in ("role", "type"))}
            stack.extend((each, (*keys, key), own or role, message) for key, each in reversed(list(kept.items())))


def _role(value: Mapping[str, Any]) -> str:
    said = value.get("role")
    return said if isinstance(said, str) and len(said) < 40 and ("content" in value or "text" in value) else ""


class _Finder:
    """Lines of texts: marked by the parser, or looked for behind the one before."""

    def __init__(self, found: Document) -> None:
        self.found = found
        self.at = 0
        self.line_now = 1
        self.rows = found.text.split("\n")

    def line(self, keys: Keys) -> int:
        if self.found.lines:
            line = self.found.line(keys)
            head = self.rows[line - 1] if line <= len(self.rows) else ""
            return line + 1 if re.search(r"[|>][+-]?\d?[+-]?\s*(?:#.*)?$", head) else line
        name = next((key for key in reversed(keys) if isinstance(key, str)), "")
        match = re.compile(rf"""["']?{re.escape(name)}["']?\s*[:=]""").search(self.found.text, self.at)
        if match is not None:
            self.line_now += self.found.text.count("\n", self.at, match.end())
            self.at = match.end()
        return self.line_now
