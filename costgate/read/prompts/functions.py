"""A language of prompt functions: what its files declare, functions, templates and clients, looked up across files."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from costgate.model.value import Span
from costgate.read.prompts.marks import trimmed
from costgate.read.prompts.rendering import Macro, Part, Place, rendered
from costgate.read.prompts.shelf import Refused, Shelf
from costgate.read.prompts.template import Block, parse

MAX_FILES = 400
_TEXT = re.compile(r'#{1,5}"|//|"')
_PARAMETERS = r"\s*(?:\(((?:[^()]|\([^()]*\))*)\))?"
_HEAD = re.compile(rf"\b(function|client|retry_policy)(?:<\w+>)?\s+(\w+){_PARAMETERS}[^{{}}]*$")
_TEMPLATE = re.compile(rf"\btemplate_string\s+(\w+){_PARAMETERS}\s*(?=#{{1,5}}\")")
_NAME = re.compile(r"(\w+)\s*:")
_OPTION = re.compile(r"""^[ \t]*(\w+)[ \t]+(?:"([^"\n]*)"|([\w./:-]+))""", re.MULTILINE)
_STRATEGY = re.compile(r"\bstrategy\s*\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Function:
    """One function: where its prompt stands, what its parameters are called, and the client that it names."""

    name: str
    place: Place
    parameters: tuple[str, ...]
    client: str
    span: Span


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a client, with the place it stands at."""

    value: str
    span: Span


@dataclass
class Declared:
    """What the files of a tree declare."""

    functions: dict[str, Function] = field(default_factory=dict)
    macros: dict[str, Macro] = field(default_factory=dict)
    clients: dict[str, Mapping[str, Setting]] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Clients that stand for several others."""
    policies: dict[str, Mapping[str, Setting]] = field(default_factory=dict)

    def settings(self, client: str, depth: int = 0) -> Iterator[Mapping[str, Setting]]:
        """What a client says, or each of those that it stands for; nothing where it is not declared."""
        if client in self.clients:
            yield self.clients[client]
        for each in self.members.get(client, ()) if depth < 4 else ():
            yield from self.settings(each, depth + 1)


def declared(shelf: Shelf) -> Declared:
    """The declarations of all such files, read once."""
    if shelf.declared is None:
        shelf.declared = found = Declared()
        paths = sorted(entry.path for entry in shelf.tree.entries() if entry.path.endswith(".baml") and entry.kind == "file")
        for path in paths[:MAX_FILES]:
            try:
                _read(found, path, shelf.text(path))
            except Refused:
                continue  # the file is told by whoever lists it
    assert isinstance(shelf.declared, Declared)
    return shelf.declared


def functions_in(text: str, path: str) -> Declared:
    """The declarations of one file."""
    found = Declared()
    _read(found, path, text)
    return found


def sent_by(shelf: Shelf, function: Function) -> tuple[Part, ...]:
    """What a function sends, its templates put in."""
    return tuple(trimmed(rendered(shelf, function.place, "jinja", "", declared(shelf).macros)))


def _read(found: Declared, path: str, text: str) -> None:
    masked, quoted = _masked(text)
    for match in _TEMPLATE.finditer(masked):
        inner = quoted.get(match.end())
        if inner is not None:
            place = _place(path, text, *inner)
            block = Block("macro", match.group(1), 0, [list(parse(place.text, "jinja"))], ", ".join(_names(match.group(2))))
            found.macros.setdefault(match.group(1), (block, place))
    for kind, name, parameters, start, end in _blocks(masked):
        body = _Body(path, text, masked, start, end)
        if kind == "function":
            _function(found, body, name, parameters, quoted)
        elif kind == "client":
            found.clients.setdefault(name, body.settings())
            strategy = _STRATEGY.search(masked, start, end)
            if strategy is not None:
                found.members.setdefault(name, tuple(re.findall(r"\w+", strategy.group(1))))
        else:
            found.policies.setdefault(name, body.settings())


def _function(found: Declared, body: _Body, name: str, parameters: str, quoted: Mapping[int, tuple[int, int]]) -> None:
    match = re.compile(r"\bprompt\s+(?=#)").search(body.masked, body.start, body.end)
    inner = quoted.get(match.end()) if match is not None else None
    if inner is None:
        return
    client = re.compile(r'\bclient\s+"?([\w./:-]+)').search(body.text, body.start, inner[0])
    line = body.text.count("\n", 0, body.start) + 1
    span = Span(body.path, line, 1, body.text.count("\n", 0, body.end) + 1, 1)
    place = _place(body.path, body.text, *inner)
    found.functions.setdefault(name, Function(name, place, _names(parameters), client.group(1) if client else "", span))


@dataclass(frozen=True, slots=True)
class _Body:
    path: str
    text: str
    masked: str
    start: int
    end: int

    def settings(self) -> Mapping[str, Setting]:
        """The words of a block with their values, of inner blocks as well."""
        found: dict[str, Setting] = {}
        for match in _OPTION.finditer(self.text, self.start, self.end):
            place = Span(self.path, self.text.count("\n", 0, match.start(1)) + 1)
            found.setdefault(match.group(1), Setting(match.group(2) if match.group(2) is not None else match.group(3), place))
        return found


def _names(parameters: str | None) -> tuple[str, ...]:
    return tuple(_NAME.findall(parameters or ""))


def _place(path: str, text: str, start: int, end: int) -> Place:
    return Place(path, text.count("\n", 0, start) + 1, textwrap.dedent(text[start:end]))


def _masked(text: str) -> tuple[str, dict[int, tuple[int, int]]]:
    """The text without what is quoted or a comment, equally long, and where each long quote has its inner text."""
    kept: list[str] = []
    quoted: dict[int, tuple[int, int]] = {}
    at = 0
    while (match := _TEXT.search(text, at)) is not None:
        kept.append(text[at : match.start()])
        mark = match.group()
        close = '"' + mark[:-1] if mark[0] == "#" else "\n" if mark == "//" else '"'
        end = text.find(close, match.end())
        end = len(text) if end < 0 else end
        if mark[0] == "#":
            quoted[match.start()] = (match.end(), end)
        until = end if close == "\n" else min(end + len(close), len(text))
        kept.append(mark if mark[0] == "#" else " " * len(mark))
        kept.append(re.sub(r"[^\n]", " ", text[match.end() : until]))
        at = until
    kept.append(text[at:])
    return "".join(kept), quoted


def _blocks(masked: str) -> Iterator[tuple[str, str, str, int, int]]:
    """Kind, name, parameters, and the stretch of each block that stands in no other."""
    depth, start, last = 0, 0, 0
    for match in re.finditer(r"[{}]", masked):
        if match.group() == "{":
            start = match.end() if depth == 0 else start
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                head = _HEAD.search(masked[max(last, start - 2_000) : start - 1])
                if head is not None:
                    yield head.group(1), head.group(2), head.group(3) or "", start, match.start()
                last = match.end()
