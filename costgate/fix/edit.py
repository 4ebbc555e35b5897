"""Edits and bytes: where a place in lines and columns stands in a file, what edits make of it, and the difference shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import unified_diff

from costgate.model.fix import Edit
from costgate.model.value import Span

_BOM = b"\xef\xbb\xbf"


def offset(data: bytes, line: int, column: int) -> int | None:
    """The byte of a 1-based line and UTF-16 column; None where there is no such place, or a byte order mark is before it."""
    start = 0
    for _ in range(line - 1):
        start = data.find(b"\n", start) + 1
        if not start:
            return None
    if start == 0 and data.startswith(_BOM):
        return None
    stop = data.find(b"\n", start)
    row = data[start : len(data) if stop < 0 else stop]
    try:
        units = row.decode("utf-8").encode("utf-16-le")
        head = units[: 2 * (column - 1)].decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    return start + len(head.encode()) if 2 * (column - 1) <= len(units) else None


def located(data: bytes, span: Span) -> tuple[int, int] | None:
    """The bytes from and to that a span covers."""
    start, end = offset(data, span.line, span.column), offset(data, span.end_line, span.end_column)
    return None if start is None or end is None or end <= start else (start, end)


def span_at(data: bytes, path: str, start: int, end: int) -> Span:
    """The span of some bytes."""
    (first, left), (last, right) = (_position(data, at) for at in (start, end))
    return Span(path, first, left, last, right)


def apply(files: Mapping[str, bytes], edits: Iterable[Edit]) -> dict[str, bytes]:
    """The files that the edits change, as they are then. Nothing but the edited bytes differs."""
    made: dict[str, bytes] = {}
    for edit in sorted(set(edits), key=lambda each: (each.path, each.start, each.end), reverse=True):
        data = made.get(edit.path, files[edit.path])
        made[edit.path] = data[: edit.start] + edit.text.encode() + data[edit.end :]
    return made


def patch(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """A unified difference that `git apply` and `patch` take."""
    shown = []
    for path in sorted(after):
        old, new = (_lines(files[path]) for files in (before, after))
        for row in unified_diff(old, new, f"a/{path}", f"b/{path}"):
            shown.append(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n")
    return "".join(shown)


def _lines(data: bytes) -> list[str]:
    *rows, last = data.decode("utf-8").split("\n")
    return [f"{row}\n" for row in rows] + ([last] if last else [])


def _position(data: bytes, at: int) -> tuple[int, int]:
    start = data.rfind(b"\n", 0, at) + 1
    units = len(data[start:at].decode("utf-8", "replace").encode("utf-16-le")) // 2
    return data.count(b"\n", 0, at) + 1, units + 1
