"""Amounts as people write them (`40_000/day`, `2M`, `15%`, `5x400 tokens`), as ranges of exact decimals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from costgate.config.check import spell
from costgate.config.document import Document
from costgate.knowledge.strict import nearest
from costgate.model.money import Number, Range
from costgate.model.workload import DAYS

Place: TypeAlias = "tuple[str | int, ...]"

MOST = Decimal(10) ** 12
"""No sum, no traffic of a month and no number of tokens of anybody is larger."""
MOST_TOKENS = 10**9

_SCALES = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9}
_NUMBER = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?)([kMB]?)\Z")
_TIMES = re.compile(r" *[x×*] *")
_PERIODS: Mapping[str, tuple[Decimal, Decimal]] = {
    "minute": (Decimal(DAYS * 24 * 60), Decimal(1)),
    "hour": (Decimal(DAYS * 24), Decimal(1)),
    "day": (Decimal(DAYS), Decimal(1)),
    "week": (Decimal(DAYS), Decimal(7)),
    "month": (Decimal(1), Decimal(1)),
    "year": (Decimal(1), Decimal(12)),
}
_SHORT = {"min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "yr": "year"}


def amount(document: Document, place: Place, written: Any, most: Number = MOST) -> Range:
    """A number, low..high, or an object of low, likely and high."""
    return _range(document, place, written, lambda at, text: _number(document, at, text, most))


def tokens(document: Document, place: Place, written: Any) -> Range:
    """Like `amount`, for whole tokens."""
    found = amount(document, place, written, MOST_TOKENS)
    for end in (found.low, found.likely, found.high):
        if end is not None and end != int(end):
            raise document.error(place, f"{spell(place)} must be whole tokens, not {end}")
    return Range(int(found.low), _whole(found.likely), _whole(found.high), found.basis)


def money(document: Document, place: Place, written: Any) -> Decimal:
    """One plain amount of money."""
    return Decimal(_number(document, place, str(written), MOST))


def share(document: Document, place: Place, written: Any, most: Number = 1) -> Range:
    """A share such as 15% or 0.15, at most `most`."""
    return _range(document, place, written, lambda at, text: _share(document, at, text, most))


def per_month(document: Document, place: Place, written: Any, what: str, most: Number = MOST) -> Range:
    """An amount per time as an amount per month; more than nothing."""
    if isinstance(written, str) and ".." in written:
        ends, slash, unit = written.partition("/")
        low, _, high = ends.partition("..")
        written = {"low": f"{low}{slash}{unit}", "high": f"{high}{slash}{unit}"}
    found = _range(document, place, written, lambda at, text: _per_time(document, at, text, most))
    if not found.low:
        raise document.error(place, f"{spell(place)} must be more than no {what}", "leave it out where it is not known")
    return found


def product(document: Document, place: Place, written: str) -> tuple[Range, Range]:
    """`5x400 tokens`: how many, and how large each is."""
    words = re.sub(r" *tokens?\Z", "", written)
    many, _, each = _TIMES.sub("x", words).partition("x")
    return amount(document, place, many, MOST_TOKENS), tokens(document, place, each)


def _range(document: Document, place: Place, written: Any, read: Callable[[Place, str], Number]) -> Range:
    if isinstance(written, Mapping):
        ends = {name: read((*place, name), str(end)) for name, end in written.items()}
        low, likely, high = ends.get("low", 0), ends.get("likely"), ends.get("high")
    else:
        first, dots, last = str(written).partition("..")
        low = read(place, first.strip())
        high = read(place, last.strip()) if dots else low
        likely = None if dots else low
    named = [number for number in (low, likely, high) if number is not None]
    if named != sorted(named):
        raise document.error(place, f"{spell(place)} must grow from low to likely to high")
    if low == high:
        likely = low
    return Range(low, likely, high, "declared")


def _number(document: Document, place: Place, text: str, most: Number) -> Number:
    found = _NUMBER.match(text)
    if found is None:
        raise document.error(place, f"{spell(place)}: {text[:40]!r} is not a number", "write it as 400, 2_500, 2.5k or 3M")
    number = Decimal(found[1].replace("_", "")) * _SCALES[found[2]]
    if number > most:
        raise document.error(place, f"{spell(place)}: {text[:40]} is more than {most:,}", "check the unit")
    return int(number) if number == number.to_integral_value() else number


def _share(document: Document, place: Place, text: str, most: Number) -> Number:
    number, percent = (text[:-1].strip(), True) if text.endswith("%") else (text, False)
    found = Decimal(_number(document, place, number, MOST))
    part = found / 100 if percent else found
    if part > (most if percent else 1):
        hint = f"did you mean {text}%?" if not percent and found <= most * 100 else ""
        limit = f"{most * 100:,}%" if percent else "1, which is 100%"
        raise document.error(place, f"{spell(place)}: {text[:40]} is more than {limit}", hint)
    return int(part) if part == part.to_integral_value() else part


def _per_time(document: Document, place: Place, text: str, most: Number) -> Number:
    written, slash, unit = text.partition("/")
    unit = unit.strip()
    period = _SHORT.get(unit, unit.removesuffix("s") if unit not in _PERIODS else unit)
    if not slash or period not in _PERIODS:
        meant = nearest(unit, _PERIODS)
        hint = f'did you mean "/{meant}"?' if meant else f"known: {', '.join(f'/{each}' for each in _PERIODS)}"
        told = f"unknown unit {unit[:20]!r}" if unit else "says not per what"
        raise document.error(place, f"{spell(place)}: {told}", hint)
    number = Decimal(1)
    for factor in _TIMES.split(written.strip()):
        number *= _number(document, place, factor.strip(), MOST)
    times, over = _PERIODS[period]
    month = number * times / over
    if month > most:
        raise document.error(place, f"{spell(place)}: {text[:40]} is more than {most:,} a month", "check the unit")
    return int(month) if month == month.to_integral_value() else month


def _whole(end: Number | None) -> int | None:
    return None if end is None else int(end)
