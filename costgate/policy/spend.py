"""What of a cap is used, and how much dearer a workload became: the arithmetic that rules and the report share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from costgate.model.money import ZERO, Number, Range, weakest
from costgate.model.workload import Budgets, PortfolioCost, WorkloadCost, WorkloadLine

CAPS = ("month", "request", "call", "call_tokens")
"""What a workload's budgets cap."""
HUNDRED = 100

_Sum: TypeAlias = "tuple[Range, frozenset[Decimal]]"
"""Amounts added up, and the rates behind them."""


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit, what is held against it, and the part that is used, in per cent; None: not known."""

    what: str
    limit: Number
    value: Range | None
    used: Range | None
    state: str


def caps_of(cost: WorkloadCost) -> tuple[Cap, ...]:
    """Every budget of a workload."""
    return tuple(cap for what in CAPS if (cap := cap_of(cost, what)) is not None)


def cap_of(cost: WorkloadCost, what: str) -> Cap | None:
    """One of a workload's budgets; None where it has none."""
    budgets = cost.workload.budgets
    limit = _limit(budgets, what)
    if limit is None:
        return None
    value = {
        "month": cost.forecast_month,
        "request": cost.forecast_request,
        "call": cost.call_cost,
        "call_tokens": cost.call_tokens,
    }[what]
    return _cap(what, limit, value, budgets.compare, budgets.warn_at)


def portfolio_cap(cost: PortfolioCost) -> Cap | None:
    """The budget of a portfolio."""
    plan = cost.plan
    if plan.cost_per_month is None:
        return None
    return _cap("month", plan.cost_per_month, cost.per_month, plan.compare, plan.warn_at)


def month_delta(base: WorkloadCost, head: WorkloadCost) -> Range | None:
    """What a month costs more, with the traffic of the head's declaration; None where it is not known."""
    traffic = head.workload.figures.traffic
    more = request_delta(base, head)
    return None if more is None or traffic is None else _scaled(more, traffic)


def request_delta(base: WorkloadCost, head: WorkloadCost) -> Range | None:
    """What a request costs more, buffer included: line by line, so that what both sides leave open cancels."""
    if base.unknown != head.unknown and (base.unknown or head.unknown):
        return None
    old, new = _sums(base.lines), _sums(head.lines)
    parts = [_difference(old.pop(key), new.pop(key)) for key in [key for key in old if key in new]]
    gone, come = _merged(old), _merged(new)
    parts += [_difference(gone.get(key), come.get(key)) for key in dict.fromkeys((*gone, *come))]
    result = ZERO
    for part in parts:
        if part is None:
            return None
        result = result + part
    buffer = head.workload.figures.buffer
    return result if buffer is None else _scaled(result, ZERO + Range.exact(1) + buffer)


def portfolio_delta(pairs: Iterable[tuple[WorkloadCost, WorkloadCost]]) -> Range | None:
    """What the workloads of a portfolio cost more together; None as soon as one is not known."""
    result = ZERO
    for base, head in pairs:
        if head.workload.figures.traffic is None:
            continue
        more = month_delta(base, head)
        if more is None:
            return None
        result = result + more
    return result


def picked(given: Range, compare: str) -> Range | None:
    """The end of a range that counts; the whole range where nothing is likely, None where nothing bounds it."""
    chosen: Number | None = getattr(given, compare)
    if chosen is None:
        return None if compare == "high" else given
    return Range.exact(chosen, given.basis)


def _limit(budgets: Budgets, what: str) -> Number | None:
    return {
        "month": budgets.cost_per_month,
        "request": budgets.cost_per_request,
        "call": budgets.cost_per_call,
        "call_tokens": budgets.tokens_per_call,
    }[what]


def _cap(what: str, limit: Number, value: Range | None, compare: str, warn_at: tuple[Decimal, ...]) -> Cap:
    chosen = None if value is None else picked(value, compare)
    used = None if chosen is None else chosen.times(Decimal(HUNDRED) / Decimal(limit))
    return Cap(what, limit, value, used, _state(used, warn_at))


def _state(used: Range | None, warn_at: tuple[Decimal, ...]) -> str:
    """within | warn | over, or unknown where the range lies on both sides of a line."""
    if used is None:
        return "unknown"
    if used.low > HUNDRED:
        return "over"
    if used.high is None or used.high > HUNDRED:
        return "unknown"
    if used.low >= warn_at[0] * HUNDRED:
        return "warn"
    return "within" if used.high < warn_at[0] * HUNDRED else "unknown"


def _sums(lines: Iterable[WorkloadLine]) -> dict[tuple[str | None, str, str], _Sum]:
    sums: dict[tuple[str | None, str, str], _Sum] = {}
    for line in lines:
        key = (line.site, line.layer, line.unit)
        amount, rates = sums.get(key, (ZERO, frozenset()))
        sums[key] = (amount + line.amount, rates | {line.rate})
    return sums


def _merged(
    sums: Mapping[tuple[str | None, str, str], _Sum],
) -> dict[tuple[str, str], _Sum]:
    """Of what only one side has, by layer and unit: a call that was moved, or goes by batch, is the same thing."""
    merged: dict[tuple[str, str], _Sum] = {}
    for (_, layer, unit), (amount, rates) in sums.items():
        plain = unit.partition(" (")[0]
        known, seen = merged.get((layer, plain), (ZERO, frozenset()))
        merged[layer, plain] = (known + amount, seen | rates)
    return merged


def _difference(old: _Sum | None, new: _Sum | None) -> Range | None:
    """End by end. What both leave open at the same rate cancels; at another rate, so is the difference."""
    was, rates = old or (ZERO, frozenset())
    now, others = new or (ZERO, frozenset())
    low = now.low - was.low
    likely = None if now.likely is None or was.likely is None else now.likely - was.likely
    basis = weakest(was.basis, now.basis)
    if was.high is None and now.high is None:
        if rates != others:
            return Range(low, likely, None, basis)
        return Range(low, low if likely is None else likely, low if likely is None else max(low, likely), basis)
    if was.high is None:
        return None  # what had no bound has one now: nobody knows what that saves
    return Range(low, likely, None if now.high is None else now.high - was.high, basis)


def _scaled(delta: Range, by: Range) -> Range:
    """A difference, which may be negative, times what is not: the ends stay those of the courses."""
    low = delta.low * by.low
    likely = None if delta.likely is None or by.likely is None else delta.likely * by.likely
    high = None if delta.high is None or by.high is None else delta.high * by.high
    return Range(low, likely, high, weakest(delta.basis, by.basis))
