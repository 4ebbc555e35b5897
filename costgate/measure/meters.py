"""What one call of a workload uses in one request, by layer of the bill and by unit, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from costgate.measure.caching import MORE, NO_WRITING, READ, UNSAID, WRITES, Kept, Writing, shares, unsaid_rate
from costgate.measure.cost import MILLION, THOUSAND
from costgate.measure.ends import NONE, ONE, is_none, less, product, rest, turned
from costgate.measure.history import Turns, over, resent
from costgate.model.money import Price, Range, total
from costgate.model.workload import Figures, WorkloadLine

UNITS: Mapping[str, str] = {
    "input": "1M input tokens",
    "cache_read": READ,
    **WRITES,
    **UNSAID,
    "output": "1M output tokens",
    "reasoning": "1M reasoning tokens",
    "request": "1,000 requests",
}
_RATE_OF = {"reasoning": ("output_reasoning", "output"), "request": ("requests_kcount",)}
_REQUESTS = "requests_kcount"
_NO_TOKENS = ("request", *UNSAID)


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, as one model answers it, `share` of the times. `first`: all that its first turn sends; `fixed`: the
    part of it that is text of the code; `retrieved` comes on top, at every turn. Without a price only tokens are told.
    """

    site: str | None
    what: str
    price: Price | None
    first: Range
    visible: Range
    thinking: Range = NONE
    fixed: Range = NONE
    retrieved: Range = NONE
    way: str = ""
    answers: Range = ONE
    calls: Range = ONE
    turns: Turns = field(default_factory=lambda: Turns(ONE))
    share: Range = ONE
    caches: bool = True
    """Whether what it sends is long enough for the provider's cache, as far as anybody knows."""
    writing: Writing = NO_WRITING


@dataclass(frozen=True, slots=True)
class Meter:
    """How much of a unit one request uses, in which layer. `way`: the prefix of the rates that hold."""

    layer: str
    unit: str
    way: str
    quantity: Range
    more: Decimal | None = None
    """The rate, where it is no listed one: the difference to a tier's."""


def meters(asked: Asked, figures: Figures) -> Iterator[Meter]:
    """Everything that one request uses, retries left out."""
    answered = ONE if figures.response_cache is None else rest(figures.response_cache)
    often = product(asked.calls, asked.share, answered)
    for way, part in _ways(asked.way, figures.batch):
        for each in _used(asked, figures, way):
            quantity = product(often, part, each.quantity)
            if not is_none(quantity):
                yield replace(each, quantity=quantity)


def lines(asked: Asked, used: Iterable[Meter]) -> Iterator[WorkloadLine]:
    """What the meters cost at the rates of the call's price."""
    assert asked.price is not None
    for each in used:
        rate = _rate(asked, each) if each.more is None else each.more
        if rate is None or (each.unit in UNSAID and not rate):
            continue
        per = THOUSAND if each.unit == "request" else MILLION
        way = f" ({each.way.rstrip('_')})" if each.way else ""
        tier = ", long context" if each.more is not None else ""
        unit = f"{UNITS[each.unit]}{way}{tier}"
        amount = product(each.quantity, Range.exact(rate / per))
        if asked.writing.open and (each.unit in WRITES or each.unit == MORE):
            amount = replace(amount, likely=amount.likely if each.unit == MORE else None, high=None)
        yield WorkloadLine(each.layer, asked.what, asked.site, unit, each.quantity, rate, amount)


def repeated(found: Iterable[WorkloadLine], share: Range) -> list[WorkloadLine]:
    """The lines once more for a share of the calls, as retries: one line for each unit."""
    merged: dict[tuple[str, str | None, str, Decimal], WorkloadLine] = {}
    for line in found:
        key = (line.what, line.site, line.unit, line.rate)
        quantity, amount = product(line.quantity, share), product(line.amount, share)
        known = merged.get(key)
        if known is not None:
            quantity, amount = known.quantity + quantity, known.amount + amount
        merged[key] = replace(line, layer="retries", quantity=quantity, amount=amount)
    return [line for line in merged.values() if not is_none(line.quantity)]


def tokens_of(used: Iterable[Meter]) -> Range:
    """All tokens of some meters."""
    return total(each.quantity for each in used if each.unit not in _NO_TOKENS and each.more is None)


def rate_of(price: Price, unit: str, way: str) -> Decimal | None:
    """Money for a unit in one way of processing; the standard rate where the way has none, None where nothing is."""
    for name in _RATE_OF.get(unit, (unit,)):
        for listed in (f"{way}{name}", name):
            if listed in price.rates:
                return price.rates[listed]
    if unit == "cache_read" or unit in WRITES:
        return rate_of(price, "input", way)
    return None


def _rate(asked: Asked, used: Meter) -> Decimal | None:
    assert asked.price is not None
    if used.unit in UNSAID:
        return unsaid_rate(_plain(asked.price, used.way), used.unit, asked.writing)
    return rate_of(asked.price, used.unit, used.way)


def _plain(price: Price, way: str) -> dict[str, Decimal]:
    found = {unit: rate_of(price, unit, way) for unit in ("input", "cache_read", *WRITES)}
    return {unit: rate for unit, rate in found.items() if rate is not None}


def _ways(own: str, batch: Range | None) -> Iterator[tuple[str, Range]]:
    if batch is None or is_none(batch) or own == "batch_":
        yield own, ONE
        return
    yield own, rest(batch)
    yield "batch_", turned(batch)


def _used(asked: Asked, figures: Figures, way: str) -> Iterator[Meter]:
    later = less(asked.turns.count, ONE)
    sent = asked.first + asked.retrieved
    answer = product(asked.answers, asked.visible)
    for layer, tokens in (
        ("inference", less(asked.first, asked.fixed)),
        ("context", asked.fixed + asked.retrieved + resent(asked.turns)),
        ("agents", product(later, sent)),
    ):
        for unit, part in _split(asked, figures) if not is_none(tokens) else ():
            yield Meter(layer, unit, way, product(tokens, part))
    yield Meter("inference", "output", way, answer)
    if not is_none(later):
        yield Meter("agents", "output", way, product(later, answer))
    if not is_none(asked.thinking):
        thinks = figures.reasoning_share or ONE
        yield Meter("reasoning", "reasoning", way, product(asked.turns.count, thinks, asked.answers, asked.thinking))
    if asked.price is not None:
        if _REQUESTS in asked.price.rates:
            yield Meter("inference", "request", way, asked.turns.count)
        yield from _long(asked, asked.price, figures, way, sent)


def _split(asked: Asked, figures: Figures) -> Iterator[tuple[str, Range]]:
    """The input by how it is billed: in full, read from the cache, written to it."""
    if not asked.caches:
        yield "input", ONE
        return
    yield from shares(Kept(figures.cache_hit, figures.cache_write, figures.cache_write_1h), asked.writing)


def _long(asked: Asked, price: Price, figures: Figures, way: str, sent: Range) -> Iterator[Meter]:
    """What turns cost more that send more than a tier's threshold, as the difference to the tier below."""
    below = _with_unsaid({unit: rate_of(price, unit, way) for unit in UNITS}, asked.writing)
    for tier in price.tiers:
        start = tier["above"]
        if not isinstance(start, int):
            continue
        number, tokens = over(asked.turns, sent, start)
        if not (number.low or number.likely or number.high):
            continue  # no turn is so long; or nothing bounds the prompt, which says nothing about this tier
        listed = replace(price, rates={unit: rate for unit, rate in tier.items() if isinstance(rate, Decimal)})
        answer = product(number, asked.answers)
        parts = {unit: product(tokens, part) for unit, part in _split(asked, figures)}
        parts["output"] = product(answer, asked.visible)
        parts["reasoning"] = product(answer, figures.reasoning_share or ONE, asked.thinking)
        here = {unit: _risen(_tier_rate(listed, unit, way), old) for unit, old in below.items() if unit not in UNSAID}
        here = _with_unsaid(here, asked.writing)
        for unit, quantity in parts.items():
            rate, old = here[unit], below[unit]
            if rate is None or old is None or rate == old:
                continue
            yield Meter("reasoning" if unit == "reasoning" else "context", unit, way, quantity, rate - old)
        below = here


def _with_unsaid(rates: dict[str, Decimal | None], writing: Writing) -> dict[str, Decimal | None]:
    known = {unit: rate for unit, rate in rates.items() if rate is not None}
    return {**rates, **{unit: unsaid_rate(known, unit, writing) for unit in UNSAID}}


def _risen(listed: Decimal | None, below: Decimal | None) -> Decimal | None:
    """A tier's rate; the one below where the tier lists none, or one that is no dearer."""
    return below if listed is None or below is None else max(listed, below)


def _tier_rate(listed: Price, unit: str, way: str) -> Decimal | None:
    for name in _RATE_OF.get(unit, (unit,)):
        for key in (f"{way}{name}", name):
            if key in listed.rates:
                return listed.rates[key]
    return None
