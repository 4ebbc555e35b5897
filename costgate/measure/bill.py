"""One workload priced once: the lines of a request, and its month under the given figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from costgate.measure.asked import Site, planned, site_of
from costgate.measure.case import Measuring
from costgate.measure.deployment import fixed_cost, usage_of
from costgate.measure.ends import NONE, ONE, at_least, product, quotient, rest
from costgate.measure.media import KINDS
from costgate.measure.meters import lines, meters, repeated, tokens_of
from costgate.measure.mixed import settled
from costgate.model.error import UserError
from costgate.model.finding import Gap
from costgate.model.money import Range, spread, total
from costgate.model.value import Span
from costgate.model.workload import Figures, Usage, Workload, WorkloadLine

MOST_A_MONTH = 10**15


@dataclass(frozen=True, slots=True)
class Bill:
    """One workload priced once. `per_month` None without traffic; both with everything but the buffer."""

    lines: tuple[WorkloadLine, ...]
    tokens: Range
    per_request: Range | None
    per_month: Range | None
    unknown: tuple[str, ...] = ()
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A workload with its calls sized, ready to be priced under any circumstances."""

    workload: Workload
    figures: Figures
    sites: tuple[Site, ...]
    span: Span
    gaps: tuple[Gap, ...] = field(default=())


def bill(given: Made, setting: Measuring) -> Bill:
    """What a request and a month cost under the given figures."""
    workload, traffic = given.workload, given.figures.traffic
    found, used, unknown = _of_calls(given)
    tokens = total(used)
    usage = None
    if workload.deployment.fixed:
        priced = found and not unknown and all(each.price for site in given.sites for each in site.asked)
        managed = total(line.amount for line in found) if priced else None
        usage = usage_of(workload.deployment, tokens, traffic, managed)
        found, unknown = [], []
    for fallback in workload.fallbacks:
        again = _fallen_back(given, fallback.model, setting)
        found += repeated(again or (), fallback.share)
        unknown += [fallback.model] if again is None else []
    found += _platform(workload)
    if not (used or found or workload.deployment.fixed):
        return Bill((), tokens, None, None, tuple(unknown), usage)
    each = total(line.amount for line in found)
    each = at_least(each) if unknown else each
    month = None if traffic is None else product(each, traffic)
    fixed = fixed_cost(workload.deployment)
    if fixed is not None:
        month = None if month is None else month + fixed
        share = _share_of_fixed(fixed, tokens, given.figures, usage)
        each = at_least(each) if share is None else each + share
    return Bill(tuple(found), tokens, each, None if month is None else _payable(month, given), tuple(unknown), usage)


def _of_calls(given: Made) -> tuple[list[WorkloadLine], list[Range], list[str]]:
    """The lines and tokens of the calls, and those that have no cost."""
    found: list[WorkloadLine] = []
    used: list[Range] = []
    unknown: list[str] = []
    for site in given.sites:
        chosen = _of_media(site, given) or _of_site(site, given.workload, given.figures)
        if chosen is None:
            unknown.append(site.key or given.workload.name)
        else:
            found += chosen[0]
            used.append(chosen[1])
    return found, used, unknown


def _of_media(site: Site, given: Made) -> tuple[list[WorkloadLine], Range] | None:
    """The lines of a call that is not billed by text; None for any other, and where it has no cost."""
    if site.call is None or site.call.kind not in KINDS or not site.cases:
        return None
    if given.workload.deployment.fixed or any(case.cost.per_call is None for case in site.cases):
        return None
    figures = given.figures
    often = product(site.calls, ONE if figures.response_cache is None else rest(figures.response_cache))
    ways = []
    for case in site.cases:
        what = case.price.model if case.price is not None else site.call.kind
        own = [
            WorkloadLine("inference", what, site.key, line.unit, product(line.quantity, often), line.rate, product(line.amount, often))
            for line in case.cost.lines
        ]
        ways.append(own + (repeated(own, figures.retry_rate) if figures.retry_rate is not None else []))
    return _either(ways), NONE


def _payable(month: Range, given: Made) -> Range:
    """A high end that nobody could pay is none; a low one is a slip in the figures."""
    if month.low > MOST_A_MONTH:
        message = f"a month of {given.workload.name!r} costs more than {MOST_A_MONTH:,}"
        raise UserError(message, where=f"{given.span.path}:{given.span.line}", hint="check the units of its figures")
    if month.high is None or month.high <= MOST_A_MONTH:
        return month
    return Range(month.low, None if (month.likely or 0) > MOST_A_MONTH else month.likely, None, month.basis)


def _of_site(site: Site, workload: Workload, figures: Figures) -> tuple[list[WorkloadLine], Range] | None:
    """The lines and tokens of one call; None when some model it may ask has no price or no size."""
    priced = workload.deployment.fixed or all(each.price is not None for each in site.asked)
    if not site.known or not priced:
        return None
    ways: list[tuple[list[WorkloadLine], Range]] = []
    for asked in settled(site.asked, figures) if site.shared else site.asked:
        used = list(meters(asked, figures))
        own = list(lines(asked, used)) if asked.price is not None else []
        tokens = tokens_of(used)
        if figures.retry_rate is not None:
            own += repeated(own, figures.retry_rate)
            tokens = product(tokens, ONE + figures.retry_rate)
        ways.append((own, tokens))
    if site.shared:
        return [line for own, _ in ways for line in own], total(tokens for _, tokens in ways)
    return _either([own for own, _ in ways]), spread(tokens for _, tokens in ways)


def _either(ways: Sequence[list[WorkloadLine]]) -> list[WorkloadLine]:
    """Alternatives: the lines of the cheapest at the low end, those of the dearest at the high one."""
    if len(ways) == 1:
        return ways[0]
    sums = [total(line.amount for line in own) for own in ways]
    cheap = min(range(len(ways)), key=lambda at: sums[at].low)
    dear = max(range(len(ways)), key=lambda at: (sums[at].high is None, sums[at].high or 0))
    if cheap == dear:
        return ways[cheap]
    low = [_ends(line, low=True) for line in ways[cheap]]
    return low + [_ends(line, low=False) for line in ways[dear]]


def _ends(line: WorkloadLine, *, low: bool) -> WorkloadLine:
    def only(given: Range) -> Range:
        return Range(given.low, None, 0, given.basis) if low else Range(0, None, given.high, given.basis)

    return replace(line, quantity=only(line.quantity), amount=only(line.amount))


def _fallen_back(given: Made, model: str, setting: Measuring) -> list[WorkloadLine] | None:
    """What every call costs once more at another model."""
    found: list[WorkloadLine] = []
    for site in given.sites:
        if site.call is not None:
            workload = replace(given.workload, mix={})
            again = site_of(site.call, workload, given.figures, setting, (model,))
        else:
            again = planned(replace(given.workload, mix={model: ONE}), given.figures, setting, given.span)
        own = _of_site(again, replace(given.workload, deployment=replace(given.workload.deployment, kind="api")), given.figures)
        if own is None:
            return None
        found += own[0]
    return found


def _platform(workload: Workload) -> list[WorkloadLine]:
    found = []
    for each in workload.components:
        found.append(_other(each.name, "each", each.count, each.price))
    for name, price in workload.overheads.items():
        found.append(_other(name, "request", ONE, price))
    return found


def _other(name: str, unit: str, count: Range, price: Range) -> WorkloadLine:
    likely = price.likely if price.likely is not None else price.low
    return WorkloadLine("platform", name, None, unit, count, Decimal(likely), product(count, price))


def _share_of_fixed(fixed: Range, tokens: Range, figures: Figures, usage: Usage | None) -> Range | None:
    """What one request carries of a fixed cost: by traffic, else by the tokens that the capacity allows."""
    if figures.traffic is not None:
        return quotient(fixed, figures.traffic)
    if usage is None or usage.per_million is None:
        return None
    return product(tokens, usage.per_million, Range.exact(Decimal("0.000001")))
