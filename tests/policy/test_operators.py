"""The tests of the rule language on plain values, sets of values and ranges."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costgate.model.money import Range
from costgate.model.value import ABSENT, Known, Unknown
from costgate.policy.operators import OPERATORS, compare, is_state, number

HIDDEN = Unknown("hidden")
SETS = {
    "absent": (ABSENT, True, False, False),
    "empty list": ((), True, False, False),
    "known": (Known((400,)), False, True, False),
    "plain": ("chat", False, True, False),
    "false": (False, False, True, False),
    "zero": (0, False, True, False),
    "either": (Known((400, ABSENT)), None, None, False),
    "hidden": (HIDDEN, None, False, True),
}


@pytest.mark.parametrize(("datum", "absent", "known", "unknown"), SETS.values(), ids=SETS)
def test_states(datum, absent, known, unknown):
    assert [is_state(datum, word).truth for word in ("absent", "known", "unknown")] == [absent, known, unknown]


@pytest.mark.parametrize(
    ("datum", "operator", "operand", "truth"),
    [
        ("chat", "eq", "chat", True),
        ("chat", "eq", "Chat", False),
        (3, "eq", "3", True),
        (Decimal("0.50"), "eq", "0.5", True),
        (True, "eq", True, True),
        (True, "eq", 1, False),
        (1, "eq", True, False),
        ("1", "eq", 1, False),
        ("chat", "in", ("chat", "responses"), True),
        ("image", "in", ("chat", "responses"), False),
        (4, "in", (1, "4"), True),
        ("gpt-4o-mini", "matches", "gpt-4o*", True),
        ("x-gpt-4o", "matches", "gpt-4o*", False),
        ("a/b", "matches", ("c", "a*b"), True),
        (5, "matches", "5", False),
        ("src/a/b.py", "path_matches", "src/*", False),
        ("src/a/b.py", "path_matches", ("src/**",), True),
        (5, "gt", 4, True),
        (5, "gt", "5", False),
        (5, "gt", "4.99", True),
        (5, "ge", 5, True),
        (5, "le", 4, False),
        (5, "lt", Decimal("5.1"), True),
        ("2026-02-01", "lt", "2026-11-01", True),
        ("2026-02-01", "ge", "2026-02-01", True),
        ("400", "gt", 300, True),
        ("lots", "gt", 300, None),
        (None, "eq", 3, None),
        (True, "gt", 0, None),
        (Known((400, 500)), "gt", 300, True),
        (Known((400, 500)), "gt", 450, None),
        (Known((400, ABSENT)), "gt", 300, None),
        (Known((400, ABSENT)), "gt", 450, False),
        (ABSENT, "gt", 0, False),
        (ABSENT, "eq", "", False),
        (ABSENT, "lt", 5, False),
        (5, "gt", ABSENT, False),
        (HIDDEN, "eq", "chat", None),
        (5, "gt", HIDDEN, None),
        (HIDDEN, "in", (), False),
        (HIDDEN, "gt", None, False),
        (Range(1, 2, 3), "gt", 0, True),
        (Range(1, 2, 3), "gt", 1, None),
        (Range(1, 2, 3), "gt", 3, False),
        (Range(1, 2, None), "gt", 99, None),
        (Range(1, 2, None), "ge", 1, True),
        (Range(1, 2, 3), "lt", 4, True),
        (Range(1, 2, 3), "le", 3, True),
        (Range(4, None, 5), "gt", Range(1, 2, 3), True),
        (Range(3, None, 5), "gt", Range(1, 2, 4), None),
    ],
)
def test_comparisons(datum, operator, operand, truth):
    answer = compare(datum, operator, operand)
    assert answer.truth is truth
    assert bool(answer.why) is (truth is None)


@pytest.mark.parametrize(
    ("span", "end", "truth"),
    [
        (Range(1, 20, 30), "low", False),
        (Range(1, 20, 30), "likely", True),
        (Range(1, 5, 30), "likely", False),
        (Range(1, 5, 30), "high", True),
        (Range(1, 5, None), "high", None),
        (Range(11, 15, None), "high", True),
        (Range(1, None, 30), "likely", None),
        (Range(11, None, 30), "likely", True),
    ],
)
def test_one_end_of_a_range(span, end, truth):
    assert compare(span, "gt", 10, end).truth is truth


def test_what_nothing_bounds_is_over_a_limit_that_its_low_end_is_over():
    assert compare(Range(11, None, None), "lt", 10, "high").truth is False
    assert compare(Range(11, None, None), "lt", 20, "high").why == ("nothing bounds it",)
    assert compare(Range(1, None, None), "ge", 10, "high").why == ("nothing bounds it",)


def test_numbers_are_read_as_rules_write_them():
    assert [number(each) for each in (3, "3", "-0.25", Decimal(2))] == [3, Decimal(3), Decimal("-0.25"), Decimal(2)]
    assert [number(each) for each in (True, "1e9", "nan", "", " 3", "9" * 16, None, 1.5, ())] == [None] * 9


numbers = st.integers(-9, 9)
ranges = st.builds(
    lambda ends, open_end, basis: Range(min(ends), sorted(ends)[1], None if open_end else max(ends), basis),
    st.tuples(numbers, numbers, numbers),
    st.booleans(),
    st.sampled_from(("exact", "bounded")),
)


@given(ranges, numbers, st.sampled_from(("gt", "ge", "lt", "le")), st.integers(-9, 40))
def test_a_decided_range_holds_for_every_number_inside(span, limit, operator, inside):
    truth = compare(span, operator, limit).truth
    if truth is not None and span.low <= inside and (span.high is None or inside <= span.high):
        assert compare(inside, operator, limit).truth is truth


@given(ranges, numbers)
def test_opposites(span, limit):
    assert compare(span, "gt", limit).truth is span.above(limit)
    for one, other in (("gt", "le"), ("lt", "ge")):
        first, second = compare(span, one, limit).truth, compare(span, other, limit).truth
        assert (first is None) is (second is None)
        assert first is None or first is not second


members = st.sampled_from((1, 5, 9, ABSENT))


@given(
    st.lists(members, min_size=1, max_size=3),
    members,
    st.sampled_from(sorted(set(OPERATORS) - {"in", "matches", "path_matches"})),
)
def test_learning_more_never_flips_a_decision(values, limit, operator):
    truth = compare(Known(tuple(values)), operator, limit).truth
    for value in values:
        if truth is not None:
            assert compare(value, operator, limit).truth is truth


@pytest.mark.parametrize(
    ("datum", "globs", "truth"),
    [
        ("gpt-5", ("gpt-4*",), True),
        ("gpt-4.1", ("gpt-4*", "o3"), False),
        (Known(("gpt-4.1", "gpt-5")), ("gpt-4*",), None),
        (Unknown("hidden"), ("gpt-4*",), None),
        (ABSENT, ("gpt-4*",), False),
        ("gpt-5", (), False),
        (Unknown("hidden"), (), False),
    ],
)
def test_outside_is_for_lists_of_what_is_allowed_and_an_empty_list_is_off(datum, globs, truth):
    assert compare(datum, "outside", globs).truth is truth
