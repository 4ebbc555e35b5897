"""One record of any source, as what was used: tokens with the cached ones counted once, model, time, place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any

from costgate.knowledge.telemetry import Places, Source, sources

MOST = 100_000_000
"""Tokens of one request beyond which a figure is a mistake."""
_DIGITS = 15
_START = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = 400
_TAGS = 30
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.0+)?")
_MONEY = re.compile(r"[0-9]{0,12}(?:\.[0-9]{1,30})?(?:[eE]-?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Usage:
    """What one request used, or `requests` together. `input` holds all that was sent, `output` all that was billed.

    `requests` None: a total that does not say of how many. `when`: microseconds since 1970.
    """

    source: str
    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    requests: int | None = 1
    total: bool = False
    model: str | None = None
    provider: str | None = None
    when: int | None = None
    id: str | None = None
    session: str | None = None
    file: str | None = None
    function: str | None = None
    workload: str | None = None
    prompt: str | None = None
    name: str | None = None
    tags: tuple[str, ...] = ()
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A record that gives no usage. `failed`: a request that came to nothing; `answered`: one that no model saw.

    Of these two, `of` says whose request it was.
    """

    why: str
    failed: bool = False
    answered: bool = False
    of: Usage | None = None


@dataclass(slots=True)
class Recogniser:
    """Tells of which source records are: the given one, or the one of which most fields are there; None for a stranger.

    What a record is hangs on its names alone, and files have few kinds of records.
    """

    given: str | None = None
    known: dict[frozenset[object], Source | None] = field(default_factory=dict)

    def source_of(self, record: Mapping[str, Any]) -> Source | None:
        """The source of one record."""
        if self.given is not None:
            return sources()[self.given]
        outline = _outline(record)
        if outline not in self.known:
            if len(self.known) > _OUTLINES:
                self.known.clear()
            self.known[outline] = _recognised(record)
        return self.known[outline]


_OUTLINES = 10_000


def _outline(record: Mapping[str, Any]) -> frozenset[object]:
    """The names that decide what a record is: its fields, and those inside of the ones that sources look into."""
    names: set[object] = {name for name, value in record.items() if value is not None}
    for name in _looked_into() & record.keys():
        inner = record[name]
        names.add((name, _outline(inner) if isinstance(inner, dict) else inner if isinstance(inner, str) else None))
    return frozenset(names)


@cache
def _looked_into() -> frozenset[str]:
    """The steps of the dotted names by which records are recognised, which may be fields of their own."""
    names = (name for source in sources().values() for each in source.recognise for name in each)
    return frozenset(step for name in names for step in name.split(".")[:-1])


def _recognised(record: Mapping[str, Any]) -> Source | None:
    best: tuple[int, Source] | None = None
    for source in sources().values():
        for fields in source.recognise:
            if (best is None or len(fields) > best[0]) and all(find(record, name) is not None for name in fields):
                best = len(fields), source
    return None if best is None else best[1]


def usage_of(record: Mapping[str, Any], source: Source) -> Usage | Left:
    """What a record says was used."""
    for name, wanted in source.only.items():
        value = find(record, name)
        if value is not None and str(value).lower() not in wanted:
            return Left("steps that are no model call")
    if _truth(_value(record, source, "answered")):
        return Left("answers from a response cache", answered=True, of=_empty(record, source))
    numbers = {}
    for name in ("input", "output", "cache_read", "cache_write", "reasoning", "total", "requests"):
        number = _number(record, source.fields.get(name, ()))
        if number is not None and (number < 0 or number > MOST and source.shape != "total"):
            return Left("figures that are negative or absurd")
        numbers[name] = number
    if not numbers["input"] and not numbers["output"] and not numbers["cache_read"]:
        failed = _failed(record, source)
        of = _empty(record, source)
        return Left("failed requests", failed=True, of=of) if failed else Left("records without token counts", of=of)
    return _balanced(record, source, numbers)


def _balanced(record: Mapping[str, Any], source: Source, numbers: Mapping[str, int | None]) -> Usage | Left:
    sent, back = numbers["input"] or 0, numbers["output"] or 0
    read, written, thinking = (numbers[name] or 0 for name in ("cache_read", "cache_write", "reasoning"))
    within = _cached_within(source, sent, back, read + written, numbers["total"])
    whole = sent if within else sent + read + written
    if not source.reasoning_within:
        back += thinking
    if thinking > back:
        return Left("figures that contradict each other")
    return replace(
        _empty(record, source),
        input=whole,
        output=back,
        cache_read=read,
        cache_write=written,
        reasoning=thinking,
        requests=numbers["requests"] if source.shape == "total" else 1,
    )


def _empty(record: Mapping[str, Any], source: Source) -> Usage:
    """Whose request it was, and when."""
    return Usage(
        source=source.name,
        input=0,
        output=0,
        total=source.shape == "total",
        model=_text(record, source, "model"),
        provider=_text(record, source, "provider"),
        when=moment(_value(record, source, "time")),
        id=_text(record, source, "id"),
        session=_text(record, source, "session"),
        file=_text(record, source, "file"),
        function=_text(record, source, "function"),
        workload=_text(record, source, "workload"),
        prompt=_text(record, source, "prompt"),
        name=_text(record, source, "name"),
        tags=_tags(_value(record, source, "tags")),
        cost=_money(_value(record, source, "cost")),
    )


def _cached_within(source: Source, sent: int, back: int, cached: int, total: int | None) -> bool:
    """Whether the input counts the cached tokens: as the source has it, unless the figures themselves rule that out."""
    if not cached:
        return True
    if total is not None and total == sent + back + cached:
        return False
    if total is not None and total == sent + back and source.reasoning_within:
        return True
    return source.cached_within and cached <= sent


def find(record: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path whose steps may hold dots themselves; JSON written as text is looked into."""
    if path in record:
        return record[path]
    for front, rest in _cuts(path):
        inner = record.get(front)
        if inner is None:
            continue
        if isinstance(inner, str) and inner[:1] == "{":
            inner = _parsed(inner)
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
def _parsed(text: str) -> Any:
    """JSON that is written as text in a record; several fields are looked for in it, one after the other."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, InvalidOperation):
        return None


def _value(record: Mapping[str, Any], source: Source, name: str) -> Any:
    for place in source.fields.get(name, ()):
        value = find(record, place[0])
        if value is not None and value != "":
            return value
    return None


def _text(record: Mapping[str, Any], source: Source, name: str) -> str | None:
    value = _value(record, source, name)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip()[:_TEXT] or None


def _number(record: Mapping[str, Any], places: Places) -> int | None:
    for place in places:
        parts = [number for name in place if (number := _whole(find(record, name))) is not None]
        if parts:
            return sum(parts)
    return None


def _whole(value: Any) -> int | None:
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


def _money(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None
    text = str(value).strip()
    if not text or not _MONEY.fullmatch(text) or text[0] in "eE":
        return None
    amount = Decimal(text)
    return amount if amount < 10**_DIGITS else None


def _truth(value: Any) -> bool:
    return value is True or isinstance(value, str) and value.strip().lower() in ("true", "1", "yes", "hit")


def _failed(record: Mapping[str, Any], source: Source) -> bool:
    value = _value(record, source, "error")
    if value in (None, "", False):
        return False
    return source.failed is None or str(value).strip().lower() in source.failed


def _tags(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        inner = _parsed(value) if value[:1] in "[{" else value.split(",")
        value = inner if inner is not None else ()
    if isinstance(value, Mapping):
        value = (f"{key}={each}" if each not in (True, None) else key for key, each in value.items())
    if not isinstance(value, Iterable):
        return ()
    return tuple(str(each).strip()[:_TEXT] for each in value if isinstance(each, (str, int)))[:_TAGS]


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
