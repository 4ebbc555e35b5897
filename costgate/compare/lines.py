"""Which lines of a prompt are new: two versions of a text side by side, whatever files it is put together from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

from costgate.model.prompt import Hole, Text

MAX_LINES = 4_000
"""Beyond common beginnings and ends; longer stretches count as replaced as a whole."""


Place: TypeAlias = "tuple[str, int, int]"
_FOLDING = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a prompt, and where it stands."""

    text: str
    path: str
    number: int
    last: int
    """Where a file writes on several lines what is sent as one, the last of these."""


def lines_of(parts: Iterable[Text | Hole]) -> list[Line]:
    """The lines of the static text, in the order they are sent."""
    found: list[Line] = []
    texts = [part for part in parts if isinstance(part, Text)]
    passed: dict[Place, int] = {}
    spare = _spare(texts)
    for part in texts:
        span = part.span
        place = (span.path, span.line, span.column)
        # pieces of one text between its holes have its place in common
        start = span.line + passed.get(place, 0)
        rows = part.text.split("\n")
        passed[place] = passed.get(place, 0) + len(rows) - 1
        end = max(span.end_line, span.line)
        for at, row in enumerate(rows):
            if row.strip():
                found.append(Line(row.strip(), span.path, min(start + at, end), min(start + at + spare[place], end)))
    return found


def _spare(texts: Iterable[Text]) -> dict[Place, int]:
    """For each text, on how many more lines it stands than it has: a folded text of a data file."""
    rows: dict[Place, int] = defaultdict(int)
    lines: dict[Place, int] = {}
    for part in texts:
        place = (part.span.path, part.span.line, part.span.column)
        rows[place] += part.text.rstrip("\n").count("\n")
        lines[place] = max(part.span.end_line - part.span.line, 0) if part.span.path.endswith(_FOLDING) else 0
    return {place: max(count - rows[place], 0) for place, count in lines.items()}


def grown(before: Sequence[Line], after: Sequence[Line]) -> list[tuple[str, int, int]]:
    """Path, first and last line of each stretch that is new or longer, the longest text first."""
    old, new = [line.text for line in before], [line.text for line in after]
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    old, kept = old[start : len(old) - end], after[start : len(after) - end]
    new = [line.text for line in kept]
    if len(old) > MAX_LINES or len(new) > MAX_LINES:
        return _stretches(kept)
    found = []
    for tag, one, other, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gained = sum(map(len, new[first:last])) - sum(map(len, old[one:other]))
        if tag in ("insert", "replace") and gained > 0:
            found += [(gained, stretch) for stretch in _stretches(kept[first:last])]
    return [stretch for _, stretch in sorted(found, key=lambda each: -each[0])]


def _stretches(lines: Sequence[Line]) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for line in lines:
        if found and found[-1][0] == line.path and line.number >= found[-1][1]:
            found[-1] = (line.path, found[-1][1], max(found[-1][2], line.last))
        else:
            found.append((line.path, line.number, line.last))
    return found
