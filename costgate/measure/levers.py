"""What each lever would save: the workload priced once more with the lever pulled, where the facts support it.

A lever is told only when nothing about it has to be guessed but what its `given` says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from costgate.knowledge.prices import PriceBook
from costgate.knowledge.tiers import smaller
from costgate.measure.asked import Site, as_model
from costgate.measure.bill import Bill, Made, bill
from costgate.measure.case import Case, Measuring
from costgate.measure.ends import NONE, difference, is_none, product
from costgate.measure.memory import Remembering
from costgate.measure.meters import Asked, rate_of
from costgate.measure.site import makes
from costgate.measure.workload import made
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.money import Number, Price, Range, total, weakest
from costgate.model.snapshot import Measure, Snapshot
from costgate.model.tree import Cache
from costgate.model.value import is_absent
from costgate.model.workload import Saving, Workload, WorkloadCost
from costgate.policy.derive import prefix_tokens
from costgate.policy.glob import literal
from costgate.policy.spend import month_delta, request_delta

KEPT_TURNS = 4
_STAYS = 90
"""Days for which a model must be there yet to be worth moving to."""
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Pulled:
    """A lever: the workload with it pulled, in which words."""

    lever: str
    what: str
    given: str
    made: Made


def savings(given: Made, setting: Measuring) -> tuple[Saving, ...]:
    """Every lever that saves something, the most certain saving first."""
    before = bill(given, setting)
    if given.workload.deployment.fixed:
        found = list(_managed(given, before))
    else:
        pulled = (lever for make in _LEVERS for lever in make(given, setting))
        found = [saving for each in pulled if (saving := _saving(given, before, each, setting)) is not None]
        found += _cached(given)
    return tuple(sorted(found, key=lambda each: (-each.per_request.low, each.lever, each.what)))


def call_savings(
    snapshot: Snapshot, keys: Collection[str], book: PriceBook, config: Config, cache: Cache
) -> dict[str, tuple[Saving, ...]]:
    """The same for single calls: with the traffic of the workload that makes them, else for one request alone."""
    setting = Measuring(book, config, Remembering(cache))
    found: dict[str, tuple[Saving, ...]] = {}
    for call in snapshot.reading.calls:
        if call.key in keys and call.counted:
            maker = next((each for each in config.workloads if makes(each, call)), Workload(""))
            if maker.deployment.fixed:
                continue  # what it costs does not depend on what is sent
            own = replace(maker, overheads={}, components=(), sites=(_exactly(call),))
            found[call.key] = savings(made(own, (call,), setting), setting)
    return found


def _exactly(call: CallSite) -> str:
    return f"{literal(call.span.path)}::*"


def _saving(given: Made, before: Bill, pulled: Pulled, setting: Measuring) -> Saving | None:
    old, new = _costed(given, before), _costed(pulled.made, bill(pulled.made, setting))
    request, month = request_delta(new, old), month_delta(new, old)
    if request is None or is_none(request) or _largest(request) <= 0:
        return None
    return Saving(pulled.lever, pulled.what, _in_order(request), None if month is None else _in_order(month), pulled.given)


def _costed(made: Made, paid: Bill) -> WorkloadCost:
    return WorkloadCost(made.workload, made.span, lines=paid.lines, unknown=paid.unknown)


def _batch(given: Made, setting: Measuring) -> Iterator[Pulled]:
    """All of it as a batch, where somebody says that it can wait and every model lists a price for it."""
    if not given.workload.can_wait or given.figures.batch is not None:
        return
    prices = [asked.price for site in given.sites for asked in site.asked if asked.way != "batch_"]
    if prices and all(price is not None and "batch_input" in price.rates for price in prices):
        made = replace(given, figures=replace(given.figures, batch=Range.exact(1, "assumed")))
        yield Pulled("batch", "all calls as a batch", "the answers may come hours later, as can_wait says", made)


def _window(given: Made, setting: Measuring) -> Iterator[Pulled]:
    """A window on a history that is sent again whole."""
    count, turns = given.figures.turns, given.workload.history
    longest = max((asked.turns.count.high or 0 for site in given.sites for asked in site.asked), default=0)
    if turns != "resend" or count is None or longest <= KEPT_TURNS:
        return

    def kept(asked: Asked) -> Asked:
        return replace(asked, turns=replace(asked.turns, history="window", window=KEPT_TURNS))

    what = f"only the last {KEPT_TURNS} turns are sent again"
    yield Pulled("history window", what, "the answers do not need what was said before", _with(given, kept))


def _unthinking(given: Made, setting: Measuring) -> Iterator[Pulled]:
    """No reasoning, where it is known to take tokens and the model can do without."""
    if not all(site.known for site in given.sites):
        return
    thinking = [
        (asked, case)
        for site in given.sites
        for asked, case in zip(site.asked, site.cases or (None,) * len(site.asked), strict=True)
        if not is_none(asked.thinking)
    ]
    if not thinking or not all(_may_stop(asked, case) for asked, case in thinking):
        return
    made = _with(given, lambda asked: replace(asked, thinking=NONE))
    yield Pulled("reasoning off", "no reasoning tokens", "the answers are good enough without reasoning", made)


def _may_stop(asked: Asked, case: Case | None) -> bool:
    always = asked.price is not None and asked.price.reasoning == "always"
    return not always and (case is None or case.reasoning.on is not False)


def _capped(given: Made, setting: Measuring) -> Iterator[Pulled]:
    """An output limit at the likely length, where that is declared or measured and the code sets none."""
    limits: set[Number] = set()

    def cut(asked: Asked) -> Asked:
        size = asked.visible
        if size.likely is None or size.likely == size.high or size.basis not in ("declared", "measured"):
            return asked
        limits.add(size.likely)
        return replace(asked, visible=Range(min(size.low, size.likely), size.likely, size.likely, size.basis))

    sites = tuple(_changed(site, cut) if _endless(site) else site for site in given.sites)
    if limits:
        what = f"an output limit of {' or '.join(f'{limit:,}' for limit in sorted(limits))} tokens where there is none"
        yield Pulled("output cap", what, "no answer needs more than the likely length", replace(given, sites=sites))


def _endless(site: Site) -> bool:
    return site.call is not None and is_absent(site.call.arg("output_limit")) is True


def _smaller(given: Made, setting: Measuring) -> Iterator[Pulled]:
    """The next smaller model of the same maker that stays for a while."""
    models = {asked.price.model: asked.price for site in given.sites for asked in site.asked if asked.price}
    for model, price in models.items():
        other = _next(price, setting)
        if other is None:
            continue

        def swapped(asked: Asked, model: str = model, other: Price = other) -> Asked:
            if asked.price is None or asked.price.model != model:
                return asked
            return as_model(asked, other.model, setting) or asked

        what = f"{other.model} in place of {model}"
        condition = "its answers are good enough for all of these calls; in proportion for some of them"
        yield Pulled("smaller model", what, condition, _with(given, swapped))


def _next(price: Price, setting: Measuring) -> Price | None:
    stays = (date.fromisoformat(setting.book.date) + timedelta(days=_STAYS)).isoformat()
    for name in smaller(price.model):
        found = setting.book.find(name, price.provider) or setting.book.find(name, None)
        if found is not None and (found.deprecation_date or "9999") > stays:
            return found
    return None


def _cached(given: Made) -> Iterator[Saving]:
    """The stable prefix read from the provider's cache, where it is long enough and nothing is said of caching.

    For sure only the turns of one request follow each other closely; at best every request does.
    """
    figures = given.figures
    if figures.cache_hit is not None or figures.input_tokens is not None:
        return
    parts = [part for site in given.sites if (part := _prefix(site)) is not None]
    if not parts:
        return
    request = total(each for each, _ in parts)
    if _largest(request) <= 0:
        return
    month = None if figures.traffic is None else _scaled(request, figures.traffic)
    sizes = ", ".join(sorted({f"{size:,}" for _, size in parts}))
    condition = "requests with the same prefix follow each other before it leaves the cache; the low end is of one alone"
    yield Saving("prompt caching", f"a stable prefix of {sizes} tokens", request, month, condition)


def _prefix(site: Site) -> tuple[Range, Number] | None:
    if site.call is None or len(site.asked) != 1 or site.call.caching.times or is_absent(site.call.arg("cache")) is False:
        return None
    asked, case = site.asked[0], site.cases[0]
    price = asked.price
    if price is None or price.cache_minimum is None or case.prompt is None or "cache_read" not in price.rates:
        return None
    size = prefix_tokens(site.call, Measure(sources=case.prompt.sources))
    if not isinstance(size, Range) or size.low < price.cache_minimum or size.high is None:
        return None
    full, read, write = (rate_of(price, unit, asked.way) or Decimal(0) for unit in ("input", "cache_read", "cache_write"))
    turns = asked.turns.count
    calls = product(asked.calls, asked.share)
    each = (full - read) / _MILLION
    written = max(write - full, Decimal(0)) / _MILLION
    low = (turns.low - 1) * size.low * each * calls.low - size.high * written * calls.low
    high = None if turns.high is None or calls.high is None else turns.high * size.high * each * calls.high
    return Range(low, None, high, weakest(size.basis, turns.basis, calls.basis, "assumed")), size.likely or size.low


def _managed(given: Made, before: Bill) -> Iterator[Saving]:
    """The price per token in place of a fixed deployment that is used too little."""
    usage = before.usage
    if usage is None or usage.managed is None or given.figures.traffic is None:
        return
    month = difference(usage.fixed, usage.managed)
    if _largest(month) <= 0 or month.high is None:
        return
    month = _in_order(month)
    traffic = given.figures.traffic.likely or given.figures.traffic.low
    request = month.times(Decimal(1) / Decimal(traffic))
    yield Saving("price per token", "the same tokens at the list price", request, month, "the units can be given back")


def _with(given: Made, change: Callable[[Asked], Asked]) -> Made:
    return replace(given, sites=tuple(_changed(site, change) for site in given.sites))


def _changed(site: Site, change: Callable[[Asked], Asked]) -> Site:
    return replace(site, asked=tuple(map(change, site.asked)))


def _in_order(given: Range) -> Range:
    """The ends by size: what a lever saves in the dearest course may be less than in the cheapest."""
    if given.high is None:
        return given
    ends = sorted((given.low, given.high))
    return Range(ends[0], given.likely, ends[1], given.basis)


def _scaled(given: Range, by: Range) -> Range:
    low = given.low * (by.low if given.low >= 0 else (by.high or by.low))
    return Range(low, None, None if given.high is None or by.high is None else given.high * by.high, given.basis)


def _largest(given: Range) -> Number:
    return max(end for end in (given.low, given.likely, given.high) if end is not None)


_LEVERS: Iterable[Callable[[Made, Measuring], Iterator[Pulled]]] = (_batch, _window, _unthinking, _capped, _smaller)
