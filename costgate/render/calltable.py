"""The ranked table of calls, in as many columns as the width holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
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
_SHARE = 5
_FEW = 15
"""Rows below which stands what is not known of them; in a longer table the section `Not known` says it once."""


def parts(report: Report, options: Options) -> Iterator[RenderableType]:
    """The table, the dearest call first, each with what is not known about it."""
    calls = rows(ranked_calls(report["calls"]))
    if not calls:
        return
    currency = report["provenance"]["currency"]
    shown = _worth_showing(calls, options.limit)
    yield ""
    yield from _table(shown, currency, options.width, spelled=options.detail != "normal" or len(calls) <= _FEW)
    left = sum(row.times for row in calls) - sum(row.times for row in shown)
    if left:
        blank = sum(row.times for row in calls if _says_little(row)) - sum(row.times for row in shown if _says_little(row))
        of = f", {'all' if blank == left else count(blank)} of them without a price or a size," if blank else ""
        yield _dim(f"{count(left)} more calls{of} are in the JSON report", 0)


def _worth_showing(calls: Sequence[Row], limit: int) -> list[Row]:
    """The first rows; of those that say next to nothing a few, as long as the table is long at all."""
    if len(calls) <= _FEW:
        return list(calls[:limit])
    told = [row for row in calls if not _says_little(row)][:limit]
    few = min(limit - len(told), max(limit // _SHARE, _FEW - len(told)))
    blank = sorted((row for row in calls if _says_little(row)), key=_text, reverse=True)[:few]
    return [row for row in calls if row in told or row in blank]


def _text(row: Row) -> Decimal:
    return Decimal(-1) if row.tokens is None else Decimal(row.tokens["low"])


def _says_little(row: Row) -> bool:
    """Whether there is no price, or nothing but that it is none or more."""
    return row.cost is None or (row.cost["unbounded"] and not Decimal(row.cost["low"]))


def _table(shown: Sequence[Row], currency: str, width: int, *, spelled: bool) -> Iterator[RenderableType]:
    told = [_cells(row, currency) for row in shown]
    whys = [reasons(row.call) if spelled else [] for row in shown]
    wide = [[(where, function, *rest, cost, thousand)] for where, function, *rest, cost, thousand in told]
    head = _heads(_WIDE, ("", "", "", "out", "tokens", "", "calls"))
    sizes = widths(_WIDE, [*head, *(row for lines in wide for row in lines)], width)
    if sizes:
        yield from _drawn(_WIDE, head, wide, sizes, whys)
        return
    stacked = [
        [(where, *rest, cost), (f"  {function}", "", "", "", thousand)]
        for where, function, *rest, cost, thousand in told
    ]
    head = _heads(_MEDIUM, ("  function", "", "out", "tokens", "per 1,000"))
    sizes = widths(_MEDIUM, [*head, *(row for lines in stacked for row in lines)], width)
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
