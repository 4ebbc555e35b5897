"""The largest prompts: how many tokens, when they are sent, by how many calls, and what a call pays for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costgate.model.report import PromptDoc, Report
from costgate.render import escape, figures
from costgate.render.figures import count, plural, size
from costgate.render.grid import Column, line, widths
from costgate.render.options import Options
from costgate.render.phrase import lines, place
from costgate.render.rank import grown_prompts

if TYPE_CHECKING:
    from rich.console import RenderableType

SHOWN = 10
LEAST = 200
"""Tokens from which on a prompt is listed; smaller ones only where a budget is set for them."""
_COLUMNS = (
    Column("Prompt", style="bold", most=60, least=20),
    Column("Tokens", "right", most=20),
    Column("Budget", "right", most=12),
    Column("Sent", most=26, least=10),
    Column("Per call", "right", most=20),
)


def parts(report: Report, options: Options) -> Iterator[RenderableType]:
    """A table of an audit's largest prompts, or a list where the terminal is too narrow for one."""
    found = ranked(report)
    if not found:
        return
    from rich.text import Text

    yield ""
    yield Text("Largest prompts", style="bold underline")
    rows = [_cells(each, report["provenance"]["currency"]) for each in found[:SHOWN]]
    sizes = widths(_COLUMNS, rows, options.width)
    if sizes:
        yield line(_COLUMNS, [column.title for column in _COLUMNS], sizes, "dim")
    for where, tokens, budget, sent, cost in rows:
        if sizes:
            yield line(_COLUMNS, (where, tokens, budget, sent, cost), sizes)
        else:
            yield Text(f"{where}  {tokens} tokens, {sent}, {cost} per call")
    if len(found) > SHOWN:
        yield Text(f"{count(len(found) - SHOWN)} smaller prompts are in the JSON report", style="dim")


def grown(report: Report) -> Iterator[RenderableType]:
    """The prompt files that a change made longer, with the lines; those that calls send are told with the calls."""
    from rich.text import Text

    found = grown_prompts(report)
    if not found:
        return
    yield ""
    yield Text("Prompt files that grew", style="bold underline")
    for each in found[:SHOWN]:
        yield Text(f"  {escape.terminal(place(each['path'], None))}  {escape.terminal(growth(each), 400)}")


def growth(each: PromptDoc) -> str:
    """`+1,820 tokens (lines 3-9; by no call seen)`."""
    told = "new" if not each.get("grew") else "lines " + ", ".join(
        f"{'' if one['path'] == each['path'] else one['path']}{lines(one['line'], one['end_line'])}".lstrip(":")
        for one in each["grew"][:3]
    )
    return f"{figures.token_change(each.get('delta'))} tokens ({told}; {sent_by(each)})"


def ranked(report: Report) -> list[PromptDoc]:
    """Prompts worth a line, the largest first."""
    found = [
        each for each in report["prompts"] if size(each["tokens"]) >= LEAST or (each["budget"] is not None and each.get("format"))
    ]
    return sorted(found, key=lambda each: (-size(each["tokens"]), each["path"], each["line"]))


def sent_by(each: PromptDoc) -> str:
    """When a prompt is sent: `by 3 calls`, `always`, `by no call seen`."""
    if each["used_by"]:
        return f"by {plural(len(each['used_by']), 'call')}"
    return "by no call seen" if each["load"] == "code" else each["load"]


def _cells(each: PromptDoc, currency: str) -> tuple[str, ...]:
    open_ended = any(hole["unbounded"] for hole in each.get("holes", ()))
    return (
        escape.terminal(place(each["path"], each["line"], each.get("cell"))),
        figures.tokens(each["tokens"]) + ("+" if open_ended else ""),
        "" if each["budget"] is None else count(each["budget"]),
        sent_by(each),
        figures.money(each.get("cost_per_call"), currency) if each["used_by"] else "",
    )

