"""Everything that one request uses, by layer and unit, computed by hand; and at which rate each of it is paid."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from costgate.measure.caching import MORE, UNSAID, Writing
from costgate.measure.history import Turns
from costgate.measure.meters import Asked, Meter, lines, meters, rate_of, repeated, tokens_of
from costgate.model.money import Price, Range
from costgate.model.workload import Figures, WorkloadLine

D = Decimal
RATES = {
    "input": D(2), "output": D(10), "output_reasoning": D(12), "cache_read": D("0.5"), "cache_write": D(3),
    "batch_input": D(1), "batch_output": D(5), "requests_kcount": D(5),
}  # fmt: skip
TIER = {"above": 1500, "input": D(4), "output": D(20), "cache_read": D(1), "cache_write": D(3)}
PRICE = Price("m", "p", RATES, tiers=(TIER,))
MILLION = 1_000_000


def just(number: Decimal | int) -> Range:
    return Range.exact(number, "declared")


ASKED = Asked(
    "a", "m", PRICE, just(1000), just(10), thinking=just(7), fixed=just(300), retrieved=just(50), answers=just(2), calls=just(3),
    turns=Turns(just(4), "resend", just(200)), share=just(D("0.5")),
)  # fmt: skip
"""One and a half times four turns, which send 1,050, 1,250, 1,450 and 1,650 tokens."""


def told(asked: Asked, figures: Figures | None = None) -> list[tuple[str, str, str, Decimal | int, Decimal | None]]:
    found = list(meters(asked, figures or Figures()))
    assert all(each.quantity.low == each.quantity.likely == each.quantity.high for each in found)
    return [(each.layer, each.unit, each.way, each.quantity.low, each.more) for each in found]


def test_a_request_by_layer_and_unit() -> None:
    assert told(ASKED) == [
        ("inference", "input", "", 1050, None),
        ("context", "input", "", 2325, None),
        ("agents", "input", "", 4725, None),
        ("inference", "output", "", 30, None),
        ("agents", "output", "", 90, None),
        ("reasoning", "reasoning", "", 84, None),
        ("inference", "request", "", 6, None),
        ("context", "input", "", 2475, 2),
        ("context", "output", "", 30, 10),
        ("reasoning", "reasoning", "", 21, 8),
    ]


def test_what_is_cached_answered_without_a_call_sent_in_batches_and_thought_about_at_some_turns_only() -> None:
    figures = Figures(
        cache_hit=just(D("0.5")), cache_write=just(D("0.1")), batch=just(D("0.25")), reasoning_share=just(D("0.5")), response_cache=just(D("0.2"))
    )
    found = told(ASKED, figures)
    assert found[:17] == [
        ("inference", "input", "", 252, None),
        ("inference", "cache_read", "", 315, None),
        ("inference", "cache_write", "", 63, None),
        ("context", "input", "", 558, None),
        ("context", "cache_read", "", D("697.5"), None),
        ("context", "cache_write", "", D("139.5"), None),
        ("agents", "input", "", 1134, None),
        ("agents", "cache_read", "", D("1417.5"), None),
        ("agents", "cache_write", "", D("283.5"), None),
        ("inference", "output", "", 18, None),
        ("agents", "output", "", 54, None),
        ("reasoning", "reasoning", "", D("25.2"), None),
        ("inference", "request", "", D("3.6"), None),
        ("context", "input", "", 594, 2),
        ("context", "cache_read", "", D("742.5"), D("0.5")),
        ("context", "output", "", 18, 10),
        ("reasoning", "reasoning", "", D("6.3"), 8),
    ]
    third = [(layer, unit, "batch_", quantity / 3) for layer, unit, _, quantity, _ in found[:17]]
    assert [each[:4] for each in found[17:]] == third
    assert [each[4] for each in found[17:] if each[4] is not None] == [3, D("0.5"), 15, 8], "the tier lists no price of batches"


def test_a_share_in_batches_parts_the_request_unless_it_is_none_or_all_goes_that_way() -> None:
    def ways(own: str, batch: Range | None) -> dict[str, Decimal | int]:
        asked = Asked("a", "m", None, just(100), just(0), way=own)
        return {each.way: each.quantity.low for each in meters(asked, Figures(batch=batch))}

    some, none = just(D("0.25")), just(0)
    assert [ways("", each) for each in (some, none, None)] == [{"": 75, "batch_": 25}, {"": 100}, {"": 100}]
    assert [ways("batch_", each) for each in (some, none, None)] == [{"batch_": 100}] * 3
    assert ways("flex_", some) == {"flex_": 75, "batch_": 25}
    assert ways("", just(1)) == {"batch_": 100}


def test_a_call_without_a_price_is_told_in_tokens() -> None:
    assert told(Asked("a", "m", None, just(100), just(7))) == [("inference", "input", "", 100, None), ("inference", "output", "", 7, None)]
    free = replace(ASKED, price=replace(PRICE, rates={"input": D(2)}, tiers=()))
    assert "request" not in {unit for _, unit, *_ in told(free)}
    cold = replace(ASKED, caches=False)
    assert told(cold, Figures(cache_hit=just(D("0.5")))) == told(ASKED)


def test_tokens_are_what_is_neither_a_request_nor_a_surcharge() -> None:
    used = [
        Meter("inference", "input", "", just(5)), Meter("inference", "cache_read", "batch_", just(6)), Meter("reasoning", "reasoning", "", just(7)),
        Meter("inference", "request", "", just(100)), Meter("context", "input", "", just(100), D(1)), Meter("context", MORE, "", just(100)),
    ]  # fmt: skip
    assert tokens_of(used) == just(18)
    assert tokens_of(meters(ASKED, Figures())) == just(1050 + 2325 + 4725 + 30 + 90 + 84)


@pytest.mark.parametrize(
    ("unit", "way", "rate"),
    [
        ("input", "", 2),
        ("input", "batch_", 1),
        ("input", "flex_", 2),
        ("reasoning", "", 12),
        ("reasoning", "batch_", 12),
        ("request", "", 5),
        ("request", "batch_", 5),
        ("cache_read", "batch_", D("0.5")),
        ("cache_write_1h", "", 2),
        ("cache_write_1h", "batch_", 1),
        ("audio", "", None),
    ],
)
def test_a_way_without_a_rate_is_paid_at_the_standard_rate_and_caching_without_one_in_full(unit: str, way: str, rate: Decimal | None) -> None:
    assert rate_of(PRICE, unit, way) == rate
    plain = replace(PRICE, rates={"input": D(2), "output": D(10), "batch_output": D(5)})
    thinks = {"": 10, "batch_": 5}
    assert [rate_of(plain, "reasoning", each) for each in thinks] == [*thinks.values()], "thinking is output where nothing else is said"
    assert rate_of(plain, "request", "") is None
    assert rate_of(plain, "cache_read", "") == 2


def test_a_line_names_the_unit_the_way_and_the_tier() -> None:
    used = [
        Meter("inference", "input", "", just(MILLION)), Meter("inference", "output", "batch_", just(MILLION)), Meter("context", "input", "flex_", just(MILLION), D(3)),
        Meter("inference", "request", "", just(1000)), Meter("inference", "audio", "", just(1)), Meter("context", "output", "", just(MILLION), D(0)),
    ]  # fmt: skip
    assert [(each.layer, each.what, each.site, each.unit, each.quantity.low, each.rate, each.amount) for each in lines(ASKED, used)] == [
        ("inference", "m", "a", "1M input tokens", MILLION, 2, just(2)),
        ("inference", "m", "a", "1M output tokens (batch)", MILLION, 5, just(5)),
        ("context", "m", "a", "1M input tokens (flex), long context", MILLION, 3, just(3)),
        ("inference", "m", "a", "1,000 requests", 1000, 5, just(5)),
        ("context", "m", "a", "1M output tokens, long context", MILLION, 0, just(0)),
    ]


def test_what_nobody_says_of_caching_costs_more_or_less_than_in_full() -> None:
    more, less = UNSAID
    used = [Meter("inference", more, way, just(MILLION)) for way in ("", "batch_")] + [Meter("inference", less, way, just(MILLION)) for way in ("", "batch_")]
    assert [(each.unit, each.rate) for each in lines(replace(ASKED, writing=Writing(asked=True)), used)] == [
        (UNSAID[more], 1), (f"{UNSAID[more]} (batch)", 2), (UNSAID[less], D("-1.5")), (f"{UNSAID[less]} (batch)", D("-0.5")),
    ]  # fmt: skip
    tiers = [(each.unit, each.quantity.low, each.quantity.high, each.more) for each in meters(replace(ASKED, writing=Writing(asked=True)), Figures()) if each.more is not None]
    assert tiers[:3] == [("input", 2475, 2475, 2), (more, 0, 2475, -1), (less, 2475, 0, D("-1.5"))], "and in a tier by the difference of the differences"
    same = replace(ASKED, price=replace(PRICE, rates={"input": D(2), "cache_write": D(2), "cache_read": D(2), "output": D(1)}))
    assert list(lines(same, used)) == [], "where it costs the same there is nothing to tell"


def test_where_some_time_has_no_rate_nothing_bounds_what_writing_costs() -> None:
    used = [Meter("inference", unit, "", just(MILLION)) for unit in ("input", "cache_read", "cache_write", "cache_write_1h", MORE)]

    def amounts(writing: Writing) -> list[tuple[object, object, object]]:
        return [(each.amount.low, each.amount.likely, each.amount.high) for each in lines(replace(ASKED, writing=writing), used)]

    assert amounts(Writing(asked=True)) == [(2, 2, 2), (D("0.5"),) * 3, (3, 3, 3), (2, 2, 2), (1, 1, 1)]
    assert amounts(Writing(asked=True, open=True)) == [(2, 2, 2), (D("0.5"),) * 3, (3, None, None), (2, None, None), (1, 1, None)]


def test_a_tier_that_is_no_dearer_adds_nothing_and_one_above_it_starts_from_there() -> None:
    tiers = ({"above": 100, "input": D(1), "output": D(10)}, {"above": 200, "output": D(30)}, {"above": 300, "input": D(5), "output_reasoning": D(40)})
    asked = Asked("a", "m", replace(PRICE, rates={"input": D(2), "output": D(10)}, tiers=tiers), just(400), just(6), thinking=just(5))
    assert [each for each in told(asked) if each[4] is not None] == [
        ("context", "output", "", 6, 20),
        ("reasoning", "reasoning", "", 5, 20),
        ("context", "input", "", 400, 3),
        ("reasoning", "reasoning", "", 5, 10),
    ]
    endless = replace(asked, first=Range(0, None, None, "bounded"))
    assert [each.more for each in meters(endless, Figures()) if each.more is not None] == [], "no bound says nothing of a tier"
    likely = replace(asked, first=Range(0, 250, None, "bounded"))
    assert [each.more for each in meters(likely, Figures()) if each.more is not None] == [20, 20]
    may = replace(asked, first=Range(0, None, 250, "bounded"))
    assert [(each.quantity.low, each.quantity.high, each.more) for each in meters(may, Figures()) if each.more is not None] == [(0, 6, 20), (0, 5, 20)]


def test_a_tier_has_prices_of_batches_of_its_own() -> None:
    tiers = ({"above": 100, "input": D(3), "batch_input": D("1.5"), "batch_output": D(8)},)
    asked = Asked("a", "m", replace(PRICE, rates={"input": D(2), "output": D(10), "batch_input": D(1), "batch_output": D(5)}, tiers=tiers), just(400), just(6), way="batch_")
    assert [each for each in told(asked) if each[4] is not None] == [("context", "input", "batch_", 400, D("0.5")), ("context", "output", "batch_", 6, 3)]


def test_what_is_repeated_is_so_by_its_share() -> None:
    line = WorkloadLine("inference", "m", "a", "1M input tokens", just(100), D(2), just(50))
    assert repeated([line], Range(0, None, 1, "bounded")) == [replace(line, layer="retries", quantity=Range(0, None, 100, "bounded"), amount=Range(0, None, 50, "bounded"))]
    assert repeated([line], just(0)) == []
