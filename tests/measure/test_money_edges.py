"""Edges of the arithmetic of money that a mutation of the code once survived: each end and each basis, not only the sum."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from costgate.measure.bill import _either, _ends, _share_of_fixed
from costgate.measure.caching import Kept
from costgate.measure.cost import _beyond, _may_exceed, cost_of
from costgate.measure.ends import at_least, quotient
from costgate.measure.meters import Asked, Meter, lines, meters, repeated
from costgate.measure.output import Output
from costgate.measure.price import _multiplied
from costgate.model.money import Price, Range
from costgate.model.workload import Figures, WorkloadLine

MILLION = 1_000_000
PRICE = Price("m", "p", {"input": Decimal(2), "output": Decimal(10), "cache_read": Decimal("0.5"), "batch_input": Decimal(1), "batch_output": Decimal(5)})


def size(low: int, likely: int | None = None, high: int | None = None, basis: str = "exact") -> Range:
    return Range(low, likely, high, basis)


def told(cost: object) -> list[tuple[str, str, object, object, str]]:
    return [(line.layer, line.unit, line.quantity.low, line.rate, line.basis) for line in cost.lines]  # type: ignore[attr-defined]


def test_each_line_says_what_it_is_of() -> None:
    cost = cost_of(PRICE, Range.exact(MILLION, "calibrated"), Output(Range.exact(MILLION), Range.exact(2 * MILLION)), Range.exact(1), kept=Kept(read=Range.exact(Decimal("0.25"))))
    assert told(cost) == [
        ("input", "1M input tokens", 750_000, Decimal(2), "calibrated"),
        ("cache read", "1M cached input tokens", 250_000, Decimal("0.5"), "calibrated"),
        ("output", "1M output tokens", MILLION, Decimal(10), "exact"),
        ("reasoning", "1M output tokens", 2 * MILLION, Decimal(10), "exact"),
    ]
    assert cost.per_call == Range.exact(Decimal("1.5") + Decimal("0.125") + 30, "calibrated")


def test_the_way_of_processing_has_its_rates_and_by_default_there_is_none() -> None:
    answer = Output(Range.exact(0))
    assert told(cost_of(PRICE, Range.exact(9), answer, Range.exact(1)))[0][3] == Decimal(2)
    assert told(cost_of(PRICE, Range.exact(9), answer, Range.exact(1), "batch_"))[0][3] == Decimal(1)


TIERED = Price(
    "m", "p", {"input": Decimal(2), "output": Decimal(10), "batch_input": Decimal(1), "batch_output": Decimal(5)},
    tiers=({"above": "no number"}, {"above": 100, "input": Decimal(3), "cache_write": Decimal(7), "batch_input": Decimal(4)}, {"above": 200, "input": Decimal(5), "output": Decimal(10)}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("tokens", "processing", "surcharges"),
    [
        (100, "", []),
        (101, "", [("1M input tokens", Decimal(1))]),
        (200, "", [("1M input tokens", Decimal(1))]),
        (201, "", [("1M input tokens", Decimal(1)), ("1M input tokens", Decimal(2))]),
        (150, "batch_", [("1M input tokens", Decimal(3))]),
    ],
)
def test_a_long_request_pays_the_difference_to_the_tier_below(tokens: int, processing: str, surcharges: list[tuple[str, Decimal]]) -> None:
    cost = cost_of(TIERED, Range.exact(tokens), Output(Range.exact(1)), Range.exact(1), processing)
    assert [(line.unit, line.rate) for line in cost.lines if line.layer == "long context"] == surcharges
    assert all(line.quantity == Range.exact(tokens) for line in cost.lines if line.layer == "long context")


def test_a_tier_begins_above_its_threshold_at_each_end() -> None:
    assert not _may_exceed(size(100, 100, 100), 100) and _may_exceed(size(0, 0, 101), 100) and _may_exceed(size(0, 101, None), 100)
    assert _beyond(size(100, 100, 100), 100, size(7, 8, 9)) == size(0, 0, 0)
    assert _beyond(size(101, 101, 101), 100, size(7, 8, 9, "bounded")) == size(7, 8, 9, "bounded")
    assert _beyond(size(0, None, None), 100, size(7, 8, 9)) == size(0, None, 9)
    assert _beyond(size(0, 50, 100), 100, size(7, 8, 9)) == size(0, 0, 0)


def test_a_quotient_takes_the_far_ends_and_the_weaker_basis() -> None:
    assert quotient(size(10, 20, 30, "declared"), size(2, 4, 5)) == Range(Decimal(2), Decimal(5), Decimal(15), "declared")
    assert quotient(size(10, 20, 30), size(2, 4, 5, "declared")).basis == "declared"
    assert quotient(size(0, 0, 0), size(0, 0, 0)) == size(0, 0, 0)
    assert quotient(size(10, 20, 30), size(2, 4, None)).low == 0
    assert quotient(size(1, 1, 1), size(1, 1, 1)) == Range.exact(Decimal(1))
    assert at_least(size(3, 4, 5, "bounded")) == size(3, None, None, "bounded")


def test_a_multiplied_price_is_the_configurations() -> None:
    made = _multiplied(TIERED, Decimal("0.5"))
    assert (made.source, made.rates["input"], made.tiers[1]["input"], made.tiers[1]["above"]) == ("config", Decimal(1), Decimal("1.5"), 100)


def line(low: int, high: int | None, basis: str = "exact") -> WorkloadLine:
    return WorkloadLine("model", "input", None, "request", Range(low, low, high, basis), Decimal(1), Range(low, low, high, basis))


def test_of_alternatives_the_cheapest_gives_the_low_end_and_the_dearest_the_high_one() -> None:
    cheap, middle, dear, open_ = [line(1, 50)], [line(2, 60)], [line(3, 70)], [line(4, None)]
    assert [(each.amount.low, each.amount.high) for each in _either([middle, dear, cheap])] == [(1, 0), (0, 70)]
    assert [(each.amount.low, each.amount.high) for each in _either([middle, open_, cheap])] == [(1, 0), (0, None)]
    assert [(each.amount.low, each.amount.high) for each in _either([[line(0, 0)], [line(5, 1)]])] == [(0, 0), (0, 1)]
    assert _either([[line(1, 90)], middle]) == [line(1, 90)]
    for low, ends in ((True, Range(3, None, 0, "declared")), (False, Range(0, None, 9, "declared"))):
        made = _ends(line(3, 9, "declared"), low=low)
        assert (made.quantity, made.amount) == (ends, ends)


def test_a_fixed_cost_is_shared_by_traffic_and_by_nothing_else_that_is_not_known() -> None:
    assert _share_of_fixed(Range.exact(100), Range.exact(1), Figures(traffic=Range.exact(50)), None) == Range.exact(Decimal(2))
    assert _share_of_fixed(Range.exact(100), Range.exact(1), Figures(), None) is None


def test_a_rate_for_each_request_is_a_line_of_its_own() -> None:
    price = Price("m", "p", {"input": Decimal(2), "output": Decimal(10), "requests_kcount": Decimal(5)})
    cost = cost_of(price, Range.exact(0), Output(Range.exact(0)), Range.exact(1), turns=Range.exact(4, "declared"))
    assert [(each.layer, each.unit, each.quantity, each.rate, each.amount, each.basis) for each in cost.lines if each.layer == "request"] == [
        ("request", "1,000 requests", Range.exact(4, "declared"), Decimal(5), Range.exact(Decimal("0.020"), "declared"), "declared")
    ]
    thinking = Price("m", "p", {"input": Decimal(2), "output": Decimal(10), "output_reasoning": Decimal(3)})
    made = cost_of(thinking, Range.exact(0), Output(Range.exact(1), Range.exact(1)), Range.exact(1))
    assert [(each.layer, each.rate) for each in made.lines] == [("input", Decimal(2)), ("output", Decimal(10)), ("reasoning", Decimal(3))]


def test_what_has_no_rate_is_no_line_and_what_is_free_is_one() -> None:
    asked = Asked("a.py::ask", "m", Price("m", "p", {"input": Decimal(0), "output": Decimal(10)}), Range.exact(5), Range.exact(5))
    used = [Meter("inference", unit, "", Range.exact(MILLION)) for unit in ("input", "output", "request")]
    found = [(each.layer, each.what, each.site, each.unit, each.rate, each.amount.low) for each in lines(asked, used)]
    assert found == [
        ("inference", "m", "a.py::ask", "1M input tokens", Decimal(0), 0),
        ("inference", "m", "a.py::ask", "1M output tokens", Decimal(10), 10),
    ]


def test_a_repetition_is_one_line_for_each_unit_model_and_call() -> None:
    one = WorkloadLine("inference", "m", "a", "input", Range.exact(100), Decimal(2), Range.exact(200))
    more = replace(one, layer="context", quantity=Range.exact(50), amount=Range.exact(100))
    others = (replace(one, unit="output"), replace(one, what="n"), replace(one, site="b"), replace(one, rate=Decimal(3)))
    found = repeated((one, more, *others, replace(one, unit="x", quantity=Range.exact(0))), Range.exact(Decimal("0.1")))
    tenth = [(10, 20)] * 4
    assert [(each.quantity.low, each.amount.low) for each in found] == [(15, 30), *tenth]
    assert {each.layer for each in found} == {"retries"}
    assert [(each.what, each.site, each.unit, each.rate) for each in found[1:]] == [(each.what, each.site, each.unit, each.rate) for each in others]


@pytest.mark.parametrize(("tokens", "rises"), [(100, []), (150, [Decimal(1)]), (250, [Decimal(1), Decimal(2)])])
def test_a_tier_that_is_none_hides_no_other(tokens: int, rises: list[Decimal]) -> None:
    used = meters(Asked("a", "m", TIERED, Range.exact(tokens), Range.exact(1)), Figures())
    assert [(each.layer, each.unit, each.quantity.low, each.more) for each in used if each.more is not None] == [("context", "input", tokens, rise) for rise in rises]
