"""Columns of a terminal table: how wide each gets, and lines that keep to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of at most `most` cells. Where the line is too long it gives way down to `least`, losing its middle.

    `side` is left | right; None for `least`: it never gives way, as figures must not.
    """

    title: str
    side: str = "left"
    style: str = ""
    most: int = 40
    least: int | None = None


def widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """A width for each column so that all fit into `width`; None when they cannot."""
    from rich.cells import cell_len

    wanted = [
        min(max(cell_len(text) for text in (column.title, *(row[index] for row in rows))), column.most)
        for index, column in enumerate(columns)
    ]
    while sum(wanted) + GAP * (len(columns) - 1) > width:
        slack = [size - column.least if column.least else 0 for column, size in zip(columns, wanted, strict=True)]
        if max(slack) <= 0:
            return None
        wanted[slack.index(max(slack))] -= 1
    return wanted


def line(columns: Sequence[Column], cells: Sequence[str], sizes: Sequence[int], style: str | None = None) -> Text:
    """One row; `style` overrides the columns' own."""
    from rich.text import Text

    row = Text()
    for index, (column, cell, size) in enumerate(zip(columns, cells, sizes, strict=True)):
        text = Text(middle(cell, size), style=column.style if style is None else style)
        text.align("left" if column.side == "left" else "right", size)
        row.append(text)
        if index < len(columns) - 1:
            row.append(" " * GAP)
    row.rstrip()
    return row


def middle(text: str, size: int) -> str:
    """The text cut in its middle to at most `size` terminal cells; the end, where a line number stands, keeps more."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= size:
        return text
    head = (size - 1) // 3
    tail = size - 1 - head
    kept = text[-tail:] if tail else ""
    while cell_len(kept) > tail:
        kept = kept[1:]
    return f"{set_cell_size(text, head).rstrip()}…{kept}"
