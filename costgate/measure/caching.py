"""How what is sent is billed where the provider keeps it: read from its cache, written to it, and at which rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from costgate.knowledge.caching import caching_words
from costgate.measure.ends import NONE, ONE, is_none, less, turned
from costgate.model.call import Caching
from costgate.model.money import Price, Range, weakest

WRITES: Mapping[str, str] = {
    "cache_write": "1M tokens written to the cache",
    "cache_write_1h": "1M tokens written to the cache for 1 hour",
}
READ = "1M cached input tokens"
MORE, LESS = "cache_more", "cache_less"
"""What writing costs beyond the full price, and what reading costs less: where nobody says how much of either there is."""
UNSAID: Mapping[str, str] = {
    MORE: "1M input tokens, more where they are written to the cache",
    LESS: "1M input tokens, less where they are read from the cache",
}
_SHORTEST = "cache_write"


_NOTHING_SAID = Caching()


@dataclass(frozen=True, slots=True)
class Writing:
    """At which rates a call's writes may be billed, the cheapest first. `asked`: the call has its prompt kept;
    `least`: tokens it needs for that; `open`: some time has no listed rate, or is not seen."""

    said: Caching = _NOTHING_SAID
    rates: tuple[str, ...] = (_SHORTEST,)
    asked: bool = False
    unasked: bool = False
    least: int = 0
    open: bool = False

    @property
    def on(self) -> bool:
        """Whether what is sent may be written, though nobody says how much."""
        return self.asked or self.unasked


NO_WRITING = Writing()


@dataclass(frozen=True, slots=True)
class Kept:
    """Shares of the input that are read from the provider's cache and written to it; None: nobody says."""

    read: Range | None = None
    written: Range | None = None
    hour: Range | None = None
    """Written for an hour; where that is said, `written` is what is kept for the shortest time."""

    @property
    def said(self) -> bool:
        """Whether anybody says anything."""
        return not (self.read is self.written is self.hour is None)


def writing_of(said: Caching, price: Price | None) -> Writing:
    """What a call and its model's price say of writing. A model without such a rate bills no writes."""
    if price is None or _SHORTEST not in price.rates:
        return Writing(said)
    words = caching_words()
    asked = bool(said.times)
    unasked = not asked and not said.off and words.by_itself(f"{price.provider}/{price.model}")
    least = price.cache_minimum or (words.minimum if unasked else 0)
    rates, unlisted = _rates(said, price)
    return Writing(said, rates, asked, unasked, least, unlisted)


def _rates(said: Caching, price: Price) -> tuple[tuple[str, ...], bool]:
    ends = caching_words().times
    names = {_SHORTEST + ends.get(time or "", "") for time in said.times if time is not None} or {_SHORTEST}
    if None in said.times:
        names |= {unit for unit in WRITES if unit in price.rates}
    strange = any(time and time not in ends for time in said.times)
    listed = sorted(names & price.rates.keys(), key=lambda name: price.rates[name])
    return tuple(listed) or (_SHORTEST,), strange or not names <= price.rates.keys()


def shares(kept: Kept, writing: Writing) -> Iterator[tuple[str, Range]]:
    """All of the input by the unit that it is billed in; what may be billed in two is the cheaper's at the low end.

    Whoever says how much is read, and not how much is written, leaves it open whether all the rest is.
    """
    if not kept.said:
        yield "input", ONE
        if writing.on:
            yield MORE, Range(0, 0, 1, "bounded")
        if writing.asked:
            yield LESS, Range(1, 0, 0, "bounded")
        return
    read, written, hour = turned(kept.read or NONE), kept.written or NONE, kept.hour or NONE
    yield "input", less(less(less(ONE, read), written), hour)
    yield "cache_read", read
    rates = writing.rates if kept.hour is None else (_SHORTEST,)
    if len(rates) == 1 or is_none(written):
        yield rates[0], written
    else:
        yield rates[0], Range(written.low, None, 0, written.basis)
        yield rates[-1], Range(0, None, written.high, written.basis)
    if not is_none(hour):
        yield "cache_write_1h", hour
    if kept.written is None and kept.hour is None:
        yield MORE, Range(0, 0, less(ONE, read).high, weakest(read.basis, "bounded"))


def unsaid_rate(rates: Mapping[str, Decimal], unit: str, writing: Writing) -> Decimal | None:
    """What a token costs more, or less, than in full; `rates` by plain unit."""
    other = rates.get(writing.rates[-1] if unit == MORE else "cache_read")
    if other is None or "input" not in rates:
        return None
    return max(other - rates["input"], Decimal(0)) if unit == MORE else min(other - rates["input"], Decimal(0))
