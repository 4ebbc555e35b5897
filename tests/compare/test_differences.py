"""Differences of ranges, end by end; each of these once told a mutated comparison from the real one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costgate.compare.change import _adds_up, _cost, _difference, _negative, _sized
from costgate.model.money import Cost, CostLine, Range
from costgate.model.snapshot import HoleTokens
from costgate.model.value import Span


@pytest.mark.parametrize(
    ("old", "new", "delta"),
    [
        (Range(1, 2, 3), Range(5, 7, 9), Range(4, 5, 6)),
        (Range(1, 2, 3, "declared"), Range(5, 7, 9), Range(4, 5, 6, "declared")),
        (Range(1, 2, 3), Range(5, 7, 9, "declared"), Range(4, 5, 6, "declared")),
        (Range(1, None, 3), Range(5, 7, 9), Range(4, None, 6)),
        (Range(1, 2, None, "bounded"), Range(5, 7, None), Range(4, 5, 4, "bounded")),
        (Range(1, 2, None), Range(5, 7, None, "bounded"), Range(4, 5, 4, "bounded")),
        (Range(1, None, None), Range(5, 7, None), Range(4, 4, 4)),
        (Range(1, 2, 3), Range(5, 7, None), Range(4, 5, None)),
    ],
)
def test_low_with_low_likely_with_likely_high_with_high(old: Range, new: Range, delta: Range) -> None:
    assert _difference(old, new) == delta


def test_what_is_taken_away_is_below_nothing_at_each_end() -> None:
    assert _negative(Range(1, 2, 3, "declared")) == Range(-1, -2, -3, "declared")
    assert _negative(Range(1, None, None, "bounded")) == Range(-1, None, None, "bounded")
    assert _negative(None) is None


def line(amount: Range, rate: int = 1, layer: str = "input") -> CostLine:
    return CostLine(layer, "1M tokens", amount, Decimal(rate), amount, amount.basis)


def cost(*lines: CostLine) -> Cost:
    whole = lines[0].amount
    for each in lines[1:]:
        whole += each.amount
    return Cost(whole, lines)


def test_lines_that_only_one_side_has_count_whole() -> None:
    one, two = line(Range(1, 2, 3)), line(Range(10, 20, 30), layer="output")
    assert _cost(cost(one), cost(one, two)) == Range(10, 20, 30)
    assert _cost(cost(one, two), cost(one)) == Range(-10, -20, -30)


def test_what_is_open_on_both_sides_cancels_at_one_rate_and_not_at_two() -> None:
    open_ = Range(1, None, None, "bounded")
    assert _cost(cost(line(open_)), cost(line(open_))) == Range(0, 0, 0, "bounded")
    assert _cost(cost(line(open_)), cost(line(open_, rate=2))) == Range(0, None, None, "bounded")


def test_lines_that_do_not_add_up_are_compared_as_a_whole() -> None:
    odd = Cost(Range.exact(5), (line(Range.exact(1)),))
    assert not _adds_up(odd) and not _adds_up(Cost(None)) and _adds_up(cost(line(Range.exact(1))))
    assert _cost(odd, Cost(Range.exact(7), (line(Range.exact(1)),))) == Range.exact(2)
    assert _cost(odd, Cost(None)) is None


def test_a_hole_of_unknown_size_is_open() -> None:
    span = Span("app.py", 1)
    assert _sized([HoleTokens("a", span, None)]) == Range(0, None, None, "bounded")
    assert _sized([HoleTokens("a", span, Range.exact(3)), HoleTokens("b", span, Range.exact(4, "declared"))]) == Range.exact(7, "declared")
