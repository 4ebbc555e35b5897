"""The arithmetic of a bill, against published figures and by its laws."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.knowledge.prices import load_book
from costgate.measure.caching import Kept
from costgate.measure.cost import cost_of, has_rates
from costgate.measure.output import Output
from costgate.model.money import Cost, Price, Range, total

ONE = Range.exact(1)


def listed(model: str) -> Price:
    price = load_book().find(model, None)
    assert price is not None
    return price


def flat(number: int) -> Range:
    return Range.exact(number, "declared")


def dollars(cost: Cost) -> Decimal:
    assert cost.per_call is not None
    assert cost.per_call.low == cost.per_call.likely == cost.per_call.high
    return Decimal(cost.per_call.low)


@pytest.mark.parametrize(
    ("model", "expected"),
    [("gpt-4.1", "0.1088"), ("claude-3-7-sonnet", "0.1740"), ("deepseek-chat", "0.01476")],
)
def test_support_agent_of_eight_turns(model: str, expected: str) -> None:
    """8 turns of 5,000 tokens, 1,600 visible and 2,000 thinking tokens back."""
    cost = cost_of(listed(model), flat(5_000), Output(flat(200), flat(250)), ONE, turns=flat(8))
    assert dollars(cost) == Decimal(expected)
    assert [line.layer for line in cost.lines] == ["input", "output", "reasoning"]
    assert [line.quantity.low for line in cost.lines] == [40_000, 1_600, 2_000]


def test_chatbot_prompt_edit() -> None:
    price = listed("gpt-4o")
    before = dollars(cost_of(price, flat(600 + 800 + 45), Output(flat(220)), ONE))
    after = dollars(cost_of(price, flat(2_400 + 800 + 45), Output(flat(220)), ONE))
    assert (before, after) == (Decimal("0.0058125"), Decimal("0.0103125"))
    assert (before * 180_000, after * 180_000) == (Decimal("1046.25"), Decimal("1856.25"))
    assert (after - before) * 180_000 == 810


def test_a_days_accident() -> None:
    tokens = 180_000 * 2_000 * 133 // 100
    price = Price("m", "p", {"input": Decimal(5)})
    assert tokens == 478_800_000
    assert dollars(cost_of(price, flat(tokens), Output(Range.exact(0)), ONE)) == 2_394


def test_context_window_tax() -> None:
    price = listed("gpt-4o")
    turns = [700 + 250 * turn for turn in range(20)]
    assert (turns[0], turns[9], turns[19], sum(turns)) == (700, 2_950, 5_450, 61_500)
    each = [dollars(cost_of(price, flat(turn), Output(Range.exact(0)), ONE)) for turn in turns]
    assert sum(each) == dollars(cost_of(price, flat(61_500), Output(Range.exact(0)), ONE)) == Decimal("0.15375")


def test_an_uncapped_answer_costs_up_to_the_window() -> None:
    cost = cost_of(listed("gpt-5"), flat(0), Output(Range(0, None, 128_000, "bounded")), ONE)
    assert cost.per_call is not None and cost.per_call.high == Decimal("1.28")
    assert cost.per_call.basis == "bounded"


def test_samples_repeat_the_answer_and_not_the_question() -> None:
    price = Price("m", "p", {"input": Decimal(1), "output": Decimal(10)})
    cost = cost_of(price, flat(1_000_000), Output(flat(1_000_000)), Range.exact(3))
    assert dollars(cost) == 1 + 30


def test_an_unknown_rate_is_an_unknown_cost() -> None:
    assert cost_of(Price("m", "p", {"output": Decimal(1)}), flat(1), Output(flat(1)), ONE) == Cost(None)
    assert cost_of(Price("m", "p", {"input": Decimal(1)}), flat(1), Output(flat(1)), ONE) == Cost(None)
    assert cost_of(Price("m", "p", {"audio_hours": Decimal(1)}), flat(1), Output(flat(1)), ONE) == Cost(None)
    assert cost_of(Price("m", "p", {"batch_input": Decimal(1)}), flat(1), Output(flat(1)), ONE) == Cost(None)


def test_ways_of_processing() -> None:
    price = listed("gpt-4o")
    assert has_rates(price, "batch_") and not has_rates(price, "flex_")
    standard = dollars(cost_of(price, flat(1_000), Output(flat(100)), ONE))
    assert dollars(cost_of(price, flat(1_000), Output(flat(100)), ONE, "batch_")) == standard / 2
    assert dollars(cost_of(price, flat(1_000), Output(flat(100)), ONE, "flex_")) == standard


def test_a_fee_per_request() -> None:
    cost = cost_of(listed("sonar"), flat(0), Output(flat(0)), ONE)
    assert dollars(cost) == Decimal("0.012")


TIERED = Price(
    "m",
    "p",
    {"input": Decimal(2), "output": Decimal(10)},
    tiers=({"above": 1_000, "input": Decimal(4), "output": Decimal(15)}, {"above": 5_000, "input": Decimal(6)}),
)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [(1_000, "0.003"), (1_001, "0.005504"), (5_000, "0.0215"), (5_001, "0.031506")],
)
def test_a_long_request_is_billed_whole_at_its_tier(sent: int, expected: str) -> None:
    assert dollars(cost_of(TIERED, flat(sent), Output(flat(100)), ONE)) == Decimal(expected)


def test_a_range_across_a_tier_is_surcharged_at_its_upper_end_only() -> None:
    cost = cost_of(TIERED, Range(500, 800, 2_000, "declared"), Output(flat(100)), ONE)
    assert cost.per_call is not None
    assert (cost.per_call.low, cost.per_call.likely, cost.per_call.high) == (
        Decimal("0.002"),
        Decimal("0.0026"),
        Decimal("0.0095"),
    )
    assert {line.layer for line in cost.lines} == {"input", "output", "long context"}


def test_an_unbounded_prompt_gets_no_surcharge_line_that_says_nothing() -> None:
    cost = cost_of(TIERED, Range(500, None, None, "exact"), Output(flat(100)), ONE)
    assert [line.layer for line in cost.lines] == ["input", "output"]
    assert cost.per_call is not None and cost.per_call.high is None


@st.composite
def sizes(draw: st.DrawFn) -> Range:
    low = draw(st.integers(0, 4_000))
    likely = draw(st.none() | st.integers(low, low + 4_000))
    high = draw(st.none() | st.integers(likely or low, 20_000))
    return Range(low, likely, high, "declared")


@settings(deadline=None)
@given(sizes(), sizes(), st.integers(1, 5))
def test_lines_add_up_and_quantity_times_rate_is_amount(sent: Range, back: Range, answers: int) -> None:
    cost = cost_of(TIERED, sent, Output(back), Range.exact(answers))
    assert cost.per_call == total(line.amount for line in cost.lines)
    for line in cost.lines:
        assert line.amount == line.quantity.times(line.rate / 1_000_000)
    found = cost.per_call
    assert found is not None
    ends = [end for end in (found.low, found.likely, found.high) if end is not None]
    assert ends == sorted(ends)


@settings(deadline=None)
@given(sizes(), st.integers(1, 3_000))
def test_more_tokens_never_cost_less(sent: Range, more: int) -> None:
    grown = Range(
        sent.low + more,
        None if sent.likely is None else sent.likely + more,
        None if sent.high is None else sent.high + more,
        "declared",
    )
    small, large = (cost_of(TIERED, each, Output(flat(10)), ONE).per_call for each in (sent, grown))
    assert small is not None and large is not None
    assert small.low < large.low
    assert small.high is None or (large.high is not None and small.high < large.high)


def test_what_the_cache_takes_is_billed_at_its_own_rates() -> None:
    kept = Kept(Range.exact(Decimal("0.5")), Range.exact(Decimal("0.25")))
    cost = cost_of(listed("claude-haiku-4-5"), flat(2_000), Output(flat(100)), ONE, kept=kept)
    assert dollars(cost) == (500 * Decimal(1) + 1000 * Decimal("0.1") + 500 * Decimal("1.25") + 100 * Decimal(5)) / 1_000_000
    assert [line.layer for line in cost.lines] == ["input", "cache read", "cache write", "output"]
    # a request beyond the tier is billed at the tier's rates, what is cached at its cached one
    long = cost_of(listed("gemini-2.5-pro"), flat(300_000), Output(flat(0)), ONE, kept=Kept(Range.exact(Decimal("0.5"))))
    assert dollars(long) == (150_000 * Decimal("2.5") + 150_000 * Decimal("0.25")) / 1_000_000


def test_a_model_without_cache_rates_is_billed_as_if_nothing_were_cached() -> None:
    model = listed("gpt-4")
    assert "cache_read" not in model.rates
    plain = cost_of(model, flat(2_000), Output(flat(100)), ONE)
    assert cost_of(model, flat(2_000), Output(flat(100)), ONE, kept=Kept(Range.exact(Decimal("0.5")))) == plain
