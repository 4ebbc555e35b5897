"""Arithmetic on the three courses of things, end by end: the cheapest, the likely and the dearest.

A share that makes things cheaper is turned round first, so that its high value stands at the cheap end.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from costgate.model.money import Number, Range, weakest

ONE = Range.exact(1)
NONE = Range.exact(0)


def product(*factors: Range) -> Range:
    """The product end by end. Nothing of what is without bound is nothing."""
    first, *others = [each for each in factors if each is not ONE] or [ONE]
    low, likely, high, basis = first.low, first.likely, first.high, first.basis
    for each in others:
        low = low * each.low
        likely = _times(likely, each.likely)
        high = _times(high, each.high)
        if basis != each.basis:
            basis = weakest(basis, each.basis)
    return Range(low, likely, high, basis)


def quotient(part: Range, whole: Range) -> Range:
    """`part` over `whole`, the whole turned round: the more there is, the cheaper each."""
    return Range(
        _over(part.low, whole.high) or 0,
        _over(part.likely, whole.likely),
        _over(part.high, whole.low),
        weakest(part.basis, whole.basis),
    )


def less(whole: Range, part: Range) -> Range:
    """`whole` without a part of it, end by end; never below nothing."""
    return _each(lambda one, other: max(one - other, 0), whole, part)


def difference(after: Range, before: Range) -> Range:
    """After - before, end by end; an end that both leave open is open."""
    return _each(lambda one, other: one - other, after, before)


def turned(share: Range) -> Range:
    """The share with its high value at the cheap end."""
    high = share.low if share.high is None else share.high
    return Range(high, share.likely, share.low, share.basis)


def rest(share: Range) -> Range:
    """What a share leaves over, the least first."""
    return less(ONE, turned(share))


def plus_one(rate: Range) -> Range:
    """The factor that an extra share makes."""
    return ONE + rate


def is_none(given: Range) -> bool:
    """Whether it is nothing at every end."""
    return given.low == given.likely == given.high == 0


def at_least(given: Range) -> Range:
    """Only the low end is sure."""
    return Range(given.low, None, None, given.basis)


def by_end(make: Callable[..., Number | None], *given: Range) -> Range:
    """A range whose ends are made from the same ends of others; an end that one of them leaves open stays open."""

    def end(ends: tuple[Number | None, ...]) -> Number | None:
        return None if any(each is None for each in ends) else make(*ends)

    return Range(
        make(*(each.low for each in given)) or 0,
        end(tuple(each.likely for each in given)),
        end(tuple(each.high for each in given)),
        weakest(*(each.basis for each in given)),
    )


def _each(make: Callable[[Number, Number], Number], one: Range, other: Range) -> Range:
    return by_end(make, one, other)


def _times(one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return 0 if one == 0 or other == 0 else None
    return one * other


def _over(part: Number | None, whole: Number | None) -> Number | None:
    if part == 0:
        return 0
    return None if part is None or not whole else Decimal(part) / Decimal(whole)
