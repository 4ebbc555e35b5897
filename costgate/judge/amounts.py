"""Ranges as the report writes them: whole tokens, and money as decimal strings."""

from __future__ import annotations

from decimal import Decimal

from costgate.model import report as doc
from costgate.model.money import Number, Range


def number(given: Number | None) -> int | str | None:
    """An int as it is, a Decimal in plain notation."""
    if given is None or isinstance(given, int):
        return given
    return format(given.normalize(), "f") if given else "0"


def tokens(given: Range) -> doc.RangeDoc:
    """A range with its numbers as they are."""
    low = number(given.low)
    assert low is not None
    return {
        "low": low,
        "likely": number(given.likely),
        "high": number(given.high),
        "unbounded": given.unbounded,
        "basis": given.basis,
    }


def money(given: Range | None) -> doc.RangeDoc | None:
    """A range of money; None where it is not known."""
    if given is None:
        return None
    as_decimal = [None if each is None else Decimal(each) for each in (given.low, given.likely, given.high)]
    made = tokens(given)
    low, likely, high = ("0" if each == 0 else number(each) for each in as_decimal)
    return {**made, "low": str(low), "likely": likely, "high": high}
