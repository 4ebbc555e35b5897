"""What a workload's figures say that its code, its model or its price does not bear out: told, and never quietly followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from costgate.knowledge.reasoning import habit_of
from costgate.measure.case import Measuring
from costgate.measure.ends import is_none
from costgate.measure.history import largest
from costgate.measure.meters import Asked
from costgate.measure.price import price_of, unpriced
from costgate.model.call import CallSite
from costgate.model.config import Profile
from costgate.model.finding import Gap
from costgate.model.money import Price
from costgate.model.value import Span, Truth
from costgate.model.workload import Figures, Workload

_HOUR = "1h"


def contradictions(asked: Asked, figures: Figures, span: Span) -> Iterator[Gap]:
    """Shares that the model's price knows nothing of, where the full price is taken, and sizes that the model does not allow."""
    price = asked.price
    if price is None:
        return
    if figures.cache_hit is not None and not asked.caches:
        shortest = asked.writing.least or price.cache_minimum or 0
        why = f"cache_hit is declared, and {price.model} caches from {shortest:,} tokens on: the full price is taken"
        yield Gap("cache", why, span)
    elif figures.cache_hit is not None and not is_none(figures.cache_hit) and "cache_read" not in price.rates:
        yield Gap("cache", f"no price for cached input is listed for {price.model}: the full price is taken", span)
    if asked.caches and "cache_write" in price.rates and _half_said(figures):
        why = "cache_hit is declared and cache_write is not: the high end takes it that all the rest is written to the cache"
        yield Gap("cache", why, span)
    if figures.batch is not None and "batch_input" not in price.rates:
        yield Gap("batch", f"no batch price is listed for {price.model}: the standard price is taken", span)
    elif (figures.batch is not None or asked.way == "batch_") and (start := _unlisted_above(asked, price)) is not None:
        yield Gap("batch", f"no batch price is listed for {price.model} above {start:,} tokens: the standard price is taken", span)
    thinks = figures.reasoning_tokens
    if thinks is not None and thinks.low and _never_thinks(price):
        yield Gap("sizes", f"{thinks.low:,} tokens of reasoning are {thinks.basis}, and {price.model} does not reason", span)
    sent, back = largest(asked.turns, asked.first + asked.retrieved), asked.visible + asked.thinking
    for size, most, word in ((sent, price.context_window, "takes"), (back, price.max_output, "gives")):
        least = size.low if size.likely is None else size.likely
        if most is not None and least > most and size.basis in ("declared", "measured"):
            yield Gap("sizes", f"{least:,} tokens a turn are {size.basis}, and {price.model} {word} {most:,} at most", span)


def of_fallbacks(workload: Workload, asked: Iterable[str], setting: Measuring, span: Span) -> Iterator[Gap]:
    """Models to fall back to that have no price, or that are asked anyway."""
    names = set(asked)
    for each in workload.fallbacks:
        price = price_of(each.model, None, setting.book, setting.config)
        if price is None:
            yield replace(unpriced(each.model, None, setting.book, span), what="fallbacks")
        elif price.model in names:
            yield Gap("fallbacks", f"{each.model} is asked anyway: a share that it is asked again for is a `retry_rate`", span)


def _never_thinks(price: Price) -> bool:
    return habit_of(price.model, price.reasoning).never


def _half_said(figures: Figures) -> bool:
    return figures.cache_hit is not None and figures.cache_write is None and figures.cache_write_1h is None


def _unlisted_above(asked: Asked, price: Price) -> int | None:
    """Where a tier that some turn may reach begins, and lists no batch price."""
    most = largest(asked.turns, asked.first + asked.retrieved).high
    for tier in price.tiers:
        start = tier["above"]
        if isinstance(start, int) and most is not None and most > start and "batch_input" not in tier:
            return start
    return None


def of_call(asked: Asked, call: CallSite, figures: Figures, declared: Profile, thinks: Truth) -> Iterator[Gap]:
    """What code and declaration say of each other: answers longer than the code allows, a cache that nobody says the use of.

    `thinks`: whether the call has the model reason.
    """
    size = figures.reasoning_tokens
    if thinks is False and size is not None and size.low and not (asked.price is not None and _never_thinks(asked.price)):
        yield Gap("sizes", f"{size.low:,} tokens of reasoning are {size.basis}, and the call does not have {asked.what} reason", call.span)
    size, most = declared.output_tokens, asked.visible.high
    if size is not None and most is not None and size.low > most:
        yield Gap("sizes", f"an answer of {size.low:,} tokens is {size.basis}, and the code stops it at {most:,}", call.span)
    if asked.price is not None and asked.writing.asked:
        yield from _of_cache(asked, figures, asked.price.model, call.span)


def _of_cache(asked: Asked, figures: Figures, model: str, span: Span) -> Iterator[Gap]:
    hour = figures.cache_write_1h
    if figures.cache_hit is None and figures.cache_write is None and hour is None:
        why = "the call has its prompt cached, and nothing says how much: all of it may be read from the cache or written to it"
        yield Gap("cache", f"{why}, the full price of {model} is likely; say `cache_hit` and `cache_write`", span)
    if asked.writing.open:
        yield Gap("cache", f"{_unlisted(asked)}: nothing bounds what writing costs", span)
    times = asked.writing.said.times
    if hour is not None and not is_none(hour) and None not in times and _HOUR not in times:
        yield Gap("cache", "cache_write_1h is declared, and the code has nothing kept for an hour", span)


def _unlisted(asked: Asked) -> str:
    times = ", ".join(sorted(each or "an unknown time" for each in asked.writing.said.times if each != ""))
    return f"the prompt is kept for {times}, for which no price is listed for {asked.what}"
