"""How numbers read: three significant digits, ranges, `?` for unknown, `+` for unbounded, `≈` for an estimate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

from costgate.model.report import RangeDoc

UNKNOWN = "?"
_THREE = Context(prec=3, rounding=ROUND_HALF_EVEN)
_WIDE = Context(prec=60)
_ESTIMATED = frozenset({"calibrated", "assumed"})
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def amount(number: Decimal) -> str:
    """Three significant digits in plain notation, thousands grouped: `0.0021`, `10.5`, `12,800`."""
    rounded = _THREE.plus(number)
    if not rounded:
        return "0"
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: int) -> str:
    """A whole number with thousands separators, all digits."""
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """A percentage that says 100 only for all and 0 only for none."""
    if not whole:
        return "none"
    if 0 < part * 100 < whole:
        return "<1%"
    return f"{part * 100 // whole}%"


def money(doc: RangeDoc | None, currency: str, calls: int = 1) -> str:
    """What `calls` requests cost: `$0.0021–0.0105`, `$0.0021+` without an upper bound, `≈$0.0021` for an estimate."""
    if doc is None:
        return UNKNOWN
    low, high = (_scaled(end, calls) for end in (doc["low"], doc["high"]))
    sign = _sign(currency)
    if low is not None and low < 0:
        rest = "+" if high is None else "" if high == low else f" to {'-' if high < 0 else ''}{sign}{amount(abs(high))}"
        return f"{_mark(doc)}-{sign}{amount(abs(low))}{rest}"
    return f"{_mark(doc)}{sign}{_between(amount(low or Decimal(0)), None if high is None else amount(high))}"


def money_change(doc: RangeDoc | None, currency: str, calls: int = 1) -> str:
    """A difference in money, signed: `+$0.0021–0.0105`, `-$0.002 to +$0.004`, `+$0.0021 or more`."""
    return UNKNOWN if doc is None else _mark(doc) + _change(doc, calls, _sign(currency), amount)


def tokens(doc: RangeDoc | None) -> str:
    """`1,445`, `1,200–1,900`, `1,200+`; an estimate is `≈` with three significant digits."""
    if doc is None:
        return UNKNOWN
    low, high = (None if end is None else _tokens(int(end), doc) for end in (doc["low"], doc["high"]))
    return f"{_mark(doc)}{_between(low or '0', high)}"


def token_change(doc: RangeDoc | None) -> str:
    """A difference in tokens, signed: `+1,820`."""
    return UNKNOWN if doc is None else _mark(doc) + _change(doc, 1, "", lambda end: _tokens(int(end), doc))


def signed(number: int) -> str:
    """`+1,820`, `-40`, `0`."""
    return f"{number:+,}" if number else "0"


def size(doc: RangeDoc | None) -> Decimal:
    """One number to rank by: the likely value, else the upper end, else the lower; -1 for unknown."""
    if doc is None:
        return Decimal(-1)
    return next(Decimal(end) for end in (doc["likely"], doc["high"], doc["low"]) if end is not None)


def apart(doc: RangeDoc | None, spelled: str, ends: Sequence[object]) -> str:
    """A difference as it is spelled. None where the ends differ: a wrapper's own request, which its callers carry."""
    return "counted at its callers" if doc is not None and is_zero(doc) and ends[0] != ends[1] else spelled


def is_zero(doc: RangeDoc) -> bool:
    """Whether a known difference is none at all."""
    return not doc["unbounded"] and all(end is not None and not Decimal(end) for end in (doc["low"], doc["high"]))


def _scaled(end: int | str | None, calls: int) -> Decimal | None:
    return None if end is None else _WIDE.multiply(Decimal(end), Decimal(calls))


def _sign(currency: str) -> str:
    return _SIGNS.get(currency, f"{currency} ")


def _mark(doc: RangeDoc) -> str:
    return "≈" if doc["basis"] in _ESTIMATED else ""


def _tokens(number: int, doc: RangeDoc) -> str:
    return amount(Decimal(number)) if doc["basis"] in _ESTIMATED else count(number)


def _between(low: str, high: str | None) -> str:
    if high is None:
        return f"{low}+"
    return low if low == high else f"{low}–{high}"


def _change(doc: RangeDoc, calls: int, unit: str, spell: Callable[[Decimal], str]) -> str:
    """Sorted by value: a delta is taken end by end, so its low end can be the larger number."""
    known = sorted(end for end in (_scaled(doc["low"], calls), _scaled(doc["high"], calls)) if end is not None)
    low, high = known[0], known[-1]
    if doc["high"] is None:
        return f"{_signed(low, unit, spell)} or more"
    if low < 0 < high:
        return f"{_signed(low, unit, spell)} to {_signed(high, unit, spell)}"
    near, far = sorted((low, high), key=abs)
    if not far:
        return f"{unit}0"
    return f"{'+' if far > 0 else '-'}{unit}{_between(spell(abs(near)), spell(abs(far)))}"


def _signed(end: Decimal, unit: str, spell: Callable[[Decimal], str]) -> str:
    return f"{'-' if end < 0 else '+'}{unit}{spell(abs(end))}"
