"""Metrics: points of token histograms and counters, as totals of what was used between one point and the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from costgate.usage.fields import moment, whole
from costgate.usage.spans import attributes_of

MOST = 1_000_000
"""Points that are remembered."""
_KINDS = ("histogram", "exponentialHistogram", "sum")
_TYPES = ("gen_ai.token.type", "llm.usage.token_type")
_CUMULATIVE = (2, "AGGREGATION_TEMPORALITY_CUMULATIVE", "2")
_RESOURCE = ("service.instance.id", "process.pid", "host.id", "k8s.pod.uid")
"""What tells apart two programs that count the same thing; of the resource, the rest describes."""

Series: TypeAlias = "tuple[tuple[str, str], ...]"


def is_metric(record: Mapping[str, Any]) -> bool:
    """Whether a record holds the OTLP metrics of one scope."""
    metrics = record.get("metrics")
    return isinstance(metrics, list) and any(isinstance(each, Mapping) and set(_KINDS) & each.keys() for each in metrics)


@dataclass(frozen=True, slots=True)
class _Point:
    """What a point counts since `start`: tokens, and how often; None where a counter does not tell."""

    tokens: int
    number: int | None
    cumulative: bool


@dataclass(slots=True)
class Metrics:
    """All points seen, each once: by what they are about, since when they count, and when they were taken."""

    points: dict[tuple[Series, str, int], dict[int, _Point]] = field(default_factory=dict)
    fields: dict[Series, dict[str, Any]] = field(default_factory=dict)
    number: int = 0

    def note(self, record: Mapping[str, Any], seen: Counter[str]) -> None:
        """Remember the points of the metrics of one scope."""
        around = attributes_of(record.get("resource"))
        for metric in record["metrics"]:
            if not isinstance(metric, Mapping):
                continue
            for holder in (metric[kind] for kind in _KINDS if isinstance(metric.get(kind), Mapping)):
                points = holder.get("dataPoints")
                for point in points if isinstance(points, list) else ():
                    if not isinstance(point, Mapping) or not self._add(str(metric.get("name", "")), point, holder, around):
                        seen["points of metrics that are no count of tokens"] += 1

    def _add(self, metric: str, point: Mapping[str, Any], holder: Mapping[str, Any], around: Mapping[str, Any]) -> bool:
        said = attributes_of(point)
        kind = next((str(said[name]).lower() for name in _TYPES if name in said), None)
        tokens = next((whole(point.get(name)) for name in ("sum", "asInt", "asDouble") if point.get(name) is not None), None)
        when, start = moment(point.get("timeUnixNano")), moment(point.get("startTimeUnixNano")) or 0
        if kind is None or tokens is None or tokens < 0 or when is None or self.number >= MOST:
            return False
        own = {name: value for name, value in {**around, **said}.items() if name not in _TYPES}
        told = {name: around.get(name) for name in _RESOURCE if name in around}
        series = tuple(sorted((name, str(value)) for name, value in {**said, **told, "metric": metric}.items() if name not in _TYPES))
        self.fields.setdefault(series, {**own, "metric": metric})
        cumulative = holder.get("aggregationTemporality") in _CUMULATIVE
        taken = self.points.setdefault((series, kind, start if cumulative else 0), {})
        self.number += when not in taken
        taken[when] = _Point(tokens, whole(point.get("count")), cumulative)
        return True

    def records(self) -> Iterator[dict[str, Any]]:
        """One record for each series and moment: its fields, and the tokens of every type since the moment before."""
        found: dict[tuple[Series, int], dict[str, Any]] = {}
        for (series, kind, _), taken in self.points.items():
            before = _Point(0, 0, cumulative=True)
            for when in sorted(taken):
                point = taken[when]
                old = before if point.cumulative and point.tokens >= before.tokens else _Point(0, 0, cumulative=False)
                record = found.setdefault((series, when), {**self.fields[series], "timeUnixNano": when, "requests": None})
                record[f"tokens.{kind}"] = record.get(f"tokens.{kind}", 0) + point.tokens - old.tokens
                number = None if point.number is None else point.number - (old.number or 0)
                record["requests"] = max(filter(None, (record["requests"], number)), default=None)
                before = point
        yield from (record for record in found.values() if any(value for name, value in record.items() if name.startswith("tokens.")))
