"""Strict YAML: what is written is what is read, with the line of every value.

Only `true`, `false`, `null` (also `~` and nothing at all) and plain integers are typed; `on`, `1.10`, `12:30`, dates
and `1_000` stay text, and keys are always text, so the result is a JSON value. Duplicate keys, custom tags, several
documents and non-scalar keys are errors. Size, depth and alias expansion are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeAlias

from costgate.model.error import UserError

Path: TypeAlias = "tuple[str | int, ...]"
Lines: TypeAlias = "Mapping[Path, int]"
"""A path of keys and indexes -> the 1-based line of that key or item. Within an alias only the alias is listed."""

MAX_CHARACTERS = 4_000_000
MAX_DEPTH = 60
MAX_VALUES = 300_000
"""Values after aliases are expanded: nested aliases would otherwise grow without bound for whoever walks the result."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,29})\Z")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str")


def load(text: str, where: str) -> Any:
    """Read one YAML document into dicts, lists, text, int, bool and None; UserError at `where:line` otherwise."""
    return load_marked(text, where)[0]


def load_marked(text: str, where: str) -> tuple[Any, Lines]:
    """Like `load`, with the line of every key and item."""
    import yaml

    if len(text) > MAX_CHARACTERS:
        raise UserError(f"larger than {MAX_CHARACTERS:,} characters", where=where)
    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder(yaml, parser(text), where).document()
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        told = f"nested deeper than {MAX_DEPTH}" if "nesting depth" in problem else f"not valid YAML: {problem}"
        raise UserError(told, where=f"{where}:{_error_line(error, text)}") from error
    except UnicodeError as error:
        raise UserError("not valid YAML: it contains half of a surrogate pair", where=where) from error


def line_of(lines: Lines, path: Iterable[str | int]) -> int:
    """The line of the deepest part of `path` that has one; 1 when none has."""
    steps = tuple(path)
    while steps and steps not in lines:
        steps = steps[:-1]
    return lines.get(steps, 1)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that `word` was probably meant to be, for "did you mean"."""
    from difflib import get_close_matches

    by_shape = {_shape(choice): choice for choice in choices}
    found = get_close_matches(_shape(word), by_shape, n=1, cutoff=0.6)
    return by_shape[found[0]] if found else None


def _error_line(error: Exception, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    return text.encode()[: getattr(error, "position", None) or 0].count(b"\n") + 1


def _shape(word: str) -> str:
    return word.lower().replace("-", "_")


class _Builder:
    """Builds values straight from parser events, so that no limit is checked too late."""

    def __init__(self, yaml: Any, parser: Any, where: str) -> None:
        self.yaml = yaml
        self.next: Any = parser.get_event
        self.where = where
        self.lines: dict[Path, int] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.values = 0

    def document(self) -> tuple[Any, Lines]:
        self.next()
        if isinstance(self.next(), self.yaml.StreamEndEvent):
            return None, self.lines
        first = self.next()
        self.lines[()] = first.start_mark.line + 1
        data = self.value(first, ())
        self.next()
        after = self.next()
        if not isinstance(after, self.yaml.StreamEndEvent):
            self.refuse("a second document", after)
        return data, self.lines

    def value(self, event: Any, path: Path) -> Any:
        if isinstance(event, self.yaml.AliasEvent):
            return self.alias(event)
        self.grow(1, event)
        before = self.values
        if isinstance(event, self.yaml.ScalarEvent):
            data: Any = self.scalar(event)
        elif len(path) >= MAX_DEPTH:
            self.refuse(f"nested deeper than {MAX_DEPTH} levels", event)
        elif isinstance(event, self.yaml.SequenceStartEvent):
            data = self.sequence(event, path)
        else:
            data = self.mapping(event, path)
        if event.anchor is not None:
            self.anchors[event.anchor] = (data, self.values - before + 1)
        return data

    def alias(self, event: Any) -> Any:
        if event.anchor not in self.anchors:
            self.refuse(f"alias *{event.anchor} has no anchor before it", event)
        data, size = self.anchors[event.anchor]
        self.grow(size, event)
        return data

    def scalar(self, event: Any) -> str | int | bool | None:
        text = event.value
        if event.tag not in _TEXT_TAGS:
            self.refuse(f"tag {event.tag} is not supported", event)
        if event.style or event.tag is not None:
            return str(text)
        if text in _WORDS:
            return _WORDS[text]
        return int(text) if _INTEGER.match(text) else text

    def sequence(self, start: Any, path: Path) -> list[Any]:
        self.check_tag(start)
        items: list[Any] = []
        while not isinstance(event := self.next(), self.yaml.SequenceEndEvent):
            place = (*path, len(items))
            self.lines[place] = event.start_mark.line + 1
            items.append(self.value(event, place))
        return items

    def mapping(self, start: Any, path: Path) -> dict[str, Any]:
        self.check_tag(start)
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        while not isinstance(event := self.next(), self.yaml.MappingEndEvent):
            if not isinstance(event, self.yaml.ScalarEvent):
                self.refuse("a key must be plain text", event)
            key, line = event.value, event.start_mark.line + 1
            if key == "<<" and not event.style:
                self.merge(event, path, merged)
                continue
            place = (*path, key)
            if key in own:
                self.refuse(f'key "{key}" is already given on line {self.lines[place]}', event)
            self.lines[place] = line
            own[key] = self.value(self.next(), place)
        return {**merged, **own} if merged else own

    def merge(self, key: Any, path: Path, merged: dict[str, Any]) -> None:
        line = key.start_mark.line + 1
        source = self.value(self.next(), (*path, "<<"))
        members = source if isinstance(source, list) else [source]
        if not all(isinstance(member, dict) for member in members):
            self.refuse("<< merges a mapping, or a list of mappings", key)
        for member in members:
            for name, value in member.items():
                merged.setdefault(name, value)
                self.lines.setdefault((*path, name), line)
        self.grow(sum(map(len, members)), key)

    def check_tag(self, event: Any) -> None:
        if event.tag not in (None, "!"):
            self.refuse(f"tag {event.tag} is not supported", event)

    def grow(self, values: int, event: Any) -> None:
        self.values += values
        if self.values > MAX_VALUES:
            self.refuse(f"more than {MAX_VALUES:,} values once aliases are expanded", event)

    def refuse(self, what: str, event: Any) -> NoReturn:
        raise UserError(what, where=f"{self.where}:{event.start_mark.line + 1}")
