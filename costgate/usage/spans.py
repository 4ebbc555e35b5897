"""Spans: attributes as fields, and what the spans around one say about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from costgate.usage.record import Left, Usage, find, source_of, usage_of

MOST = 2_000_000
"""Spans whose place in their trace is remembered."""
_ABOVE = 12
_SPAN = ("traceId", "spanId", "parentSpanId", "name", "startTimeUnixNano", "status")


def is_span(record: Mapping[str, Any]) -> bool:
    """Whether a record is an OTLP span."""
    return "spanId" in record and "traceId" in record


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A span's own fields and its attributes in one; the resource's attributes where the span has none of that name."""
    fields = {name: record[name] for name in _SPAN if name in record}
    for holder in (record.get("resource"), record):
        attributes = holder.get("attributes") if isinstance(holder, Mapping) else None
        fields.update(_attributes(attributes))
    return fields


def _attributes(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return dict(given)
    if not isinstance(given, list):
        return {}
    return {
        each["key"]: _plain(each.get("value"))
        for each in given
        if isinstance(each, Mapping) and isinstance(each.get("key"), str)
    }


def _plain(value: Any) -> Any:
    if not isinstance(value, Mapping) or len(value) != 1:
        return value
    (kind, inner), *_ = value.items()
    if kind == "arrayValue" and isinstance(inner, Mapping):
        members = inner.get("values")
        return [_plain(each) for each in members] if isinstance(members, list) else []
    if kind == "kvlistValue" and isinstance(inner, Mapping):
        return _attributes(inner.get("values"))
    return inner


@dataclass(frozen=True, slots=True)
class _Place:
    parent: str | None
    call: bool
    file: str | None
    function: str | None
    workload: str | None
    prompt: str | None
    name: str | None


@dataclass(slots=True)
class Traces:
    """Every span seen, as far as it matters for those below it."""

    places: dict[str, _Place] = field(default_factory=dict)
    given: str | None = None

    def note(self, record: Mapping[str, Any], seen: Counter[str]) -> None:
        """Remember one span."""
        key = _key(record.get("traceId"), record.get("spanId"))
        if key is None:
            return
        if len(self.places) >= MOST:
            seen["spans beyond two million, whose parents are not followed"] += 1
            return
        fields = flat(record)
        found = self._usage(fields)
        usage = found if isinstance(found, Usage) else None
        self.places[key] = _Place(
            parent=_key(record.get("traceId"), record.get("parentSpanId")),
            call=usage is not None,
            file=_first(fields, "code.file.path", "code.filepath"),
            function=_first(fields, "code.function.name", "code.function"),
            workload=_first(fields, "costgate.workload", "gen_ai.workflow.name", "traceloop.workflow.name"),
            prompt=_first(fields, "gen_ai.prompt.name", "traceloop.prompt.key"),
            name=_first(fields, "gen_ai.agent.name", "agent.name"),
        )

    def usage(self, record: Mapping[str, Any]) -> Usage | Left:
        """What a span used. One below another call is the same request told again, by the layer underneath."""
        found = self._usage(flat(record))
        if isinstance(found, Left):
            return found
        parent = _key(record.get("traceId"), record.get("parentSpanId"))
        hints = {name: getattr(found, name) for name in ("file", "function", "workload", "prompt", "name")}
        for _ in range(_ABOVE):
            place = self.places.get(parent or "")
            if place is None:
                break
            if place.call:
                return Left("spans below another span of the same call")
            if place.file and not hints["file"]:
                hints |= {"file": place.file, "function": place.function}
            for name in ("workload", "prompt", "name"):
                hints[name] = hints[name] or getattr(place, name)
            parent = place.parent
        return replace(found, **hints)

    def _usage(self, fields: Mapping[str, Any]) -> Usage | Left:
        source = source_of(fields, self.given)
        if source is None:
            return Left("spans that are no model call")
        found = usage_of(fields, source)
        status = fields.get("status")
        if isinstance(found, Left) and isinstance(status, Mapping) and status.get("code") in (2, "STATUS_CODE_ERROR"):
            return replace(found, why="failed requests", failed=True) if "token" in found.why else found
        return found


def _key(trace: Any, span: Any) -> str | None:
    return f"{trace}/{span}" if isinstance(trace, str) and isinstance(span, str) and span else None


def _first(fields: Mapping[str, Any], *names: str) -> str | None:
    found: Iterable[Any] = (find(fields, name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), None)
