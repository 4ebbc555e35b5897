"""Fields of records in the spellings of many programs: dotted names, numbers, money, moments, words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any

_DIGITS = 15
_START = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = 400
_TAGS = 30
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.0+)?")
_MONEY = re.compile(r"[0-9]{0,12}(?:\.[0-9]{1,30})?(?:[eE]-?[0-9]{1,2})?")


def find(record: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path whose steps may hold dots themselves; JSON written as text is looked into."""
    if path in record:
        return record[path]
    for front, rest in _cuts(path):
        inner = record.get(front)
        if inner is None:
            continue
        if isinstance(inner, str) and inner[:1] == "{":
            inner = parsed(inner)
        if isinstance(inner, Mapping):
            found = find(inner, rest)
            if found is not None:
                return found
    return None


@cache
def _cuts(path: str) -> tuple[tuple[str, str], ...]:
    """The ways to take the first step off a path."""
    return tuple((path[:at], path[at + 1 :]) for at, char in enumerate(path) if char == "." and at)


@lru_cache(maxsize=16)
def parsed(text: str) -> Any:
    """JSON that is written as text in a record; several fields are looked for in it, one after the other."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, InvalidOperation):
        return None


def whole(value: Any) -> int | None:
    """A whole number, also as text; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**_DIGITS else None
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and abs(value) < 10**_DIGITS and value == int(value) else None
    text = str(value).strip() if isinstance(value, str) else ""
    sign = -1 if text.startswith("-") else 1
    return sign * int(Decimal(text.lstrip("-"))) if _NUMBER.fullmatch(text.lstrip("-")) else None


def money(value: Any) -> Decimal | None:
    """An amount, as a number or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    text = str(value).strip()
    if not text or not _MONEY.fullmatch(text) or text[0] in "eE":
        return None
    amount = Decimal(text)
    return amount if amount < 10**_DIGITS else None


def truth(value: Any) -> bool:
    """Whether a flag is set, however it is spelled."""
    return value is True or isinstance(value, str) and value.strip().lower() in ("true", "1", "yes", "hit")


def tags(value: Any) -> tuple[str, ...]:
    """Tags from a list, a mapping, or either of them as text."""
    if isinstance(value, str):
        inner = parsed(value) if value[:1] in "[{" else value.split(",")
        value = inner if inner is not None else ()
    if isinstance(value, Mapping):
        value = (f"{key}={each}" if each not in (True, None) else key for key, each in value.items())
    if not isinstance(value, Iterable):
        return ()
    return tuple(clean(str(each)) for each in value if isinstance(each, (str, int)))[:_TAGS]


def clean(text: str) -> str:
    """Text that can be written: no halves of characters, and not endless."""
    return text[:_TEXT].encode("utf-8", "replace").decode("utf-8").strip()


_SECOND = 1_000_000
_SCALES = ((10**17, 1, 1000), (10**14, 1, 1), (10**11, 1000, 1), (0, _SECOND, 1))
"""From this number on it counts nanoseconds, microseconds, milliseconds, seconds; factor and divisor to microseconds."""
_EARLIEST, _LATEST = 10**9 * _SECOND, 10**10 * _SECOND


def moment(value: Any) -> int | None:
    """Microseconds since 1970 of a time in any usual spelling; without a zone it is taken as UTC. None for what is none."""
    found = _counted(value) if isinstance(value, (int, Decimal)) or str(value).isdecimal() else _written(value)
    return found if found is not None and _EARLIEST < found < _LATEST else None


def _counted(value: Any) -> int | None:
    if isinstance(value, bool) or len(str(value)) > 40:
        return None
    number = Decimal(value)
    if not number.is_finite() or not 0 <= number < 10**20:
        return None
    factor, divisor = next((factor, divisor) for start, factor, divisor in _SCALES if number >= start)
    return int(number * factor / divisor)


def _written(value: Any) -> int | None:
    if not isinstance(value, str) or not 8 <= len(value.strip()) <= 40:
        return None
    try:
        parsed = datetime.fromisoformat(value.strip().removesuffix(" UTC"))
    except ValueError:
        return None
    since = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)) - _START
    return since.days * 86400 * _SECOND + since.seconds * _SECOND + since.microseconds
