"""Workloads and the portfolio in the shape of the report, with what is left of their budgets and who the bill is for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import ROUND_HALF_EVEN, Decimal

from costgate.judge.figures import gap, money, number, span
from costgate.model import report as doc
from costgate.model.money import ZERO, Number, Range
from costgate.model.snapshot import Comparison, Snapshot
from costgate.model.workload import LAYERS, Figures, PortfolioCost, Saving, Usage, Workload, WorkloadCost, WorkloadLine
from costgate.policy.spend import Cap, caps_of, month_delta, portfolio_cap, portfolio_delta, request_delta

_CENT = Decimal("0.01")
_SHARES = (
    "retry_rate",
    "cache_hit",
    "cache_write",
    "cache_write_1h",
    "reasoning_share",
    "response_cache",
    "batch",
    "buffer",
    "resolution_rate",
)


def workload_docs(measured: Snapshot | Comparison) -> list[doc.WorkloadDoc]:
    """Every workload of the head, with what the change makes of it in a diff."""
    head = measured.head if isinstance(measured, Comparison) else measured
    base = {each.workload.name: each for each in measured.base.workloads} if isinstance(measured, Comparison) else {}
    return [_workload(each, base.get(each.workload.name), head.portfolio) for each in head.workloads]


def portfolio_doc(measured: Snapshot | Comparison) -> doc.PortfolioDoc | None:
    """The portfolio of the head."""
    head = measured.head if isinstance(measured, Comparison) else measured
    cost = head.portfolio
    if cost is None:
        return None
    members = [each for each in head.workloads if each.workload.name in cost.members]
    cap = portfolio_cap(cost)
    delta = None
    if isinstance(measured, Comparison):
        base = {each.workload.name: each for each in measured.base.workloads}
        pairs = [(base[each.workload.name], each) for each in members if each.workload.name in base]
        delta = portfolio_delta(pairs)
    return {
        "name": cost.plan.name,
        "path": cost.span.path,
        "line": cost.span.line,
        "per_month": _maybe(cost.per_month),
        "budget": None if cap is None else _cap(cap, cost.plan.warn_at),
        "members": [
            {
                "name": each.workload.name,
                "per_month": _maybe(each.forecast_month),
                "share": share_of(each.forecast_month, cost.per_month),
            }
            for each in members
        ],
        "missing": list(cost.missing),
        "showback": _showback(members, cost.per_month),
        "delta": _maybe(delta),
    }


def share_of(part: Range | None, whole: Range | None) -> str | None:
    """Per cent of a whole, by what is likely, else by what is sure."""
    if part is None or whole is None:
        return None
    for one, other in ((part.likely, whole.likely), (part.low, whole.low)):
        if one is not None and other:
            share = (Decimal(one) * 100 / Decimal(other)).quantize(_CENT, ROUND_HALF_EVEN)
            return str(number(share))
    return None


def _workload(cost: WorkloadCost, base: WorkloadCost | None, portfolio: PortfolioCost | None) -> doc.WorkloadDoc:
    own, figures = cost.workload, cost.workload.figures
    delta: doc.WorkloadDeltaDoc | None = None
    if base is not None:
        delta = {"per_request": _maybe(request_delta(base, cost)), "per_month": _maybe(month_delta(base, cost))}
    member = portfolio is not None and own.name in portfolio.members
    return {
        "name": own.name,
        "owner": own.owner,
        "team": own.team,
        "tags": dict(own.tags),
        "path": cost.span.path,
        "line": cost.span.line,
        "planned": own.planned,
        "sites": list(cost.sites),
        "unknown": list(cost.unknown),
        "overlaps": list(cost.overlaps),
        "revisit": own.revisit,
        "traffic": _plain(figures.traffic),
        "buffer": _plain(figures.buffer),
        "tokens": _plain(cost.tokens),
        "per_request": _maybe(cost.per_request),
        "per_month": _maybe(cost.per_month),
        "forecast_request": _maybe(cost.forecast_request),
        "forecast_month": _maybe(cost.forecast_month),
        "share": share_of(cost.forecast_month, portfolio.per_month if portfolio and member else None),
        "layers": _layers(cost.lines),
        "lines": [_line(each) for each in cost.lines],
        "unit": _unit(cost),
        "usage": None if cost.usage is None else _usage(own.deployment.kind, cost.usage),
        "budgets": [_cap(each, own.budgets.warn_at) for each in caps_of(cost)],
        "scenarios": [
            {"name": each.name, "per_request": _maybe(each.per_request), "per_month": _maybe(each.per_month)}
            for each in cost.scenarios
        ],
        "savings": [saving_doc(each) for each in cost.savings],
        "assumptions": [*_assumptions(own)],
        "delta": delta,
        "gaps": [gap(each) for each in cost.gaps],
    }


def saving_doc(saving: Saving) -> doc.SavingDoc:
    """What a lever would save."""
    return {
        "lever": saving.lever,
        "what": saving.what,
        "per_request": money(saving.per_request),
        "per_month": _maybe(saving.per_month),
        "given": saving.given,
    }


def _layers(lines: Iterable[WorkloadLine]) -> dict[str, doc.RangeDoc]:
    sums: dict[str, Range] = {}
    for line in lines:
        sums[line.layer] = sums.get(line.layer, ZERO) + line.amount
    return {layer: money(sums[layer]) for layer in LAYERS if layer in sums}


def _line(line: WorkloadLine) -> doc.WorkloadLineDoc:
    return {
        "layer": line.layer,
        "what": line.what,
        "site": line.site,
        "unit": line.unit,
        "quantity": span(line.quantity),
        "rate": str(number(line.rate)),
        "amount": money(line.amount),
    }


def _unit(cost: WorkloadCost) -> doc.UnitDoc | None:
    unit = cost.workload.unit
    if unit is None:
        return None
    return {
        "name": unit.name,
        "resolution_rate": _plain(cost.workload.figures.resolution_rate),
        "value": None if unit.value is None else str(number(unit.value)),
        "cost": _maybe(cost.per_unit),
        "margin": _maybe(cost.margin),
    }


def _usage(kind: str, usage: Usage) -> doc.UsageDoc:
    return {
        "kind": kind,
        "fixed": money(usage.fixed),
        "tokens": _plain(usage.tokens),
        "capacity": _plain(usage.capacity),
        "used": _plain(usage.used),
        "per_million": _maybe(usage.per_million),
        "managed": _maybe(usage.managed),
        "break_even": _plain(usage.break_even),
    }


def _cap(cap: Cap, warn_at: Sequence[Decimal]) -> doc.BudgetDoc:
    return {
        "what": cap.what,
        "limit": str(number(cap.limit)),
        "value": _maybe(cap.value),
        "used": _plain(cap.used),
        "state": cap.state,
        "warn_at": [str(number(each * 100)) for each in warn_at],
    }


def _showback(members: Sequence[WorkloadCost], whole: Range | None) -> list[doc.ShowbackDoc]:
    """The bill by owner, by team, and by each tag; what has none of it is a row of its own."""
    tags = dict.fromkeys(name for each in members for name in each.workload.tags)
    views: list[tuple[str, str | None, Callable[[Workload], str | None]]] = [
        ("owner", None, lambda each: each.owner),
        ("team", None, lambda each: each.team),
        *(("tag", tag, _tagged(tag)) for tag in tags),
    ]
    return [row for by, tag, of in views for row in _rows(by, tag, of, members, whole)]


def _tagged(tag: str) -> Callable[[Workload], str | None]:
    return lambda each: each.tags.get(tag)


def _rows(
    by: str, tag: str | None, of: Callable[[Workload], str | None], members: Sequence[WorkloadCost], whole: Range | None
) -> list[doc.ShowbackDoc]:
    sums: dict[str | None, Range] = {}
    for each in members:
        if each.forecast_month is not None:
            value = of(each.workload)
            sums[value] = sums.get(value, ZERO) + each.forecast_month
    if set(sums) <= {None}:
        return []
    return [
        {"by": by, "tag": tag, "value": value, "per_month": money(month), "share": share_of(month, whole)}
        for value, month in sums.items()
    ]


def _assumptions(own: Workload) -> Iterable[str]:
    """What the figures rest on, one sentence each, with how it is known."""
    for each in fields(Figures):
        value = getattr(own.figures, each.name)
        if isinstance(value, Range):
            yield f"{each.name.replace('_', ' ')}: {_words(value, each.name)} ({value.basis})"
        elif isinstance(value, Mapping):
            for name, size in value.items():
                yield f"hole {name}: {_words(size, each.name)} tokens ({size.basis})"
    if own.history is not None:
        kept = f", window {own.window}" if own.window else ""
        yield f"history: {own.history}{kept} (declared)"
    for model, share in own.mix.items():
        yield f"model {model}: {_words(share, 'batch')} of the calls (declared)"
    for fallback in own.fallbacks:
        yield f"fallback {fallback.model}: {_words(fallback.share, 'batch')} of the calls (declared)"


def _words(value: Range, name: str) -> str:
    share = name in _SHARES
    ends = [_end(value.low, share), "" if value.high is None else _end(value.high, share)]
    text = ends[0] if value.low == value.high else f"{ends[0]} or more" if value.high is None else " to ".join(ends)
    likely = "" if value.likely is None or value.low == value.high else f", likely {_end(value.likely, share)}"
    per = " a month" if name == "traffic" else ""
    return f"{text}{likely}{per}"


def _end(end: Number, share: bool) -> str:
    return f"{number(Decimal(end) * 100)}%" if share else f"{end:,}"


def _maybe(given: Range | None) -> doc.RangeDoc | None:
    return None if given is None else money(given)


def _plain(given: Range | None) -> doc.RangeDoc | None:
    return None if given is None else span(given)
