"""What tokens cost: the lines of a derivation, and their sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from costgate.measure.caching import LESS, MORE, NO_WRITING, READ, UNSAID, WRITES, Kept, Writing, shares, unsaid_rate
from costgate.measure.ends import NONE, is_none, product
from costgate.measure.output import Output
from costgate.model.money import Cost, CostLine, Number, Price, Range, total

MILLION = Decimal(1_000_000)
THOUSAND = Decimal(1_000)

_REQUESTS = "requests_kcount"
_THINKING = "output_reasoning"
_NAMES = {"cache_read": READ, **WRITES, **UNSAID}
NOT_SAID = Kept()

def cost_of(
    price: Price,
    sent: Range,
    answer: Output,
    answers: Range,
    processing: str = "",
    turns: Range | None = None,
    kept: Kept = NOT_SAID,
    writing: Writing = NO_WRITING,
) -> Cost:
    """What one request costs, or a run of `turns` requests.

    `answers`: how many answers one request asks for; they share what was sent. `processing` is the prefix of the rates
    that hold (`batch_`, ...). Where the price has no rate for what is sent or comes back, the cost is not known.
    """
    rates = _rates(price.rates, processing, writing)
    times = turns or Range.exact(1)
    visible = answer.visible.times(answers).times(times)
    thinking = None if answer.thinking is None else answer.thinking.times(answers).times(times)
    billed = visible if thinking is None else visible + thinking
    if "input" not in rates or ("output" not in rates and billed.high != 0):
        return Cost(None)
    by = writing if sent.high is None or sent.high >= writing.least else NO_WRITING
    parts = _parts(sent.times(times), kept, by, rates)
    lines = [_kept(unit, quantity, rates[unit], by) for unit, quantity in parts.items()]
    if billed.high != 0:
        lines.append(_tokens("output", "output", visible, rates["output"]))
        if thinking is not None:
            lines.append(_tokens("reasoning", "output", thinking, rates.get(_THINKING, rates["output"])))
    lines += _surcharges(price, processing, sent, {**parts, "output": billed}, by)
    if _REQUESTS in price.rates:
        rate = price.rates[_REQUESTS]
        lines.append(CostLine("request", "1,000 requests", times, rate, times.times(rate / THOUSAND), times.basis))
    return Cost(total(line.amount for line in lines), tuple(lines))


def has_rates(price: Price, processing: str) -> bool:
    """Whether the book lists this way of processing for the model."""
    return not processing or f"{processing}input" in price.rates


def _rates(rates: Mapping[str, Decimal], processing: str, writing: Writing) -> dict[str, Decimal]:
    """Token rates by plain unit; where the special way has none, the standard rate."""
    units = ("input", "output", _THINKING, "cache_read", *WRITES)
    found = {unit: rates.get(f"{processing}{unit}", rates.get(unit)) for unit in units}
    return _with_unsaid({unit: rate for unit, rate in found.items() if rate is not None}, writing)


def _with_unsaid(rates: dict[str, Decimal], writing: Writing) -> dict[str, Decimal]:
    for unit in UNSAID:
        rate = unsaid_rate(rates, unit, writing)
        if rate is not None:
            rates[unit] = rate
    return rates


def _parts(sent: Range, kept: Kept, writing: Writing, rates: Mapping[str, Decimal]) -> dict[str, Range]:
    """What is sent, by the way it is billed; what has no rate of its own is plain input."""
    found = {"input": NONE}
    for unit, share in shares(kept, writing):
        own = unit if unit in rates else "input"
        if not is_none(share) and not (unit in UNSAID and not rates.get(unit)):
            found[own] = found.get(own, NONE) + product(sent, share)
    return found


def _kept(unit: str, quantity: Range, rate: Decimal, writing: Writing) -> CostLine:
    """A line of what is sent. Where some rate of writing is not known, nothing bounds what writing costs."""
    line = _tokens("input" if unit in UNSAID else unit.replace("_", " "), unit, quantity, rate)
    if writing.open and (unit in WRITES or unit == MORE):
        return replace(line, amount=replace(line.amount, high=None, likely=line.amount.likely if unit == MORE else None))
    return line


def _tokens(layer: str, unit: str, quantity: Range, rate: Decimal) -> CostLine:
    amount = product(quantity, Range.exact(rate / MILLION))
    return CostLine(layer, _NAMES.get(unit, f"1M {unit} tokens"), quantity, rate, amount, amount.basis)


def _surcharges(
    price: Price, processing: str, sent: Range, quantities: Mapping[str, Range], writing: Writing
) -> Iterator[CostLine]:
    """What a request costs more when it is longer than a tier's threshold: then all of it is billed at that tier.

    Lines are of the difference to the tier below, so that they add up.
    """
    below = _rates(price.rates, processing, writing)
    for tier in price.tiers:
        start = tier["above"]
        listed = _rates({unit: rate for unit, rate in tier.items() if isinstance(rate, Decimal)}, processing, NO_WRITING)
        if not isinstance(start, int) or not _may_exceed(sent, start):
            continue
        here = _with_unsaid({**below, **listed}, writing)
        for unit, quantity in quantities.items():
            more = here.get(unit, Decimal(0)) - below.get(unit, Decimal(0))
            if (more > 0 or more and unit == LESS) and not is_none(quantity):
                yield _tokens("long context", unit, _beyond(sent, start, quantity), more)
        below = here


def _may_exceed(sent: Range, start: int) -> bool:
    """Whether a known end of the range lies above; an unbounded one says nothing about this tier."""
    return any(end is not None and end > start for end in (sent.low, sent.likely, sent.high))


def _beyond(sent: Range, start: int, quantity: Range) -> Range:
    def part(end: Number | None, amount: Number | None) -> Number | None:
        return amount if end is None or end > start else 0

    low = quantity.low if sent.low > start else 0
    likely = None if sent.likely is None else part(sent.likely, quantity.likely)
    return Range(low, likely, part(sent.high, quantity.high), quantity.basis)
