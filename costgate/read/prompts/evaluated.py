"""The prompts of an evaluation: each inline, or a file that is named, in which several may stand."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from costgate.model.prompt import Hole
from costgate.read.prompts.data import Leaf, document, leaves
from costgate.read.prompts.page import FileText, Page
from costgate.read.prompts.rendering import Part, Place
from costgate.read.prompts.shelf import Refused

MAX_MATCHES = 200
_PROGRAM = re.compile(r"\.(py|js|ts|mjs|cjs|csv|xlsx|rb|go)(:|$)")
_FILE = re.compile(r"[\w./-]+\.(txt|md|j2|json|ya?ml)\Z")
_SEVERAL = re.compile(r"^---[ \t]*$", re.MULTILINE)
_NAMES = ("id", "label", "name", "description")


def evaluated(page: Page) -> Iterator[FileText]:
    """What stands under `prompts`, for the model of the providers where that is one."""
    found = document(page)
    page.front = {**(found.value if isinstance(found.value, dict) else {}), "model": _model(found.value)}
    for leaf in leaves(found):
        if leaf.keys[:1] != ("prompts",) or leaf.name in _NAMES and not leaf.text.startswith("file:"):
            continue
        name = leaf.text.removeprefix("file://")
        if name == leaf.text and not (_FILE.fullmatch(name) and leaf.name != "raw"):
            yield page.sent(leaf_parts(page, leaf), page.place(leaf.text, leaf.line))
            continue
        for parts in _named(page, name, leaf):
            yield page.sent(parts, page.place(leaf.text, leaf.line), role=parts[0].role if parts else "")


def _model(value: Any) -> str | None:
    """The model of the only provider; None where several are compared."""
    said = (value.get("providers") or value.get("targets")) if isinstance(value, dict) else None
    given = said if isinstance(said, list) else [said]
    if len(given) != 1:
        return None
    first = given[0].get("id") if isinstance(given[0], dict) else given[0]
    return first if isinstance(first, str) and ":" in first and not first.startswith("file:") else None


def _named(page: Page, name: str, leaf: Leaf) -> Iterator[tuple[Part, ...]]:
    """The prompts of a file, or of each file that a pattern means."""
    if _PROGRAM.search(name):
        page.shelf.gap(page.path, leaf.line, f"{name[:80]!r} is not followed: a program makes the prompt")
        return
    if not re.search(r"[*?\[]", name):
        yield from _prompts(page, name, leaf)
        return
    pattern = posixpath.normpath(posixpath.join(posixpath.dirname(page.path), name))
    paths = [entry.path for entry in page.shelf.tree.entries() if entry.kind == "file" and fnmatch.fnmatchcase(entry.path, pattern)]
    if not paths or len(paths) > MAX_MATCHES:
        page.shelf.gap(page.path, leaf.line, f"{name[:80]!r} is not followed: it means {'no file' if not paths else 'too many files'}")
        return
    for path in paths:
        yield from _prompts(page, posixpath.relpath(path, posixpath.dirname(page.path) or "."), leaf)


def _prompts(page: Page, name: str, leaf: Leaf) -> Iterator[tuple[Part, ...]]:
    try:
        path = page.shelf.beside(page.path, name)
        text = page.shelf.text(path)
    except Refused:
        yield whole(page, name, leaf.line)  # a hole, and a gap with the reason
        return
    if path.endswith((".json", ".yaml", ".yml")):
        yield from _messages(page, path, text, leaf)
        return
    line = 1
    for piece in _SEVERAL.split(text):
        if piece.strip():
            said = piece.lstrip("\n")
            yield page.rendered(Place(path, line + len(piece) - len(said), said))
        line += piece.count("\n")


def _messages(page: Page, path: str, text: str, leaf: Leaf) -> Iterator[tuple[Part, ...]]:
    """A list of messages; a document that is none is sent as it stands."""
    inner = replace(page, path=path, text=text, front={})
    try:
        found = [each for each in leaves(document(inner)) if each.message]
    except Refused as refused:
        page.shelf.gap(page.path, leaf.line, f"{path} is no list of messages: {refused}")
        found = []
    parts = tuple(part for each in found for part in leaf_parts(inner, each))
    yield parts or page.rendered(Place(path, 1, text))


# one text of a document ------------------------------------------------------------------------------------------


def leaf_parts(page: Page, leaf: Leaf) -> tuple[Part, ...]:
    """What one text of a document sends."""
    if leaf.name == "template_path":
        return whole(page, leaf.text, leaf.line)
    return page.rendered(page.place(leaf.text, leaf.line), leaf.role, page.syntax())


def whole(page: Page, name: str, line: int) -> tuple[Part, ...]:
    """The text of another file of the tree, or a hole and a gap."""
    try:
        path = page.shelf.beside(page.path, name)
        body = page.shelf.text(path)
    except Refused as refused:
        page.shelf.gap(page.path, line, f"{name[:80]!r} is not followed: {refused}")
        return (Hole(name[:80], page.place("", line).span(0)),)
    return page.rendered(Place(path, 1, body))
