"""The table of workloads for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costgate.model.report import Report
from costgate.render import escape
from costgate.render.grid import GAP, Column, line, widths
from costgate.render.options import Options
from costgate.render.spending import HEADS, cells, shown, total

if TYPE_CHECKING:
    from rich.console import RenderableType

_COLUMNS = (
    Column(HEADS[0], style="bold", most=40, least=12),
    Column(HEADS[1], "right", most=8),
    Column(HEADS[2], "right", most=28),
    Column(HEADS[3], "right", style="bold", most=40),
    Column(HEADS[4], "right", most=48, least=16),
    Column(HEADS[5], "right", most=28),
)


def parts(report: Report, options: Options) -> Iterator[RenderableType]:
    """The workloads, the dearest first, and what they make together; nothing where none is declared."""
    from rich.text import Text

    found = shown(report)[: options.limit]
    currency = report["provenance"]["currency"]
    if found:
        yield ""
        rows = [(escape.terminal(name, 80), *rest) for name, *rest in (cells(one, currency) for one in found)]
        used = [at for at, _ in enumerate(HEADS) if any(row[at] for row in rows)]
        columns = [_COLUMNS[at] for at in used]
        kept = [[row[at] for at in used] for row in rows]
        sizes = widths(columns, kept, options.width)
        if sizes is None:
            yield from _listed(kept, [HEADS[at] for at in used])
        else:
            yield line(columns, [column.title for column in columns], sizes, "dim")
            yield Text("─" * (sum(sizes) + GAP * (len(sizes) - 1)), style="dim")
            for row in kept:
                yield line(columns, row, sizes)
    portfolio = report["portfolio"]
    if portfolio is not None and (found or portfolio["budget"] is not None):
        if not found:
            yield ""
        yield Text(f"{escape.terminal(portfolio['name'], 80)}: {total(portfolio, currency)}", style="dim")


def _listed(rows: list[list[str]], heads: list[str]) -> Iterator[RenderableType]:
    """For a terminal too narrow for columns."""
    from rich.text import Text

    for name, *rest in rows:
        yield Text(name, style="bold")
        for head, cell in zip(heads[1:], rest, strict=True):
            if cell:
                yield Text(f"  {head.lower()}: {cell}")
