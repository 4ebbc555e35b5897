"""What a workload costs: its calls, what else a request needs, and the traffic that makes a month of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from costgate.measure.asked import Site, planned, site_of
from costgate.measure.bill import Made, bill
from costgate.measure.case import Measuring
from costgate.measure.caveats import of_fallbacks
from costgate.measure.ends import ONE, at_least, product, quotient
from costgate.measure.history import Turns, largest
from costgate.measure.media import BESIDES
from costgate.measure.meters import Asked, lines, meters
from costgate.measure.site import figures_of, makes
from costgate.model.call import CallSite
from costgate.model.finding import Gap
from costgate.model.money import Number, Range, total, weakest
from costgate.model.value import Span
from costgate.model.workload import Figures, Workload, WorkloadCost


def made(workload: Workload, calls: Iterable[CallSite], setting: Measuring) -> Made:
    """The workload with the calls that it makes."""
    figures = figures_of(workload, setting.config)
    workload = replace(workload, figures=figures)
    span = declared_at(workload.place, setting)
    own = [call for call in calls if makes(workload, call)]
    sites = tuple(site_of(call, workload, figures, setting) for call in own)
    if not sites and workload.planned:
        sites = (planned(workload, figures, setting, span),)
    asked = (each.what for site in sites for each in site.asked)
    told = (
        *_shape_gaps(workload, own, span),
        *_hole_gaps(workload, sites, span),
        *of_fallbacks(workload, asked, setting, span),
        *(gap for site in sites for gap in site.gaps),
    )
    gaps = tuple(dict.fromkeys(told))
    return Made(workload, figures, sites, span, gaps)


def declared_at(key: str, setting: Measuring) -> Span:
    """Where a key of the configuration stands; nowhere for a file outside of the tree."""
    source = setting.config.source
    if source is None or source.startswith(("/", "..")) or ":" in source or "\\" in source:
        return Span(".", 1)
    return Span(source, setting.config.lines.get(key, 1))


def _hole_gaps(workload: Workload, sites: Sequence[Site], span: Span) -> Iterator[Gap]:
    """Sizes of holes that no call has: whoever wrote them thinks that something is bounded which is not."""
    read = [case for site in sites if site.call is not None for case in site.cases]
    named = (*workload.figures.holes, *filter(None, (workload.retrieval_hole,)))
    if not read or any(case.prompt is None for case in read):
        return
    there = {hole.name: None for case in read if case.prompt is not None for hole in case.prompt.holes}
    for name in dict.fromkeys(named):
        if name not in there and name not in BESIDES:
            known = f"they have {', '.join(there)}" if there else "they have none"
            yield Gap("holes", f"{workload.name} says the size of {name!r}, and no prompt of its calls has such a hole: {known}", span)


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


def _margin(value: Decimal, per_unit: Range) -> Range | None:
    if per_unit.high is None:
        return None
    likely = None if per_unit.likely is None else value - per_unit.likely
    return Range(value - per_unit.high, likely, value - per_unit.low, per_unit.basis)


def _per_call(given: Made) -> tuple[Range | None, Range | None]:
    """The cost of the dearest request to a model, and the input of the largest, retries and batches left out."""
    costs: list[Range] = []
    sizes: list[Range] = []
    said = given.figures
    plain = Figures(cache_hit=said.cache_hit, cache_write=said.cache_write, cache_write_1h=said.cache_write_1h)
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
