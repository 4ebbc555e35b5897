"""What an import of measured usage found, for a person: per target, and what could not be used."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from decimal import Decimal

from costgate.model.measured import Imported, Measured, Spread
from costgate.render import escape
from costgate.render.figures import amount, count, plural

_MOST = 12
_STRANGERS = "Joined to nothing (name them with --join, or set a code, workload or prompt attribute)"
_TARGETS = 60


def imported(found: Imported, width: int, currency: str) -> str:
    """Plain lines of at most `width`."""
    lines = []
    for line in _lines(found, currency):
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        lines += textwrap.wrap(line, max(width, 40), subsequent_indent=indent, break_on_hyphens=False) or [""]
    return escape.log("\n".join(lines))


def _lines(found: Imported, currency: str) -> Iterator[str]:
    yield f"{plural(found.records, 'record')} read, {count(found.used)} of them joined to what the code or costgate.yaml names."
    for one in found.measured[:_TARGETS]:
        yield ""
        yield from _target(one, currency)
    if len(found.measured) > _TARGETS:
        yield f"and {plural(len(found.measured) - _TARGETS, 'other target')}, all in the file"
    if found.drifts:
        yield ""
        yield "Otherwise than declared or written"
        for drift in found.drifts:
            factor = "" if drift.factor is None else f", {amount(drift.factor)} times"
            yield f"  {_said(drift.target)}: {drift.what} {_said(drift.declared)}, measured {_said(drift.measured)}{factor}"
    yield from _counted(_STRANGERS, found.strangers, "request")
    yield from _counted("Not counted", found.left, "record")
    for note in found.notes:
        yield ""
        yield note


def _target(one: Measured, currency: str) -> Iterator[str]:
    days = "" if one.since is None else f", {one.since}" + (f" to {one.until}" if one.until != one.since else "")
    by = ", ".join(one.joined_by)
    yield f"{_said(one.target)} ({one.kind}, joined by {_said(by)}): {plural(one.requests, 'request')}{days}"
    if one.input is not None and one.output is not None:
        yield f"  sent {_spread(one.input)} tokens"
        thinking = "" if one.reasoning is None else f", and {_spread(one.reasoning)} of reasoning"
        yield f"  came back {_spread(one.output)} tokens{thinking}"
    elif one.requests:
        means = [count(total // one.requests) for total in (one.input_total, one.output_total)]
        yield f"  on average one request sent {means[0]} tokens, and {means[1]} came back"
    if one.cached_share is not None:
        parts = [f"{_percent(one.cached_share)} of the input came from the prompt cache"]
        parts += [] if one.written_share is None else [f"{_percent(one.written_share)} was written to it"]
        parts += [] if one.hour_share is None else [f"{_percent(one.hour_share)} was written to it for an hour"]
        yield f"  {', '.join(parts)}"
    if one.failed or one.answered:
        yield f"  {count(one.failed)} failed, {count(one.answered)} answered by a response cache"
    if one.growth is not None:
        yield f"  {_growth(one)}"
    if one.per_month is not None:
        what = "conversations" if one.turns is not None else "requests"
        ends = f"{count(int(one.per_month.low))}–{count(int(one.per_month.high or 0))}"
        yield f"  {ends} {what} in thirty days, by the quietest and the busiest day"
    if one.cost is not None:
        yield f"  the records say that it cost {currency} {amount(one.cost)}"
    for spike in one.spikes[:_MOST]:
        yield f"  spike on {spike.day}: {spike.what} {spike.factor} times the week before"


_REGIMES = {
    "flat": "each turn sends what the first did",
    "linear": "each turn sends more than the one before, so the whole grows with the square of the turns",
    "quadratic": "each turn adds more than the one before it did",
}


def _growth(one: Measured) -> str:
    assert one.growth is not None
    turns = "" if one.turns is None else f", {_spread(one.turns)} turns each"
    more = f", {count(one.growth.per_turn)} tokens a turn" if one.growth.per_turn else ""
    return f"{one.growth.regime} over {plural(one.growth.sessions, 'conversation')}{turns}: {_REGIMES[one.growth.regime]}{more}"


def _counted(title: str, found: Mapping[str, int], noun: str) -> Iterator[str]:
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    if ordered:
        yield ""
        yield title
    for what, number in ordered[:_MOST]:
        yield f"  {plural(number, noun)}: {_said(what)}"
    if len(ordered) > _MOST:
        yield f"  and {plural(sum(number for _, number in ordered[_MOST:]), noun)} of {plural(len(ordered) - _MOST, 'other kind')}"


def _spread(spread: Spread) -> str:
    if spread.low == spread.high:
        return count(spread.likely)
    return f"{count(spread.low)}–{count(spread.high)} ({count(spread.likely)} on average)"


def _percent(share: Decimal) -> str:
    return f"{amount(share * 100)}%"


def _said(text: str) -> str:
    return escape.terminal(" ".join(text.split()), 160)
