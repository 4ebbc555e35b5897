"""A template with examples, each put into a template of its own, between what stands before and behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.prompts.data import Document, Keys, document, leaves
from costgate.read.prompts.page import Page
from costgate.read.prompts.rendering import Part
from costgate.read.prompts.shelf import Refused

MAX_EXAMPLES = 500
BETWEEN = "\n\n"


def with_examples(page: Page, found: Document) -> tuple[Part, ...] | None:
    """The whole prompt; None where the document is no such template."""
    value = found.value
    inner = value.get("example_prompt") if isinstance(value, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("template"), str):
        return None
    lines: dict[Keys, int] = {}
    for leaf in leaves(found):
        lines.setdefault(leaf.keys[:2], leaf.line)
    template = page.rendered(page.place(inner["template"], lines.get(("example_prompt", "template"), 1)))
    between = value.get("example_separator", BETWEEN)
    pieces = [_text(page, lines, value, "prefix")]
    pieces += [_filled(template, each, place) for each, place in _examples(page, lines, value)]
    pieces.append(_text(page, lines, value, "suffix"))
    parts: list[Part] = []
    for piece in filter(None, pieces):
        parts += [Text(str(between), piece[0].span)] if parts else []
        parts += piece
    return tuple(parts)


def _text(page: Page, lines: Mapping[Keys, int], value: Mapping[str, Any], key: str) -> tuple[Part, ...]:
    said = value.get(key)
    return page.rendered(page.place(said, lines.get((key,), 1))) if isinstance(said, str) and said else ()


def _examples(page: Page, lines: Mapping[Keys, int], value: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], tuple[str, int]]]:
    """Each example with its file and line: they stand in the document, or in a file that it names."""
    given, path = value.get("examples"), page.path
    if isinstance(given, str):
        try:
            path = page.shelf.beside(page.path, given)
            given = document(Page(page.shelf, path, page.entry, page.shelf.text(path))).value
        except Refused as refused:
            page.shelf.gap(page.path, lines.get(("examples",), 1), f"the examples in {given[:80]!r} are not read: {refused}")
            return
    for index, each in enumerate(given[:MAX_EXAMPLES] if isinstance(given, list) else ()):
        if isinstance(each, dict):
            yield each, (path, lines.get(("examples", index), 1) if path == page.path else 1)


def _filled(template: tuple[Part, ...], example: Mapping[str, Any], place: tuple[str, int]) -> tuple[Part, ...]:
    span = Span(*place)
    return tuple(Text(str(example[part.name]), span) if isinstance(part, Hole) and part.name in example else part for part in template)
