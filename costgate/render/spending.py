"""Workloads in a few words: what a request and a month cost, what is left of the budget, what the change adds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from costgate.model.report import BudgetDoc, PortfolioDoc, RangeDoc, Report, SavingDoc, WorkloadDoc
from costgate.render.figures import amount, count, is_zero, money, money_change, plural, size

HEADS = ("Workload", "Calls", "Per request", "Per month", "Budget", "Change a month")
ASKED = "what if "
"""How the name of a scenario begins that a reader asked for."""
_OWN_GAPS = ("workload", "traffic", "turns", "history", "holes", "sizes", "retrieval", "calls_per_request", "cache", "batch", "fallbacks")
"""Gaps of the workload itself; those of its calls stand with the calls."""
_STATES = {"within": "", "warn": "", "over": ", over it", "unknown": ", not known"}
_SIGN = {"over": 0, "warn": 1, "unknown": 2, "within": 3}


def ranked_workloads(workloads: Sequence[WorkloadDoc]) -> list[WorkloadDoc]:
    """The dearest month first, then the dearest request."""
    return sorted(
        workloads, key=lambda one: (-size(one["forecast_month"]), -size(one["forecast_request"]), one["name"])
    )


def cells(one: WorkloadDoc, currency: str) -> tuple[str, ...]:
    """A row under HEADS; the name and the rest are not escaped."""
    delta = one["delta"]
    return (
        one["name"],
        "planned" if one["planned"] and not one["sites"] else count(len(one["sites"])),
        money(one["forecast_request"], currency),
        month(one["forecast_month"], currency),
        budget(one["budgets"], currency),
        "" if delta is None else change(delta["per_month"], one, currency),
    )


def month(doc: RangeDoc | None, currency: str) -> str:
    """A month's money: the likely figure with the range around it, or the range alone."""
    if doc is None or doc["likely"] is None or doc["low"] == doc["high"]:
        return money(doc, currency)
    likely = money({**doc, "low": doc["likely"], "high": doc["likely"], "unbounded": False}, currency)
    return f"{likely} ({money({**doc, 'basis': 'exact'}, currency)})"


def change(doc: RangeDoc | None, one: WorkloadDoc, currency: str) -> str:
    """What a month costs more; nothing for a workload without traffic."""
    if one["traffic"] is None:
        return ""
    if doc is not None and is_zero(doc):
        return "none"
    return money_change(doc, currency)


def budget(budgets: Sequence[BudgetDoc], currency: str) -> str:
    """The cap that matters most: the one that is broken, then the month's."""
    if not budgets:
        return ""
    worst = min(budgets, key=lambda each: _SIGN[each["state"]])
    return cap(worst, currency)


def cap(one: BudgetDoc, currency: str) -> str:
    """`83% of $3,000 a month, near it`."""
    limit = money({"low": one["limit"], "likely": None, "high": one["limit"], "unbounded": False, "basis": "exact"}, currency)
    per = {"month": " a month", "request": " a request", "call": " a call", "call_tokens": " tokens a call"}
    if one["what"] == "call_tokens":
        limit = f"{int(Decimal(one['limit'])):,}"
    used, state = one["used"], _STATES[one["state"]]
    if one["state"] == "unknown" and used is not None:
        state = ", may pass it" if used["high"] is None or Decimal(used["high"]) > 100 else ", may be near it"
    if one["state"] == "warn" and used is not None:
        passed = max((at for at in one["warn_at"] if Decimal(at) <= Decimal(used["low"])), key=Decimal, default=None)
        state = "" if passed is None else f", above {passed}%"
    return f"{_percent(used)}{limit}{per[one['what']]}{state}"


def notes(one: WorkloadDoc, currency: str) -> list[str]:
    """What stands below a row: what was asked, the best lever, what is not known. Not escaped."""
    told = [
        f"{each['name']}: {money(each['per_request'], currency)} a request, {month(each['per_month'], currency)} a month"
        for each in one["scenarios"]
        if each["name"].startswith(ASKED)
    ]
    best = next((each for each in one["savings"] if each["per_month"] is not None), None)
    if best is not None:
        told.append(f"lever: {best['what']}, {money(best['per_month'], currency)} less a month if {best['given']}")
    own = (*_OWN_GAPS, "price") if not one["sites"] else _OWN_GAPS
    told += dict.fromkeys(f"? {gap['why']}" for gap in one["gaps"] if gap["what"] in own)
    return told


def saved(saving: SavingDoc, currency: str) -> str:
    """What mending a finding would bring, in one sentence."""
    request, month_saved = saving["per_request"], saving["per_month"]
    a_month = "" if month_saved is None else f", {money(month_saved, currency)} a month"
    return f"saves {money(request, currency)} a request{a_month}: {saving['what']}, if {saving['given']}"


def total(portfolio: PortfolioDoc, currency: str) -> str:
    """The portfolio in one line."""
    parts = [f"{plural(len(portfolio['members']), 'workload')}: {month(portfolio['per_month'], currency)} a month"]
    if portfolio["budget"] is not None:
        parts.append(cap(portfolio["budget"], currency))
    if portfolio["delta"] is not None and not is_zero(portfolio["delta"]):
        parts.append(f"{money_change(portfolio['delta'], currency)} a month by this change")
    if portfolio["missing"]:
        parts.append(f"{plural(len(portfolio['missing']), 'workload')} without a month")
    return "; ".join(parts)


def shown(report: Report) -> list[WorkloadDoc]:
    """The workloads worth showing: all of them, in a diff those that it touches or that are over a budget."""
    ranked = ranked_workloads(report["workloads"])
    if report["provenance"]["mode"] != "diff":
        return ranked
    return [one for one in ranked if _touched(one) or any(each["state"] == "over" for each in one["budgets"])]


def _touched(one: WorkloadDoc) -> bool:
    delta = one["delta"]
    return delta is not None and (delta["per_request"] is None or not is_zero(delta["per_request"]))


def _percent(used: RangeDoc | None) -> str:
    if used is None:
        return ""
    low, high = (None if end is None else amount(Decimal(end)) for end in (used["low"], used["high"]))
    return f"{low}{'' if low == high else '+' if high is None else f'–{high}'}% of "
