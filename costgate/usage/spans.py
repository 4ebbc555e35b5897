"""Spans: attributes as fields, and what the spans around one say about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from costgate.knowledge.telemetry import sources
from costgate.usage.fields import find
from costgate.usage.record import Left, Recogniser, Usage, usage_of

MOST = 1_000_000
"""Spans whose place in their trace is remembered."""
_ABOVE = 12
_SIMPLE = frozenset({"stringValue", "intValue", "boolValue", "doubleValue"})
_HINTS = ("function", "workload", "prompt", "name")
"""What a span inherits from those above it; the function comes with the file it lies in."""
_SPAN = ("traceId", "spanId", "parentSpanId", "name", "startTimeUnixNano", "timeUnixNano", "status")


def is_span(record: Mapping[str, Any]) -> bool:
    """Whether a record is an OTLP span, or a log record, which says of which span it is."""
    return ("spanId" in record and "traceId" in record) or _is_log(record)


def _is_log(record: Mapping[str, Any]) -> bool:
    return "timeUnixNano" in record and "startTimeUnixNano" not in record and isinstance(record.get("attributes"), list)


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A span's own fields and its attributes in one; the resource's attributes where the span has none of that name."""
    fields = {name: record[name] for name in _SPAN if name in record}
    for holder in (record.get("resource"), record):
        fields.update(attributes_of(holder))
    return fields


def attributes_of(holder: Any) -> dict[str, Any]:
    """The attributes of a span, a resource or a point; none of what has none."""
    return _attributes(holder.get("attributes")) if isinstance(holder, Mapping) else {}


def _attributes(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return dict(given)
    if not isinstance(given, list):
        return {}
    return {
        each["key"]: _plain(each.get("value"))
        for each in given
        if isinstance(each, dict) and isinstance(each.get("key"), str)
    }


def _plain(value: Any) -> Any:
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((kind, inner),) = value.items()
    if kind in _SIMPLE:
        return inner
    if kind == "arrayValue" and isinstance(inner, Mapping):
        members = inner.get("values")
        return [_plain(each) for each in members] if isinstance(members, list) else []
    if kind == "kvlistValue" and isinstance(inner, Mapping):
        return _attributes(inner.get("values"))
    return inner


@dataclass(frozen=True, slots=True)
class _Said:
    """What a span says that holds for those below it: whether it is a call, its file, and the rest."""

    call: bool = False
    file: str | None = None
    hints: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Traces:
    """Every span seen, as far as it matters for those below it: its parent, and what it says. Spans are known by hash."""

    recogniser: Recogniser
    places: dict[int, tuple[int, _Said]] = field(default_factory=dict)
    said: dict[_Said, _Said] = field(default_factory=dict)
    """Each saying once: a trace file has many spans and few places in code."""

    def note(self, record: Mapping[str, Any], seen: Counter[str]) -> None:
        """Remember one span."""
        if len(self.places) >= MOST:
            seen["spans beyond the first million, whose parents are not followed"] += 1
            return
        if _is_log(record):
            return
        fields = flat(record)
        hints = tuple((name, text) for name in _HINTS if (text := _first(fields, name)) is not None)
        said = _Said(isinstance(self._usage(fields), Usage), _first(fields, "file"), hints)
        self.places[_key(record, "spanId")] = _key(record, "parentSpanId"), self.said.setdefault(said, said)

    def usage(self, record: Mapping[str, Any]) -> Usage | Left:
        """What a span used. One below another call is the same request told again, by the layer underneath."""
        found = self._usage(flat(record))
        if isinstance(found, Left):
            return found
        own: dict[str, Any] = {name: text for name in ("file", *_HINTS) if (text := getattr(found, name)) is not None}
        log = _is_log(record)
        parent = _key(record, "spanId" if log else "parentSpanId")
        for _ in range(_ABOVE):
            if parent not in self.places:
                break
            parent, said = self.places[parent]
            if said.call:
                return Left("spans below another span of the same call")
            hints = dict(said.hints)
            if said.file and "file" not in own:
                own = {**own, "file": said.file, "function": hints.get("function")}
            own = {**hints, **own}
        known = None if log else f"{record.get('traceId')}/{record.get('spanId')}"
        return replace(found, id=found.id or known, **own)

    def _usage(self, fields: Mapping[str, Any]) -> Usage | Left:
        source = self.recogniser.source_of(fields)
        if source is None:
            return Left("spans that are no model call")
        found = usage_of(fields, source)
        status = fields.get("status")
        if isinstance(found, Left) and isinstance(status, Mapping) and status.get("code") in (2, "STATUS_CODE_ERROR"):
            return replace(found, why="failed requests", failed=True) if found.of is not None else found
        return found


def _key(record: Mapping[str, Any], name: str) -> int:
    return hash((str(record.get("traceId")), str(record.get(name) or "")))


def _first(fields: Mapping[str, Any], what: str) -> str | None:
    found: Iterable[Any] = (find(fields, name) for name in _names(what))
    return next((value for value in found if isinstance(value, str) and value), None)


@cache
def _names(what: str) -> tuple[str, ...]:
    """Every name by which any kind of span calls something."""
    spans = (source for source in sources().values() if source.shape == "span")
    return tuple(dict.fromkeys(place[0] for source in spans for place in source.fields.get(what, ())))
