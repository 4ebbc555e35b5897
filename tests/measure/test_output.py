"""How much can come back: caps, windows, declarations and thinking."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costgate.knowledge.reasoning import Habit
from costgate.measure.output import Output, highest, output_of, repetitions
from costgate.model.config import Profile
from costgate.model.money import Price, Range
from costgate.model.snapshot import Reasoning
from costgate.model.value import ABSENT, Known, Unknown, Value

WINDOW = 16_384
PRICE = Price("m", "p", {"input": Decimal(1), "output": Decimal(2)}, max_output=WINDOW, context_window=128_000)
STILL = Reasoning(False, False, None, None)
QUIET = Profile("")


def up_to(limit: int | None) -> Range:
    return Range(0, None, limit, "bounded")


@pytest.mark.parametrize(
    ("cap", "high"),
    [
        (Known((400,)), 400),
        (Known((400, 900)), 900),
        (Known(("512",)), 512),
        (Known((Decimal(256),)), 256),
        (Known((400, ABSENT)), WINDOW),
        (Known((None,)), WINDOW),
        (Known((-1,)), WINDOW),
        (Known((0,)), WINDOW),
        (Known((True,)), WINDOW),
        (Known(("many",)), WINDOW),
        (Known(("9" * 5000,)), WINDOW),
        (Known((Decimal("NaN"),)), WINDOW),
        (Known((Decimal("1E+999999"),)), WINDOW),
        (Known((Decimal("-Infinity"),)), WINDOW),
        (Known((Decimal("2.5"),)), WINDOW),
        (Known((10**5000,)), WINDOW),
        (Known(()), WINDOW),
        (Known((10**9,)), WINDOW),
        (ABSENT, WINDOW),
        (Unknown("splat"), WINDOW),
    ],
)
def test_a_cap_bounds_the_answer(cap: Value, high: int) -> None:
    assert output_of(cap, PRICE, QUIET, STILL, Habit()) == Output(up_to(high))


def test_without_a_known_window_nothing_bounds_it() -> None:
    assert output_of(ABSENT, None, QUIET, STILL, Habit()).billed.unbounded
    assert output_of(Known((50,)), None, QUIET, STILL, Habit()).billed == up_to(50)
    small = Price("m", "p", {}, context_window=8_192)
    assert output_of(ABSENT, small, QUIET, STILL, Habit()).billed == up_to(8_192)


def test_a_declaration_gives_the_likely_size_and_a_cap_still_cuts_it() -> None:
    declared = Profile("", output_tokens=Range(100, 220, 600, "declared"))
    assert output_of(ABSENT, PRICE, declared, STILL, Habit()).billed == Range(100, 220, 600, "declared")
    assert output_of(Known((300,)), PRICE, declared, STILL, Habit()).billed == Range(100, 220, 300, "declared")
    open_ended = Profile("", output_tokens=Range(0, 220, None, "declared"))
    assert output_of(ABSENT, PRICE, open_ended, STILL, Habit()).billed == Range(0, 220, WINDOW, "declared")


def test_thinking_within_the_cap_does_not_raise_it() -> None:
    thinking = Reasoning(True, False, None, 4_000)
    answer = output_of(Known((10_000,)), PRICE, QUIET, thinking, Habit(within=True))
    assert answer == Output(up_to(6_000), up_to(4_000))
    assert answer.billed == up_to(10_000)
    assert output_of(Known((1_000,)), PRICE, QUIET, thinking, Habit(within=True)).billed == up_to(1_000)
    free = Reasoning(True, True, "high", None)
    assert output_of(Known((1_000,)), PRICE, QUIET, free, Habit(within=True)) == Output(up_to(1_000))


def test_thinking_beside_the_cap_comes_on_top() -> None:
    habit = Habit(within=False)
    assert output_of(Known((1_000,)), PRICE, QUIET, Reasoning(True, True, None, 500), habit).billed == up_to(1_500)
    assert output_of(Known((1_000,)), PRICE, QUIET, Reasoning(None, None, None, None), habit).billed == up_to(
        1_000 + WINDOW
    )
    assert output_of(Known((1_000,)), PRICE, QUIET, STILL, habit).billed == up_to(1_000)


def test_declared_thinking_is_a_part_of_its_own() -> None:
    declared = Profile("", output_tokens=Range.exact(200, "declared"), reasoning_tokens=Range.exact(250, "declared"))
    answer = output_of(ABSENT, PRICE, declared, Reasoning(True, True, None, None), Habit())
    assert answer == Output(Range.exact(200, "declared"), Range.exact(250, "declared"))
    capped = output_of(Known((300,)), PRICE, declared, Reasoning(True, True, None, None), Habit())
    assert capped.billed == Range.exact(300, "declared")


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (ABSENT, Range.exact(1)),
        (Known((3,)), Range.exact(3)),
        (Known((1, 4)), Range(1, None, 4)),
        (Known((ABSENT, 4)), Range(1, None, 4)),
        (Known((None,)), Range.exact(1)),
        (Unknown("splat"), Range(1, 1, None, "assumed")),
    ],
)
def test_repetitions(samples: Any, expected: Range) -> None:
    assert repetitions(samples) == expected


def test_highest_of_nothing_is_what_holds_otherwise() -> None:
    assert highest(ABSENT, None) is None
    assert highest(Known((5, 7)), None) == 7
