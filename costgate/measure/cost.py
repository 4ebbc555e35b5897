"""What tokens cost: the lines of a derivation, and their sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from costgate.measure.output import Output
from costgate.model.money import Cost, CostLine, Number, Price, Range, total

MILLION = Decimal(1_000_000)
THOUSAND = Decimal(1_000)

_REQUESTS = "requests_kcount"
_THINKING = "output_reasoning"


_CACHE = {"cache_read": "1M cached input tokens", "cache_write": "1M tokens written to the cache"}


@dataclass(frozen=True, slots=True)
class Kept:
    """Shares of the input that are read from, and written to, the provider's prompt cache."""

    read: Decimal = Decimal(0)
    written: Decimal = Decimal(0)


def cost_of(
    price: Price,
    sent: Range,
    answer: Output,
    answers: Range,
    processing: str = "",
    turns: Range | None = None,
    kept: Kept | None = None,
) -> Cost:
    """What one request costs, or a run of `turns` requests.

    `answers`: how many answers one request asks for; they share what was sent. `processing` is the prefix of the rates
    that hold (`batch_`, ...). Where the price has no rate for what is sent or comes back, the cost is not known.
    """
    rates = _rates(price.rates, processing)
    times = turns or Range.exact(1)
    visible = answer.visible.times(answers).times(times)
    thinking = None if answer.thinking is None else answer.thinking.times(answers).times(times)
    billed = visible if thinking is None else visible + thinking
    if "input" not in rates or ("output" not in rates and billed.high != 0):
        return Cost(None)
    parts = _parts(sent.times(times), kept or Kept(), rates)
    lines = [_tokens("input", "input", parts["input"], rates["input"])]
    lines += [_tokens(unit.replace("_", " "), unit, parts[unit], rates[unit]) for unit in _CACHE if unit in parts]
    if billed.high != 0:
        lines.append(_tokens("output", "output", visible, rates["output"]))
        if thinking is not None:
            lines.append(_tokens("reasoning", "output", thinking, rates.get(_THINKING, rates["output"])))
    lines += _surcharges(price, processing, sent, {**parts, "output": billed})
    if _REQUESTS in price.rates:
        rate = price.rates[_REQUESTS]
        lines.append(CostLine("request", "1,000 requests", times, rate, times.times(rate / THOUSAND), times.basis))
    return Cost(total(line.amount for line in lines), tuple(lines))


def has_rates(price: Price, processing: str) -> bool:
    """Whether the book lists this way of processing for the model."""
    return not processing or f"{processing}input" in price.rates


def _rates(rates: Mapping[str, Decimal], processing: str) -> dict[str, Decimal]:
    """Token rates by plain unit; where the special way has none, the standard rate."""
    units = ("input", "output", _THINKING, *_CACHE)
    found = {unit: rates.get(f"{processing}{unit}", rates.get(unit)) for unit in units}
    return {unit: rate for unit, rate in found.items() if rate is not None}


def _parts(sent: Range, kept: Kept, rates: Mapping[str, Decimal]) -> dict[str, Range]:
    """What is sent, by the way it is billed; what has no rate of its own is plain input."""
    shares = {"cache_read": kept.read, "cache_write": kept.written}
    apart = {unit: share for unit, share in shares.items() if share and unit in rates}
    found = {unit: sent.times(share) for unit, share in apart.items()}
    return {"input": sent.times(1 - sum(apart.values())) if apart else sent, **found}


def _tokens(layer: str, unit: str, quantity: Range, rate: Decimal) -> CostLine:
    amount = quantity.times(rate / MILLION)
    return CostLine(layer, _CACHE.get(unit, f"1M {unit} tokens"), quantity, rate, amount, amount.basis)


def _surcharges(price: Price, processing: str, sent: Range, quantities: Mapping[str, Range]) -> Iterator[CostLine]:
    """What a request costs more when it is longer than a tier's threshold: then all of it is billed at that tier.

    Lines are of the difference to the tier below, so that they add up.
    """
    below = _rates(price.rates, processing)
    for tier in price.tiers:
        start = tier["above"]
        listed = _rates({unit: rate for unit, rate in tier.items() if isinstance(rate, Decimal)}, processing)
        if not isinstance(start, int) or not _may_exceed(sent, start):
            continue
        for unit, quantity in quantities.items():
            more = listed.get(unit, below.get(unit, Decimal(0))) - below.get(unit, Decimal(0))
            if more > 0 and quantity.high != 0:
                yield _tokens("long context", unit, _beyond(sent, start, quantity), more)
        below = {**below, **listed}


def _may_exceed(sent: Range, start: int) -> bool:
    """Whether a known end of the range lies above; an unbounded one says nothing about this tier."""
    return any(end is not None and end > start for end in (sent.low, sent.likely, sent.high))


def _beyond(sent: Range, start: int, quantity: Range) -> Range:
    def part(end: Number | None, amount: Number | None) -> Number | None:
        return amount if end is None or end > start else 0

    low = quantity.low if sent.low > start else 0
    likely = None if sent.likely is None else part(sent.likely, quantity.likely)
    return Range(low, likely, part(sent.high, quantity.high), quantity.basis)
