"""Percentiles, growth of conversations and spikes: against plain computations and made-up courses of things."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.usage.growth import growth_of
from costgate.usage.spikes import Day, spikes_of
from costgate.usage.tally import Tally, rounded


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=300))
def test_percentiles_hold_to_three_digits(values: list[int]) -> None:
    tally = Tally()
    for value in values:
        tally.add(value)
    ordered = sorted(values)
    for percent in (5, 50, 95, 99):
        exact = ordered[max(-(-len(values) * percent // 100), 1) - 1]
        (found,) = tally.percentiles((percent,))
        assert found == rounded(exact)
        assert abs(found - exact) <= exact / 200
    spread = tally.spread()
    assert spread is not None
    assert abs(spread.likely - mean(values)) <= 0.5
    assert spread.low <= spread.likely <= spread.high <= spread.most
    assert len(tally.counts) <= 7000


def test_nothing_has_no_spread() -> None:
    assert Tally().spread() is None


def session(*sent: int) -> list[tuple[int, int]]:
    return [(turn, tokens) for turn, tokens in enumerate(sent)]


@pytest.mark.parametrize(
    ("sessions", "regime", "per_turn"),
    [
        ([session(*[900] * 8)] * 3, "flat", 0),
        ([session(1000, 1040, 990, 1010, 1030)] * 2, "flat", 0),
        ([session(*[700 + 250 * turn for turn in range(20)])] * 5, "linear", 250),
        ([session(*[700 + 250 * turn + (90 if turn % 2 else -90) for turn in range(12)])], "linear", 266),
        ([session(*[500 + 60 * turn * turn for turn in range(12)])] * 4, "quadratic", 660),
        # what a window bounds is linear at first and flat then: no more than linear
        ([session(*[min(700 + 250 * turn, 1450) for turn in range(10)])], "linear", 83),
    ],
)  # fmt: skip
def test_regimes(sessions: list[list[tuple[int, int]]], regime: str, per_turn: int) -> None:
    found = growth_of(sessions)
    assert found is not None
    assert (found.regime, found.per_turn, found.sessions) == (regime, per_turn, len(sessions))


def test_turns_are_put_in_order_and_short_conversations_tell_nothing() -> None:
    backwards = session(*[700 + 250 * turn for turn in range(6)])[::-1]
    found = growth_of([backwards, session(5, 9)])
    assert found is not None and (found.regime, found.sessions) == ("linear", 1)
    assert growth_of([session(1, 2, 3)]) is None
    assert growth_of([]) is None


def days(*figures: tuple[int, int, int]) -> dict[str, Day]:
    start = date(2026, 11, 1)
    return {(start + timedelta(at)).isoformat(): Day(*each) for at, each in enumerate(figures)}


def test_a_day_with_longer_answers_and_a_day_with_more_of_everything() -> None:
    usual = (100, 50_000, 20_000)
    found = spikes_of(days(*[usual] * 8, (100, 50_000, 120_000), usual))
    assert [(spike.day, spike.what) for spike in found] == [("2026-11-09", "output per request")]
    assert found[0].factor == 6
    found = spikes_of(days(*[usual] * 8, (400, 200_000, 80_000)))
    assert [(spike.what, spike.factor) for spike in found] == [("tokens a day", 4)]


def test_no_spike_without_a_week_to_compare_with() -> None:
    assert spikes_of(days((1, 10, 10), (1, 10, 10), (1000, 10**6, 10**6))) == ()
    assert spikes_of({}) == ()
    assert spikes_of(days(*[(0, 0, 0)] * 5, (5, 100, 100))) == (), "from nothing to something is a start"
