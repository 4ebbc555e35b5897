"""One record of any source, as what was used: tokens with the cached ones counted once, model, time, place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any

from costgate.knowledge.telemetry import Places, Source, sources
from costgate.usage.fields import clean, find, moment, money, tags, truth, whole

MOST = 100_000_000
"""Tokens of one request beyond which a figure is a mistake."""


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
    cache_write_1h: int = 0
    """The part of what was written that is kept for an hour, where the source says so."""
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
    if truth(_value(record, source, "answered")):
        return Left("answers from a response cache", answered=True, of=_empty(record, source))
    numbers = {}
    for name in ("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "total", "requests"):
        number = _number(record, source.fields.get(name, ()))
        if number is None and _unusable(record, source.fields.get(name, ())):
            return Left("figures that are no whole number")
        if number is not None and (number < 0 or number > MOST and source.shape != "total"):
            return Left("figures that are negative or absurd")
        numbers[name] = number
    unsaid = numbers["input"] is None and (source.cached_within or not numbers["cache_read"]) and source.shape != "total"
    if unsaid or not (numbers["input"] or numbers["output"] or numbers["cache_read"]):
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
        cache_write_1h=min(numbers["cache_write_1h"] or 0, written),
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
        tags=tags(_value(record, source, "tags")),
        cost=money(_value(record, source, "cost")),
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
    return clean(str(value)) or None


def _number(record: Mapping[str, Any], places: Places) -> int | None:
    for place in places:
        parts = [number for name in place if (number := whole(find(record, name))) is not None]
        if parts:
            return sum(parts)
    return None


def _unusable(record: Mapping[str, Any], places: Places) -> bool:
    """Whether something is said that is no number; then the rest of the record is not to be relied on."""
    said = (find(record, name) for place in places for name in place)
    return any(isinstance(each, str | bool | int | float | Decimal) and each != "" for each in said)


def _failed(record: Mapping[str, Any], source: Source) -> bool:
    value = _value(record, source, "error")
    if value in (None, "", False):
        return False
    return source.failed is None or str(value).strip().lower() in source.failed
