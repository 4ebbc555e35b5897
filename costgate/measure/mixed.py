"""Shares of a mix that are ranges, so that the models of every course of things answer all of the calls together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from costgate.measure.ends import ONE
from costgate.measure.meters import Asked, lines, meters, tokens_of
from costgate.model.money import Number, Range, total, weakest
from costgate.model.workload import Figures


def settled(asked: Sequence[Asked], figures: Figures) -> tuple[Asked, ...]:
    """The cheapest models have as much as they may in the cheapest course, the dearest in the dearest."""
    if all(each.share.low == each.share.high for each in asked):
        return tuple(asked)
    costs = [_cost(replace(each, share=ONE), figures) for each in asked]
    low = _dealt(asked, sorted(range(len(asked)), key=lambda at: costs[at].low))
    high = _dealt(asked, sorted(range(len(asked)), key=lambda at: (costs[at].high is None, costs[at].high or 0), reverse=True))
    likely = [each.share.likely for each in asked]
    basis = weakest(*(each.share.basis for each in asked))
    return tuple(
        replace(each, share=Range(low[at], None if None in likely else likely[at], high[at], basis)) for at, each in enumerate(asked)
    )


def _dealt(asked: Sequence[Asked], order: Sequence[int]) -> list[Number]:
    """What is left over the least shares, to the first that may have more."""
    found = [each.share.low for each in asked]
    left = 1 - sum(found)
    for at in order:
        most = asked[at].share.high
        more = left if most is None else min(left, most - found[at])
        found[at] += more
        left -= more
    return found


def _cost(asked: Asked, figures: Figures) -> Range:
    used = list(meters(asked, figures))
    return tokens_of(used) if asked.price is None else total(line.amount for line in lines(asked, used))
