"""Numbers never claim more than is known."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costgate.model.report import RangeDoc
from costgate.render import figures

MONEY = st.decimals(min_value=Decimal("-1e9"), max_value=Decimal("1e9"), allow_nan=False, places=12)


def spread(low: int | str, high: int | str | None, basis: str = "exact", likely: int | str | None = None) -> RangeDoc:
    return {"low": low, "likely": likely, "high": high, "unbounded": high is None, "basis": basis}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("-0.000", "0"),
        ("0.0021", "0.0021"),
        ("0.00363333333333333333333333333333", "0.00363"),
        ("0.0100", "0.01"),
        ("10.5", "10.5"),
        ("1046.25", "1,050"),
        ("12812", "12,800"),
        ("999.6", "1,000"),
        ("0.0000000815", "0.0000000815"),
        ("-3.14159", "-3.14"),
    ],
)
def test_three_significant_digits(number: str, text: str) -> None:
    assert figures.amount(Decimal(number)) == text


@given(MONEY)
def test_an_amount_is_near_and_plain(number: Decimal) -> None:
    text = figures.amount(number)
    assert "E" not in text
    assert abs(Decimal(text.replace(",", "")) - number) <= abs(number) * Decimal("0.005")


@pytest.mark.parametrize(
    ("doc", "text"),
    [
        (None, "?"),
        (spread("0.0021", "0.0105"), "$0.0021–0.0105"),
        (spread("0.0021", "0.0021"), "$0.0021"),
        (spread("0.00210001", "0.00210002"), "$0.0021"),
        (spread("0.0021", None), "$0.0021+"),
        (spread("0.0021", "0.0105", "calibrated"), "≈$0.0021–0.0105"),
        (spread("0", "0"), "$0"),
    ],
)
def test_money(doc: RangeDoc | None, text: str) -> None:
    assert figures.money(doc, "USD") == text


def test_money_of_a_thousand_calls_and_in_another_currency() -> None:
    assert figures.money(spread("0.0021", "0.0105"), "USD", 1000) == "$2.1–10.5"
    assert figures.money(spread("0.0021", "0.0105"), "CHF") == "CHF 0.0021–0.0105"


@pytest.mark.parametrize(
    ("doc", "text"),
    [
        (None, "?"),
        (spread("0.0021", "0.0105"), "+$0.0021–0.0105"),
        (spread("-0.0105", "-0.0021"), "-$0.0021–0.0105"),
        (spread("-0.002", "0.004"), "-$0.002 to +$0.004"),
        (spread("0.004", "-0.002"), "-$0.002 to +$0.004"),
        (spread("0.0105", "0.0021"), "+$0.0021–0.0105"),
        (spread("0", "0.01"), "+$0–0.01"),
        (spread("0", "0"), "$0"),
        (spread("0.0021", None), "+$0.0021 or more"),
        (spread("-0.0021", None), "-$0.0021 or more"),
        (spread("1", "1", "assumed"), "≈+$1"),
    ],
)
def test_money_change(doc: RangeDoc | None, text: str) -> None:
    assert figures.money_change(doc, "USD") == text


@pytest.mark.parametrize(
    ("doc", "text"),
    [
        (None, "?"),
        (spread(1445, 1445), "1,445"),
        (spread(1200, 1900), "1,200–1,900"),
        (spread(1200, None), "1,200+"),
        (spread(11873, 12960, "calibrated"), "≈11,900–13,000"),
        (spread(1445, 1449, "declared"), "1,445–1,449"),
    ],
)
def test_tokens(doc: RangeDoc | None, text: str) -> None:
    assert figures.tokens(doc) == text


def test_token_change() -> None:
    assert figures.token_change(spread(1820, 1820)) == "+1,820"
    assert figures.token_change(spread(-1445, -1445)) == "-1,445"
    assert figures.token_change(spread(1447, 1447, "calibrated")) == "≈+1,450"
    assert figures.token_change(spread(0, 0)) == "0"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "none"), (0, 9, "0%"), (1, 1000, "<1%"), (999, 1000, "99%"), (9, 9, "100%"), (3, 4, "75%")],
)
def test_share_is_all_only_for_all(part: int, whole: int, text: str) -> None:
    assert figures.share(part, whole) == text


def test_size_ranks_the_likely_before_the_upper_end() -> None:
    assert figures.size(spread("1", "9", likely="2")) == 2
    assert figures.size(spread("1", "9")) == 9
    assert figures.size(spread("1", None)) == 1
    assert figures.size(None) < figures.size(spread("0", "0"))


def test_plural() -> None:
    assert [figures.plural(number, "call") for number in (0, 1, 2, 1200)] == [
        "0 calls",
        "1 call",
        "2 calls",
        "1,200 calls",
    ]
