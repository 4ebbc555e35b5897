"""All prompt files of a tree: found by name, read by their format, with budgets, ignores, and what could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from costgate.knowledge.prompt_files import PromptFile, prompt_file
from costgate.model.finding import Gap, Suppression
from costgate.model.tree import Entry, Tree
from costgate.model.value import Span
from costgate.read.prompts.formats import FORMATS
from costgate.read.prompts.page import FileText, Page
from costgate.read.prompts.shelf import Refused, Shelf

MAX_FILES = 20_000
MAX_TEXTS = 60_000
_NOTE = re.compile(
    r"(?:<!--|\{#|\{\{!(?:--)?|//|#)[-~]?\s*costgate:\s*(?:ignore\[([^\]\n]*)\][ \t]*([^\n]*?)|budget[ \t:=]+([\d_,]+)[^\n]*?)"
    r"[ \t]*[-~]?(?:-->|#\}|(?:--)?\}\}|$)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class PromptFiles:
    """What the prompt files of a tree hold."""

    texts: tuple[FileText, ...] = ()
    gaps: tuple[Gap, ...] = ()
    unread: dict[str, str] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    models: dict[str, str] = field(default_factory=dict)
    """What the names of models that a proxy gives stand for, where that is one model."""


def prompt_texts(tree: Tree) -> PromptFiles:
    """Every text of a prompt file, whether or not a call is seen to send it."""
    shelf = Shelf(tree)
    texts: list[FileText] = []
    notes: list[Suppression] = []
    found = [(entry, kind) for entry in tree.entries() if (kind := prompt_file(entry.path)) is not None]
    for entry, kind in found[:MAX_FILES]:
        if len(texts) > MAX_TEXTS:
            shelf.gap(entry.path, 1, "the tree holds more prompts than are read")
            break
        try:
            own, ignores = _of(shelf, entry, kind)
        except Refused as refused:
            _refused(shelf, entry, str(refused))
            continue
        texts += own
        notes += ignores
    models = {name: next(iter(targets)) for name, targets in shelf.aliases.items() if len(targets) == 1}
    return PromptFiles(tuple(texts), tuple(shelf.gaps.values()), shelf.unread, tuple(notes), models)


def _of(shelf: Shelf, entry: Entry, kind: PromptFile) -> tuple[Sequence[FileText], Sequence[Suppression]]:
    page = Page(shelf, entry.path, kind, shelf.text(entry.path))
    if kind.only is not None and not kind.only.search(page.text):
        return (), ()
    texts = sorted(FORMATS[kind.format](page), key=lambda each: each.span.line)
    notes = [(page.text.count("\n", 0, match.start()) + 1, match) for match in _NOTE.finditer(page.text)]
    budgets = [(line, match.group(3)) for line, match in notes if match.group(3) is not None]
    return _budgeted(texts, budgets), list(_ignores(entry.path, notes))


def _refused(shelf: Shelf, entry: Entry, why: str) -> None:
    if entry.kind == "file":
        shelf.unread[entry.path] = why
    else:
        shelf.gap(entry.path, 1, why if entry.kind == "symlink" else "a submodule, its files are not part of this tree")


def _ignores(path: str, notes: Iterable[tuple[int, re.Match[str]]]) -> Iterator[Suppression]:
    for line, match in notes:
        if match.group(1) is not None:
            rules = tuple(part.strip() for part in match.group(1).split(",") if part.strip())
            yield Suppression(Span(path, line, 1, line, 1), rules, match.group(2).strip())


def _budgeted(texts: Sequence[FileText], budgets: Sequence[tuple[int, str]]) -> Sequence[FileText]:
    """A budget in a comment is that of the text it stands in or above; of all texts where it stands before the first."""
    found = list(texts)
    for line, digits in budgets:
        tokens = int(re.sub(r"\D", "", digits) or 0)
        if tokens <= 0:
            continue
        before = not found or line < found[0].span.line - 1
        for at, each in enumerate(found):
            if before or len(found) == 1 or each.span.line - 1 <= line <= each.span.end_line:
                found[at] = replace(each, budget=tokens)
    return found
