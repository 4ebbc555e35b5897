"""The page's tables as plain data: columns, rows, what a row unfolds to, and by what it can be filtered.

The template draws the first rows, the page's script all of them, both from this. A cell is a text, in which backticks
mark code, or a piece of code with an address.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote

from costgate.render import escape
from costgate.render.phrase import place

Cell: TypeAlias = "str | dict[str, str]"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of what a row unfolds to. `kind`: facts (label, value) | table (heads first) | list."""

    kind: str
    title: str
    lines: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Row:
    """`facets` are the values that the table's filters look for, one tuple for each filter."""

    cells: Sequence[Cell]
    facets: Sequence[tuple[str, ...]] = ()
    blocks: Sequence[Block] = ()
    order: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are (title, is a figure). A row's `order` holds a key for each column, in which it sorts."""

    name: str
    title: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Row]
    filters: Sequence[str] = ()
    none: str = "Nothing to show."
    options: Sequence[Sequence[str]] = field(default=())


def table(name: str, title: str, columns: Sequence[tuple[str, bool]], rows: Iterable[Row], **more: Any) -> Table:
    """A table with the values that each of its filters offers."""
    kept = list(rows)
    filters = more.get("filters", ())
    options = [sorted({value for row in kept for value in row.facets[index]}) for index in range(len(filters))]
    return Table(name, title, columns, kept, options=options, **more)


def island(tables: Sequence[Table]) -> str:
    """The tables as JSON that can stand in a script element: no `<` in it, and ASCII only."""
    text = json.dumps({one.name: _packed(one) for one in tables}, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _packed(one: Table) -> list[Any]:
    ranks = [_ranks([row.order[column] for row in one.rows]) for column in range(len(one.columns))]
    return [
        [row.cells, [rank[number] for rank in ranks], row.facets, [_block(block) for block in row.blocks]]
        for number, row in enumerate(one.rows)
    ]


def _block(block: Block) -> list[Any]:
    return [block.kind, block.title, block.lines]


def _ranks(keys: Sequence[Any]) -> list[int]:
    """Whole numbers in the order of the keys, so that the page need not know decimals."""
    place_of = {key: number for number, key in enumerate(sorted(set(keys)))}
    return [place_of[key] for key in keys]


def text(words: str, limit: int = 400) -> str:
    """Words from the report on one line, nothing invisible in them. Markup is the drawing's concern."""
    return escape.visible(" ".join(words.split()), limit)


def code(words: str, limit: int = escape.LIMIT) -> Cell:
    """A name or value from the judged tree."""
    return {"code": escape.visible(words, limit)}


@dataclass(frozen=True, slots=True)
class Places:
    """Where things stand, with an address where a link can be trusted to stay inside the repository."""

    base: str | None
    sha: str | None

    def at(self, path: str | None, line: int | None, cell: int | None = None, **more: str) -> dict[str, str]:
        """The place as a cell."""
        made = {"code": escape.visible(place(path, line, cell)), **{name: text(said, 80) for name, said in more.items()}}
        address = self._address(path or "", line, cell)
        return {**made, "href": address} if address else made

    def _address(self, path: str, line: int | None, cell: int | None) -> str:
        steps = path.split("/")
        if not self.base or not self.sha or len(path) > 200 or any(step in {"", ".", ".."} for step in steps):
            return ""
        anchor = f"#L{line}" if line and cell is None else ""
        return f"{self.base.rstrip('/')}/blob/{self.sha}/{quote(path.encode('utf-8', 'replace'), safe='/')}{anchor}"

