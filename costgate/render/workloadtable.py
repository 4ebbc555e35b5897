"""The table of workloads for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costgate.model.report import Report, WorkloadDoc
from costgate.render import escape
from costgate.render.grid import GAP, Column, line, widths
from costgate.render.options import Options
from costgate.render.spending import HEADS, cells, notes, shown, total

if TYPE_CHECKING:
    from rich.console import RenderableType

_COLUMNS = (
    Column(HEADS[0], style="bold", most=40, least=12),
    Column(HEADS[1], "right", most=8),
    Column(HEADS[2], "right", most=28),
    Column(HEADS[3], "right", style="bold", most=40),
    Column(HEADS[4], "right", most=48),
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
            yield from _listed(kept, [HEADS[at] for at in used], found, currency)
        else:
            yield line(columns, [column.title for column in columns], sizes, "dim")
            yield Text("─" * (sum(sizes) + GAP * (len(sizes) - 1)), style="dim")
            for row, one in zip(kept, found, strict=True):
                yield line(columns, row, sizes)
                yield from _notes(one, currency)
    portfolio = report["portfolio"]
    if portfolio is not None and (found or portfolio["budget"] is not None):
        if not found:
            yield ""
        yield Text(f"{escape.terminal(portfolio['name'], 80)}: {total(portfolio, currency)}", style="dim")


def _notes(one: WorkloadDoc, currency: str) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    for note in notes(one, currency):
        yield Padding(Text(escape.terminal(note, 400), style="dim"), (0, 0, 0, 4), expand=False)


def _listed(
    rows: list[list[str]], heads: list[str], found: list[WorkloadDoc], currency: str
) -> Iterator[RenderableType]:
    """For a terminal too narrow for columns."""
    from rich.text import Text

    yield Text(f"{HEADS[0]}s", style="bold underline")
    for (name, *rest), one in zip(rows, found, strict=True):
        yield Text(name, style="bold")
        for head, cell in zip(heads[1:], rest, strict=True):
            if cell:
                yield Text(f"  {head.lower()}: {cell}")
        yield from _notes(one, currency)
