"""Notebooks as one Python source: the code cells in their order, and at which line each begins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SUFFIX = ".ipynb"
CHECKPOINTS = ".ipynb_checkpoints/"
MAX_CELLS = 20_000

_LINE = re.compile(r"^(\s*)(?:[%!?](?!\s*=)|[\w.]+\?{1,2}\s*$|([\w.\s,]+=)\s*[!%](?=[\w/.]))")
_RUNS_PYTHON = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "python", "python3"})
"""Magics of a whole cell under which the rest of it is still this program."""
_QUOTES = re.compile(r'"""|\'\'\'|#|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')


_END = "the_end_of_a_cell = 0"


@dataclass(frozen=True, slots=True)
class Notebook:
    """The source, the 0-based line at which each code cell begins with its index, and what could not be read."""

    source: bytes
    cells: tuple[tuple[int, int], ...] = ()
    why: str | None = None
    partly: str | None = None


def notebook(data: bytes) -> Notebook:
    """The code of a notebook; `why` where it is none, `partly` where a cell has no code that can be read."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return Notebook(b"", why=f"it is not a notebook: {str(error)[:80]}")
    cells = _cells(document)
    if cells is None:
        return Notebook(b"", why="it is not a notebook: it has no list of cells")
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    odd: list[int] = []
    broken: list[int] = []
    for index, cell in enumerate(cells[:MAX_CELLS]):
        if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw", "heading"):
            odd.append(index)
        elif cell["cell_type"] == "code":
            text = _text(cell.get("source", cell.get("input")))
            if text is None:
                odd.append(index)
                continue
            code = _python(text)
            starts.append((len(lines), index))
            if _spills("\n".join(code)):
                broken.append(index)
                code = [""] * len(code)
            lines += code
    partly = _partly(odd, "has no source that is text") or _partly(broken, "does not parse")
    if len(cells) > MAX_CELLS:
        partly = f"it has {len(cells):,} cells, more than are read"
    return Notebook("\n".join([*lines, ""]).encode("utf-8", "replace"), tuple(starts), partly=partly)


def _partly(found: list[int], what: str) -> str | None:
    if not found:
        return None
    return f"cell {found[0] + 1}{f' and {len(found) - 1:,} others' if found[1:] else ''}: {what}"


def _spills(code: str) -> bool:
    """Whether a broken cell would swallow what follows it: then the others are read without it."""
    import tree_sitter
    import tree_sitter_python

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
    root = parser.parse(f"{code}\n{_END}\n".encode("utf-8", "replace")).root_node
    if not root.has_error:
        return False
    last = root.named_children[-1] if root.named_children else root
    return last.has_error or last.text != _END.encode()


def searchable(path: str, data: bytes) -> bytes:
    """A file's bytes for a search for names: a notebook's with what JSON escapes undone, but not parsed."""
    return data.replace(b"\\n", b"\n").replace(b'\\"', b'"') if path.endswith(SUFFIX) else data


def _cells(document: Any) -> list[Any] | None:
    if not isinstance(document, dict):
        return None
    sheets = document.get("worksheets")
    if isinstance(sheets, list):  # the form before the fourth
        found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        return [cell for cells in found if isinstance(cells, list) for cell in cells]
    cells = document.get("cells")
    return cells if isinstance(cells, list) else None


def _text(source: Any) -> str | None:
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return None


def _python(text: str) -> list[str]:
    """The lines of a cell with what is no Python taken out; as many as before."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", " ").split("\n")
    first = next((at for at, row in enumerate(rows) if row.strip()), 0)
    if rows[first].startswith("%%"):
        words = rows[first][2:].split()
        if not words or words[0] not in _RUNS_PYTHON:
            return [""] * len(rows)
        rows[first] = ""
    return list(_without_magics(rows))


def _without_magics(rows: list[str]) -> Iterator[str]:
    inside: str | None = None
    goes_on = False
    for row in rows:
        match = _LINE.match(row) if inside is None else None
        if goes_on or match is not None:
            goes_on = row.rstrip().endswith("\\")
            indent = match.group(1) if match is not None else ""
            given = match.group(2) if match is not None else None
            yield f"{indent}{given} None" if given else f"{indent}pass" if indent else ""
            continue
        inside = _string_after(row, inside)
        yield row


def _string_after(row: str, inside: str | None) -> str | None:
    """The quotes of the text that is still open at the end of a line."""
    at = 0
    while True:
        if inside is not None:
            end = row.find(inside, at)
            if end < 0:
                return inside
            at, inside = end + 3, None
        match = _QUOTES.search(row, at)
        if match is None or match.group() == "#":
            return None
        at = match.end()
        inside = match.group() if match.group() in ('"""', "'''") else None
