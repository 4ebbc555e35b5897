"""What a workload costs: its calls, what else a request needs, and the traffic that makes a month of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from costgate.measure.asked import Site, planned, site_of
from costgate.measure.case import Measuring
from costgate.measure.deployment import fixed_cost, usage_of
from costgate.measure.ends import ONE, at_least, product, quotient
from costgate.measure.history import Turns, largest
from costgate.measure.meters import Asked, lines, meters, repeated, tokens_of
from costgate.measure.site import figures_of, makes
from costgate.model.call import CallSite
from costgate.model.finding import Gap
from costgate.model.money import Number, Range, spread, total, weakest
from costgate.model.value import Span
from costgate.model.workload import Figures, Usage, Workload, WorkloadCost, WorkloadLine


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


def made(workload: Workload, calls: Iterable[CallSite], setting: Measuring) -> Made:
    """The workload with the calls that it makes."""
    figures = figures_of(workload, setting.config)
    workload = replace(workload, figures=figures)
    span = span_of(workload, setting)
    own = [call for call in calls if makes(workload, call)]
    sites = tuple(site_of(call, workload, figures, setting) for call in own)
    if not sites and workload.planned:
        sites = (planned(workload, figures, setting, span),)
    gaps = tuple(dict.fromkeys((*_shape_gaps(workload, own, span), *(gap for site in sites for gap in site.gaps))))
    return Made(workload, figures, sites, span, gaps)


def span_of(workload: Workload, setting: Measuring) -> Span:
    """Where a workload is declared."""
    source = setting.config.source
    return Span(source if source and not source.startswith("/") else ".", setting.config.lines.get(workload.place, 1))


def bill(given: Made, setting: Measuring) -> Bill:
    """What a request and a month cost under the given figures."""
    workload, figures = given.workload, given.figures
    unknown: list[str] = []
    found: list[WorkloadLine] = []
    used: list[Range] = []
    for site in given.sites:
        chosen = _of_site(site, workload, figures)
        if chosen is None:
            unknown.append(site.key or workload.name)
            continue
        found += chosen[0]
        used.append(chosen[1])
    tokens = total(used)
    for fallback in workload.fallbacks:
        again = _fallen_back(given, fallback.model, setting)
        if again is None:
            unknown.append(fallback.model)
        else:
            found += repeated(again, fallback.share)
    metered = tuple(found)
    usage = None
    if workload.deployment.fixed:
        priced = metered and not unknown and all(each.price for site in given.sites for each in site.asked)
        managed = total(line.amount for line in metered) if priced else None
        usage = usage_of(workload.deployment, tokens, figures.traffic, managed)
        found, unknown = [], []
    found += _platform(workload)
    known = bool(found) or workload.deployment.fixed
    variable = total(line.amount for line in found)
    if unknown:
        variable = at_least(variable)
    if not known:
        return Bill((), tokens, None, None, tuple(unknown), usage)
    fixed = fixed_cost(workload.deployment)
    per_month = None if figures.traffic is None else product(variable, figures.traffic) + (fixed or Range.exact(0))
    per_request = variable
    if fixed is not None:
        share = _share_of_fixed(fixed, tokens, figures, usage)
        per_request = variable + share if share is not None else at_least(variable)
    return Bill(tuple(found), tokens, per_request, per_month, tuple(unknown), usage)


def cost_of_workload(given: Made, setting: Measuring) -> WorkloadCost:
    """The whole answer but scenarios, savings and overlaps."""
    workload, figures = given.workload, given.figures
    paid = bill(given, setting)
    buffer = ONE + (figures.buffer or Range.exact(0))
    request = None if paid.per_request is None else product(paid.per_request, buffer)
    per_unit = request
    if request is not None and figures.resolution_rate is not None:
        per_unit = quotient(request, figures.resolution_rate)
    value = workload.unit.value if workload.unit else None
    call_cost, call_tokens = _per_call(given)
    return WorkloadCost(
        workload=workload,
        span=given.span,
        sites=tuple(site.key for site in given.sites if site.key is not None),
        lines=paid.lines,
        per_request=paid.per_request,
        per_month=paid.per_month,
        forecast_request=request,
        forecast_month=None if paid.per_month is None else product(paid.per_month, buffer),
        per_unit=per_unit if workload.unit else None,
        margin=None if value is None or per_unit is None else _margin(value, per_unit),
        call_cost=call_cost,
        call_tokens=call_tokens,
        tokens=paid.tokens,
        usage=paid.usage,
        unknown=paid.unknown,
        gaps=given.gaps,
    )


def scaled(given: Made, traffic: Number = 1, tokens: Decimal = Decimal(1)) -> Made:
    """The workload with so many times the traffic and the tokens."""
    figures = given.figures
    if figures.traffic is not None:
        figures = replace(figures, traffic=figures.traffic.times(traffic))
    sites = tuple(
        replace(site, asked=tuple(_larger(each, tokens) for each in site.asked)) for site in given.sites
    )
    return replace(given, figures=figures, sites=sites)


def _larger(asked: Asked, by: Decimal) -> Asked:
    turns = replace(asked.turns, adds=asked.turns.adds.times(by), summary=asked.turns.summary.times(by))
    sizes = {name: getattr(asked, name).times(by) for name in ("first", "fixed", "retrieved", "visible", "thinking")}
    return replace(asked, turns=turns, **sizes)


def _of_site(site: Site, workload: Workload, figures: Figures) -> tuple[list[WorkloadLine], Range] | None:
    """The lines and tokens of one call; None when some model it may ask has no price or no size."""
    priced = workload.deployment.fixed or all(each.price is not None for each in site.asked)
    if not site.known or not priced:
        return None
    ways: list[tuple[list[WorkloadLine], Range]] = []
    for asked in site.asked:
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


def _margin(value: Decimal, per_unit: Range) -> Range | None:
    if per_unit.high is None:
        return None
    likely = None if per_unit.likely is None else value - per_unit.likely
    return Range(value - per_unit.high, likely, value - per_unit.low, per_unit.basis)


def _per_call(given: Made) -> tuple[Range | None, Range | None]:
    """The cost of the dearest request to a model, and the input of the largest, retries and batches left out."""
    costs: list[Range] = []
    sizes: list[Range] = []
    plain = Figures(cache_hit=given.figures.cache_hit, cache_write=given.figures.cache_write)
    for site in given.sites:
        for asked in site.asked:
            sent = largest(asked.turns, asked.first + asked.retrieved)
            once = replace(
                asked, first=sent, fixed=Range.exact(0), retrieved=Range.exact(0), calls=ONE, share=ONE, turns=Turns(ONE)
            )
            sizes.append(sent)
            if asked.price is not None:
                costs.append(total(line.amount for line in lines(once, meters(once, plain))))
    whole = all(site.known and all(each.price for each in site.asked) for site in given.sites)
    cost = _most(costs) if costs else None
    return cost if whole or cost is None else at_least(cost), _most(sizes) if sizes else None


def _most(ranges: Sequence[Range]) -> Range:
    """The largest of some, end by end."""
    likely = [each.likely for each in ranges if each.likely is not None]
    high = [each.high for each in ranges if each.high is not None]
    return Range(
        max(each.low for each in ranges),
        max(likely) if len(likely) == len(ranges) else None,
        max(high) if len(high) == len(ranges) else None,
        weakest(*(each.basis for each in ranges)),
    )


def _shape_gaps(workload: Workload, own: Sequence[CallSite], span: Span) -> Iterable[Gap]:
    if not own and not workload.planned:
        yield Gap("workload", f"no counted call matches the sites of {workload.name}", span)
    if own and workload.planned:
        yield Gap("workload", f"{workload.name} is planned, and has {len(own)} calls already: drop `planned`", span)
    if workload.figures.traffic is None:
        yield Gap("traffic", f"{workload.name} has no traffic: there is no monthly figure", span)


def by_layer(found: Iterable[WorkloadLine]) -> Mapping[str, Range]:
    """The sums of lines by layer."""
    sums: dict[str, Range] = {}
    for line in found:
        sums[line.layer] = sums[line.layer] + line.amount if line.layer in sums else line.amount
    return sums
