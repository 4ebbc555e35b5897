"""The ranked table of calls, in as many columns as the width holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from costgate.model.report import Report
from costgate.render import escape, figures
from costgate.render.figures import count
from costgate.render.grid import GAP, Column, line, widths
from costgate.render.options import Options
from costgate.render.phrase import Phrase, Speech, place, reasons, values
from costgate.render.rank import ranked_calls
from costgate.render.samerow import Row, rows

if TYPE_CHECKING:
    from rich.console import RenderableType

_PLACE = Column("Call", style="bold", most=60, least=20)
_FIGURES = (
    Column("Model", most=24, least=10),
    Column("Cap", "right", most=14),
    Column("Prompt", "right", most=20),
    Column("Per call", "right", style="bold", most=24),
)
_WIDE = (_PLACE, Column("Function", most=30, least=12), *_FIGURES, Column("Per 1,000", "right", most=24))
_MEDIUM = (_PLACE, *_FIGURES)
_SPEECH = Speech(escape.terminal, escape.terminal)
_CALLS = 1000
_FEW = 15
"""Rows below which stands what is not known of them; in a longer table the section `Not known` says it once."""


def parts(report: Report, options: Options) -> Iterator[RenderableType]:
    """The table, the dearest call first, each with what is not known about it."""
    calls = rows(ranked_calls(report["calls"]))
    if not calls:
        return
    currency = report["provenance"]["currency"]
    shown = calls[: options.limit]
    yield ""
    yield from _table(shown, currency, options.width, spelled=options.detail != "normal" or len(shown) <= _FEW)
    if len(calls) > len(shown):
        yield _dim(f"{count(sum(row.times for row in calls[len(shown) :]))} more calls are in the JSON report", 0)


def _table(shown: Sequence[Row], currency: str, width: int, *, spelled: bool) -> Iterator[RenderableType]:
    told = [_cells(row, currency) for row in shown]
    whys = [reasons(row.call) if spelled else [] for row in shown]
    wide = [[(where, function, *rest, cost, thousand)] for where, function, *rest, cost, thousand in told]
    sizes = widths(_WIDE, [row for lines in wide for row in lines], width)
    if sizes:
        yield from _drawn(_WIDE, _heads(_WIDE, ("", "", "", "out", "tokens", "", "calls")), wide, sizes, whys)
        return
    stacked = [
        [(where, *rest, cost), (f"  {function}", "", "", "", thousand)]
        for where, function, *rest, cost, thousand in told
    ]
    sizes = widths(_MEDIUM, [row for lines in stacked for row in lines], width)
    head = _heads(_MEDIUM, ("  function", "", "out", "tokens", "per 1,000"))
    if sizes:
        yield from _drawn(_MEDIUM, head, stacked, sizes, whys)
        return
    yield from _listed(told, whys)


def _heads(columns: Sequence[Column], below: Sequence[str]) -> list[Sequence[str]]:
    return [[column.title for column in columns], below]


def _cells(row: Row, currency: str) -> tuple[str, ...]:
    call = row.call
    function = escape.terminal(call["function"], 80) or "(module)"
    return (
        escape.terminal(place(call["path"], call["line"], call["cell"])) + (f" ×{row.times}" if row.times > 1 else ""),
        f"{function} (test)" if call["context"]["test"] else function,
        escape.terminal(values(call["model"], "none"), 80),
        escape.terminal(values(call["output_limit"], "none"), 40),
        figures.tokens(row.tokens),
        figures.money(row.cost, currency),
        figures.money(row.cost, currency, _CALLS),
    )


def _drawn(
    columns: Sequence[Column],
    head: Sequence[Sequence[str]],
    rows: Sequence[Sequence[Sequence[str]]],
    sizes: Sequence[int],
    whys: Sequence[Sequence[Phrase]],
) -> Iterator[RenderableType]:
    for cells in head:
        yield line(columns, cells, sizes, "dim")
    yield _dim("─" * (sum(sizes) + GAP * (len(sizes) - 1)), 0)
    for lines, told in zip(rows, whys, strict=True):
        yield line(columns, lines[0], sizes)
        for cells in lines[1:]:
            yield line(columns, cells, sizes, "")
        yield from _unknowns(told)


def _listed(rows: Sequence[Sequence[str]], whys: Sequence[Sequence[Phrase]]) -> Iterator[RenderableType]:
    """For a terminal too narrow for columns."""
    from rich.text import Text

    for (where, function, model, cap, prompt, cost, thousand), told in zip(rows, whys, strict=True):
        yield Text(where, style="bold")
        yield _dim(function, 2)
        yield _dim(f"{cost} per call, {thousand} per 1,000", 2)
        yield _dim(f"{model}, output cap {cap}, prompt {prompt} tokens", 2)
        yield from _unknowns(told)


def _unknowns(told: Sequence[Phrase]) -> Iterator[RenderableType]:
    for reason in told:
        yield _dim(f"? {_SPEECH.spell(reason)}", 4)


def _dim(words: str, cells: int) -> RenderableType:
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(words, style="dim"), (0, 0, 0, cells), expand=False)
