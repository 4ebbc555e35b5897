"""Numbers, ranges and gaps in the shape of the report: whole numbers, decimals as text in plain notation."""

from __future__ import annotations

from decimal import Decimal

from costgate.model import report as doc
from costgate.model.finding import Gap
from costgate.model.money import Number, Range


def number(number: Number | None) -> int | str | None:
    """A number; a whole decimal stays text."""
    if number is None or isinstance(number, int):
        return number
    return format(number.normalize(), "f") if number else "0"


def range_doc(given: Range | None) -> doc.RangeDoc | None:
    """A range of anything but money, or null."""
    return None if given is None else span(given)


def span(given: Range) -> doc.RangeDoc:
    """A range of anything but money."""
    low = number(given.low)
    assert low is not None
    return {
        "low": low,
        "likely": number(given.likely),
        "high": number(given.high),
        "unbounded": given.unbounded,
        "basis": given.basis,
    }


def money(given: Range) -> doc.RangeDoc:
    """A range of money."""
    as_decimal = [None if each is None else Decimal(each) for each in (given.low, given.likely, given.high)]
    low, likely, high = ("0" if each == 0 else number(each) for each in as_decimal)
    return {**span(given), "low": str(low), "likely": likely, "high": high}


def money_doc(given: Range | None) -> doc.RangeDoc | None:
    """A range of money, or null."""
    return None if given is None else money(given)


def gap(gap: Gap) -> doc.GapDoc:
    """Something that could not be known."""
    span = gap.span
    return {"path": span.path if span else None, "line": span.line if span else None, "what": gap.what, "why": gap.why}
