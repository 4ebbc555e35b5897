"""The facts about workloads and the portfolio."""

from __future__ import annotations

from decimal import Decimal

from costgate.model.money import Number, Range
from costgate.model.value import ABSENT, Unknown
from costgate.model.workload import WorkloadCost
from costgate.policy.derive import Datum, days_between, or_absent, or_unknown
from costgate.policy.fact import Fact
from costgate.policy.spend import HUNDRED, cap_of, month_delta, portfolio_cap, portfolio_delta, request_delta
from costgate.policy.subject import PortfolioSubject, WorkloadSubject


def month(cost: WorkloadCost) -> Datum:
    """What a month costs, buffer included; Absent without traffic, for nothing is claimed then."""
    if cost.workload.figures.traffic is None:
        return ABSENT
    return or_unknown(cost.forecast_month, _why(cost))


def request(cost: WorkloadCost) -> Datum:
    """What a request costs, buffer included."""
    return or_unknown(cost.forecast_request, _why(cost))


def limit(cost: WorkloadCost, what: str) -> Datum:
    """A cap; Absent without one."""
    cap = cap_of(cost, what)
    return ABSENT if cap is None else cap.limit


def used(cost: WorkloadCost, what: str) -> Datum:
    """Per cent of a cap; Absent without a cap, and of a month without traffic."""
    cap = cap_of(cost, what)
    if cap is None or (what == "month" and cost.workload.figures.traffic is None):
        return ABSENT
    if cap.used is not None:
        return cap.used
    return Unknown(_why(cost) if cap.value is None else "nothing bounds it")


def more_a_month(subject: WorkloadSubject) -> Datum:
    """In a diff: what a month costs more; Absent when nothing is compared, or without traffic."""
    if subject.base is None or subject.cost.workload.figures.traffic is None:
        return ABSENT
    return or_unknown(month_delta(subject.base, subject.cost), "the cost of one side is not known")


def more_a_request(subject: WorkloadSubject) -> Datum:
    """In a diff: what a request costs more."""
    if subject.base is None:
        return ABSENT
    return or_unknown(request_delta(subject.base, subject.cost), "the cost of one side is not known")


def growth(subject: WorkloadSubject) -> Datum:
    """In a diff: what a request costs more, in per cent of what it cost; Absent where it cost nothing."""
    more = more_a_request(subject)
    before = None if subject.base is None else subject.base.forecast_request
    if not isinstance(more, Range):
        return more
    if before is None or not before.low:
        return ABSENT
    ends = [_percent(more.low, before.low), _percent(more.likely, before.likely), _percent(more.high, before.high)]
    known = sorted(end for end in ends if end is not None)
    return Range(known[0], ends[1], None if more.high is None else known[-1], more.basis)


def share(subject: WorkloadSubject) -> Datum:
    """Per cent of the portfolio's month; Absent without a month."""
    own = subject.cost.forecast_month
    whole = None if subject.portfolio is None else subject.portfolio.per_month
    if own is None or whole is None or not whole.low:
        return ABSENT
    likely = _percent(own.likely, whole.likely)
    return _percent(own.low, whole.low) if likely is None else likely


def capacity(cost: WorkloadCost) -> Datum:
    """Per cent of a fixed deployment's capacity that the traffic needs; Absent where it has none."""
    if cost.usage is None or cost.usage.used is None:
        return ABSENT
    return cost.usage.used.times(HUNDRED)


def warning(cost: WorkloadCost, at: int) -> Datum:
    """Per cent of a cap at which a warning is due: the first (0) or the last (-1)."""
    return cost.workload.budgets.warn_at[at] * HUNDRED


def levers(cost: WorkloadCost) -> Datum:
    """The names of the levers that are told to save something."""
    return tuple(dict.fromkeys(each.lever for each in cost.savings))


def largest_saving(cost: WorkloadCost) -> Datum:
    """The month that the best lever would save; Absent without one."""
    months = [each.per_month for each in cost.savings if each.per_month is not None]
    return max(months, key=lambda each: each.low) if months else ABSENT


def revisit_in(subject: WorkloadSubject) -> Datum:
    """Days until the figures are to be looked at again, negative when past; Absent without a date."""
    if subject.cost.workload.revisit is None:
        return ABSENT
    return days_between(subject.as_of, subject.cost.workload.revisit)


def portfolio_used(subject: PortfolioSubject) -> Datum:
    """Per cent of the portfolio's budget; Absent without one."""
    cap = portfolio_cap(subject.cost)
    if cap is None:
        return ABSENT
    return or_unknown(cap.used, "nothing bounds what it costs" if cap.value is not None else "no workload has a month")


def portfolio_more(subject: PortfolioSubject) -> Datum:
    """In a diff: what the month costs more; Absent when nothing is compared."""
    if subject.pairs is None:
        return ABSENT
    return or_unknown(portfolio_delta(subject.pairs), "the cost of one side is not known")


def _why(cost: WorkloadCost) -> str:
    if cost.unknown:
        return f"{len(cost.unknown)} of its calls have no price"
    return "none of its calls is found" if not cost.sites else "nothing of it has a cost"


def _percent(part: Number | None, whole: Number | None) -> Decimal | None:
    return None if part is None or not whole else Decimal(part) * HUNDRED / Decimal(whole)


WORKLOAD: tuple[Fact, ...] = (
    Fact("workload.name", "text", lambda w: w.cost.workload.name, "its name"),
    Fact("workload.owner", "text", lambda w: or_absent(w.cost.workload.owner), "who answers for it"),
    Fact("workload.team", "text", lambda w: or_absent(w.cost.workload.team), "whose it is"),
    Fact("workload.tags", "list", lambda w: tuple(w.cost.workload.tags), "the names of its tags", item="item"),
    Fact("workload.planned", "truth", lambda w: w.cost.workload.planned, "whether there is no code yet"),
    Fact("workload.calls", "number", lambda w: len(w.cost.sites), "how many calls it makes"),
    Fact("workload.unknown", "number", lambda w: len(w.cost.unknown), "how many of them have no cost"),
    Fact("workload.overlaps", "list", lambda w: w.cost.overlaps, "workloads that make some of its calls, too", item="item"),
    Fact("workload.overlap_count", "number", lambda w: len(w.cost.overlaps), "how many such workloads there are"),
    Fact(
        "workload.traffic",
        "range",
        lambda w: or_absent(w.cost.workload.figures.traffic),
        "requests a month; absent when nobody said",
    ),
    Fact("workload.request", "range", lambda w: request(w.cost), "what one request costs, buffer included", "money"),
    Fact("workload.month", "range", lambda w: month(w.cost), "what a month costs; absent without traffic", "money"),
    Fact("workload.unit", "text", lambda w: or_absent(w.cost.workload.unit and w.cost.workload.unit.name), "what for"),
    Fact("workload.unit.cost", "range", lambda w: or_absent(w.cost.per_unit), "cost of one that is resolved", "money"),
    Fact("workload.unit.margin", "range", lambda w: or_absent(w.cost.margin), "its value less its cost", "money"),
    Fact(
        "workload.call",
        "range",
        lambda w: or_unknown(w.cost.call_cost, _why(w.cost)),
        "what its dearest request to a model costs",
        "money",
    ),
    Fact(
        "workload.call_tokens",
        "range",
        lambda w: or_unknown(w.cost.call_tokens, _why(w.cost)),
        "what its largest request to a model sends",
        "tokens",
    ),
    Fact("workload.budget.month", "number", lambda w: limit(w.cost, "month"), "the cap for a month", "money"),
    Fact("workload.budget.request", "number", lambda w: limit(w.cost, "request"), "the cap for a request", "money"),
    Fact("workload.budget.call", "number", lambda w: limit(w.cost, "call"), "the cap for a call", "money"),
    Fact("workload.budget.call_tokens", "number", lambda w: limit(w.cost, "call_tokens"), "that for its input", "tokens"),
    Fact("workload.used.month", "range", lambda w: used(w.cost, "month"), "per cent of the cap for a month"),
    Fact("workload.used.request", "range", lambda w: used(w.cost, "request"), "per cent of the cap for a request"),
    Fact("workload.used.call", "range", lambda w: used(w.cost, "call"), "per cent of the cap for a call"),
    Fact("workload.used.call_tokens", "range", lambda w: used(w.cost, "call_tokens"), "per cent of the cap for its input"),
    Fact("workload.warn.first", "number", lambda w: warning(w.cost, 0), "per cent of a cap that is told first"),
    Fact("workload.warn.last", "number", lambda w: warning(w.cost, -1), "per cent of a cap that is told last"),
    Fact("workload.delta.month", "range", more_a_month, "in a diff: what a month costs more", "money"),
    Fact("workload.delta.request", "range", more_a_request, "in a diff: what a request costs more", "money"),
    Fact("workload.growth", "range", growth, "in a diff: the same in per cent of what a request cost"),
    Fact("workload.share", "number", share, "per cent of the portfolio's month"),
    Fact("workload.capacity.used", "range", lambda w: capacity(w.cost), "per cent of a fixed deployment's capacity"),
    Fact("workload.can_wait", "truth", lambda w: w.cost.workload.can_wait, "whether its answers may come hours later"),
    Fact("workload.levers", "list", lambda w: levers(w.cost), "what would make it cheaper, by name", item="item"),
    Fact("workload.saving", "range", lambda w: largest_saving(w.cost), "what the best lever saves a month", "money"),
    Fact("workload.revisit", "date", lambda w: or_absent(w.cost.workload.revisit), "when to look at it again"),
    Fact("workload.revisit.days", "number", revisit_in, "days until then, negative when past", "days"),
    Fact("portfolio.name", "text", lambda p: p.cost.plan.name, "its name"),
    Fact("portfolio.workloads", "number", lambda p: len(p.cost.members), "how many workloads it has"),
    Fact("portfolio.missing", "list", lambda p: p.cost.missing, "those without a month", item="item"),
    Fact("portfolio.month", "range", lambda p: or_absent(p.cost.per_month), "what a month costs", "money"),
    Fact("portfolio.budget", "number", lambda p: or_absent(p.cost.plan.cost_per_month), "its cap", "money"),
    Fact("portfolio.used", "range", portfolio_used, "per cent of the cap"),
    Fact("portfolio.warn.first", "number", lambda p: p.cost.plan.warn_at[0] * HUNDRED, "per cent that is told first"),
    Fact("portfolio.warn.last", "number", lambda p: p.cost.plan.warn_at[-1] * HUNDRED, "per cent that is told last"),
    Fact("portfolio.delta.month", "range", portfolio_more, "in a diff: what a month costs more", "money"),
)
