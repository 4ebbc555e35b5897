"""A template as what it sends: text and holes in order, includes and parents followed, each part at its own line."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from costgate.knowledge.prompt_files import prompt_words
from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.prompts.shelf import MAX_DEPTH, MAX_INCLUDES, Refused, Shelf
from costgate.read.prompts.template import Block, Node, Other, Said, Value, arguments, parse

MAX_CHARACTERS = 4_000_000
MAX_STEPS = 200_000
PLACES = ("", "templates", "prompts", "partials", "_partials")
"""Folders that a template means without naming them."""

Part = Text | Hole
Macro = tuple[Block, "Place"]
"""A text with parameters, and where it stands."""


class Place:
    """Where a text stands: its file, and the line it starts at."""

    def __init__(self, path: str, line: int, text: str) -> None:
        self.path = path
        self.line = line
        self.text = text
        self._breaks: list[int] | None = None

    def line_at(self, at: int) -> int:
        """The line of an offset of the text."""
        if self._breaks is None:
            self._breaks = [match.start() for match in re.finditer("\n", self.text)]
        return self.line + bisect_left(self._breaks, at)

    def span(self, start: int, length: int = 0) -> Span:
        """The lines of a stretch of the text."""
        return Span(self.path, self.line_at(start), 1, self.line_at(max(start, start + length - 1)), 1)


@dataclass
class _Work:
    """What one prompt has cost so far, and what its files define."""

    shelf: Shelf
    syntax: str
    role: str
    characters: int = 0
    steps: int = 0
    includes: int = 0
    stopped: bool = False
    active: list[str] = field(default_factory=list)
    blocks: dict[str, list[tuple[Block, Place]]] = field(default_factory=dict)
    macros: dict[str, tuple[Block, Place]] = field(default_factory=dict)
    inside: list[tuple[str, int]] = field(default_factory=list)
    """The blocks that are being put together, each with how many of its heirs speak for it."""
    trees: dict[tuple[str, int], Sequence[Node]] = field(default_factory=dict)


def rendered(
    shelf: Shelf, place: Place, syntax: str, role: str, macros: Mapping[str, Macro] | None = None
) -> tuple[Part, ...]:
    """The text and holes that a template sends. `macros`: those of other files that it may call."""
    work = _Work(shelf, syntax, role, active=[place.path], macros=dict(macros or {}))
    return tuple(_merged(_file(work, _parsed(work, place), place)))


def _parsed(work: _Work, place: Place) -> Sequence[Node]:
    key = (place.path, place.line)
    if key not in work.trees:
        work.trees[key] = parse(place.text, work.syntax)
    return work.trees[key]


def _file(work: _Work, nodes: Sequence[Node], place: Place) -> list[Part]:
    """The parts of one file; those of its parent when it extends one."""
    parent = next((node for node in nodes if isinstance(node, Other) and node.kind == "extends"), None)
    _define(work, nodes, place)
    if parent is None:
        return _nodes(work, nodes, place)
    for node in nodes:
        if isinstance(node, Block) and node.kind == "block":
            work.blocks.setdefault(node.name, []).append((node, place))
    return _brought(work, parent, place)


def _define(work: _Work, nodes: Sequence[Node], place: Place) -> None:
    for node in nodes:
        if isinstance(node, Block) and node.kind == "macro":
            work.macros.setdefault(node.name, (node, place))
        elif isinstance(node, Other) and node.kind == "import":
            _imported(work, node, place)


def _imported(work: _Work, node: Other, place: Place) -> None:
    found = _opened(work, node, place)
    if isinstance(found, Place):
        work.active.append(found.path)
        _define(work, _parsed(work, found), found)
        work.active.pop()


def _nodes(work: _Work, nodes: Sequence[Node], place: Place) -> list[Part]:
    found: list[Part] = []
    for node in nodes:
        work.steps += 1
        if work.steps > MAX_STEPS:
            _stop(work, f"it is put together in more than {MAX_STEPS:,} steps")
        if work.stopped:
            break
        if isinstance(node, Said):
            found.append(_text(work, node, place))
        elif isinstance(node, Value):
            found += _value(work, node, place)
        elif isinstance(node, Block):
            found += _block(work, node, place)
        elif node.kind == "include":
            found += _brought(work, node, place)
        elif node.kind == "role" and node.name:
            work.role = node.name
    return found


def _text(work: _Work, node: Said, place: Place) -> Part:
    work.characters += len(node.text)
    span = place.span(node.at, len(node.text))
    if work.characters > MAX_CHARACTERS:
        _stop(work, f"with what it includes it is more than {MAX_CHARACTERS:,} characters")
        return Hole("the rest of the template", span, work.role)
    return Text(node.text, span, work.role)


def _stop(work: _Work, why: str) -> None:
    work.stopped = True
    work.shelf.gap(work.active[0], 1, f"{why}: the rest is left out")


def _value(work: _Work, node: Value, place: Place) -> list[Part]:
    name = node.word.rpartition(".")[2]
    if name == "super":
        return _above(work)
    if name in work.macros and len(work.active) < MAX_DEPTH:
        macro, its_place = work.macros[name]
        work.active.append(f"macro {name}")
        found = _nodes(work, macro.branches[0], its_place)
        work.active.pop()
        return _given(found, arguments(macro.word, node.given), place.span(node.at))
    repeated = node.name.lower() in prompt_words().histories
    return [Hole(node.name, place.span(node.at), work.role, repeated=repeated)]


def _given(parts: list[Part], values: Mapping[str, str], span: Span) -> list[Part]:
    """What a macro says with the texts that it is called with."""
    if not values:
        return parts
    given = {name: Text(text, span) for name, text in values.items()}
    return [replace(given[part.name], role=part.role) if isinstance(part, Hole) and part.name in given else part for part in parts]


def _above(work: _Work) -> list[Part]:
    """`super()`: what the same block of the parent says."""
    if not work.inside:
        return []
    name, at = work.inside[-1]
    found = work.blocks.get(name, [])
    if at + 1 >= len(found):
        return []
    block, place = found[at + 1]
    work.inside.append((name, at + 1))
    parts = _nodes(work, block.branches[0], place)
    work.inside.pop()
    return parts


def _block(work: _Work, node: Block, place: Place) -> list[Part]:
    if node.kind in ("macro", "silent"):
        return []
    if node.kind == "block":
        given = work.blocks.get(node.name)
        if given is None:
            return _nodes(work, node.branches[0], place)
        if all(each is not node for each, _ in given):
            given.append((node, place))
        work.inside.append((node.name, 0))
        found = _nodes(work, given[0][0].branches[0], given[0][1])
        work.inside.pop()
        return found
    if node.kind == "test":
        return _longest([_branch(work, each, place) for each in node.branches])
    if node.kind == "loop":
        once = _nodes(work, node.branches[0], place)
        return [*once, Hole(f"further {node.name}", place.span(node.at), work.role, repeated=True)]
    return _nodes(work, node.branches[0], place)


def _branch(work: _Work, nodes: Sequence[Node], place: Place) -> list[Part]:
    role = work.role
    found = _nodes(work, nodes, place)
    work.role = role
    return found


def _longest(branches: list[list[Part]]) -> list[Part]:
    """The branch with the most text: what the prompt may cost, not what it may save."""
    return max(branches, key=lambda each: sum(len(part.text) for part in each if isinstance(part, Text)))


def _brought(work: _Work, node: Other, place: Place) -> list[Part]:
    found = _opened(work, node, place)
    if not isinstance(found, Place):
        return [] if found is None else [found]
    work.active.append(found.path)
    parts = _file(work, _parsed(work, found), found)
    work.active.pop()
    return parts


def _opened(work: _Work, node: Other, place: Place) -> Place | Hole | None:
    """The file that a tag names, of several the first there is; a hole, and a gap with the reason, where it is not read.

    None where the tag says that it may lack.
    """
    span = place.span(node.at)
    if not node.name:
        return Hole("a template chosen at run time", span, work.role)
    for other in node.others:
        try:
            work.shelf.beside(place.path, node.name, PLACES)
            break
        except Refused:
            node = replace(node, name=other)
    try:
        return _included(work, node, place)
    except Refused as refused:
        if node.optional and str(refused) == "no such file in the tree":
            return None
        work.shelf.gap(place.path, span.line, f"{node.kind} of {node.name[:80]!r} is not followed: {refused}")
        return Hole(node.name[:80], span, work.role)


def _included(work: _Work, node: Other, place: Place) -> Place:
    path = _named(work, node.name, place)
    work.includes += 1
    if path in work.active:
        raise Refused("it includes itself")
    if len(work.active) >= MAX_DEPTH:
        raise Refused(f"includes go deeper than {MAX_DEPTH} files")
    if work.includes > MAX_INCLUDES:
        raise Refused(f"more than {MAX_INCLUDES} files are put together")
    text = work.shelf.text(path)
    return Place(path, 1, text)


def _named(work: _Work, name: str, place: Place) -> str:
    if work.syntax != "handlebars" or "." in posixpath.basename(name):
        return work.shelf.beside(place.path, name, PLACES)
    suffix = posixpath.splitext(place.path)[1]
    folder, _, last = name.rpartition("/")
    lead = f"{folder}/" if folder else ""
    why: Refused | None = None
    for each in (f"{lead}_{last}{suffix}", f"{name}{suffix}"):
        try:
            return work.shelf.beside(place.path, each, PLACES)
        except Refused as refused:
            why = refused
    raise why or Refused("no such file in the tree")


def _merged(parts: Sequence[Part]) -> list[Part]:
    """Neighbouring texts of one file, role and line as one."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, Text) and isinstance(last, Text) and _adjoin(last, part):
            end = max(last.span.end_line, part.span.end_line)
            found[-1] = Text(last.text + part.text, replace(last.span, end_line=end), last.role)
        else:
            found.append(part)
    return found


def _adjoin(last: Text, part: Text) -> bool:
    same = (last.span.path, last.role) == (part.span.path, part.role)
    return same and 0 <= part.span.line - last.span.end_line <= 1

