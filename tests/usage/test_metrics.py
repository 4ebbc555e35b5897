"""Token metrics: what is counted between two points, whatever the points count from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import TRACES

DAY = 86_400 * 10**9
NOON = 1_795_780_800 * 10**9


def point(kind: str | None, tokens: Any, count: int, when: int, start: int = NOON, **more: str) -> dict[str, Any]:
    said = {"gen_ai.request.model": "gpt-4.1-mini", "gen_ai.prompt.name": "support", **more}
    said |= {} if kind is None else {"gen_ai.token.type": kind}
    attributes = [{"key": name, "value": {"stringValue": value}} for name, value in said.items()]
    return {"attributes": attributes, "startTimeUnixNano": str(start), "timeUnixNano": str(when), "count": str(count), "sum": tokens}


def written(path: Path, points: list[dict[str, Any]], temporality: Any = 2, kind: str = "histogram", name: str = "gen_ai.client.token.usage") -> Path:
    metric = {"name": name, kind: {"dataPoints": points, "aggregationTemporality": temporality}}
    scope = {"scope": {"name": "s"}, "metrics": [metric, {"name": "x", "gauge": {"dataPoints": [{}]}}]}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "bot"}}]}
    path.write_text(json.dumps({"resourceMetrics": [{"resource": resource, "scopeMetrics": [scope]}]}))
    return path


def test_what_a_real_instrumentation_counts(importing: Any) -> None:
    """Two rounds of four requests, exported three times, each time with everything since the start."""
    (answer,) = importing(TRACES / "metrics.jsonl").measured
    assert (answer.target, answer.sources, answer.requests) == ("bot/answer.py::answer", ("otel-metrics",), 8)
    assert (answer.input_total, answer.output_total) == (2 * (1200 + 1450 + 1700 + 1950), 8 * 300)
    assert answer.input is None, "a histogram has no single requests"
    again = importing(TRACES / "metrics.jsonl", TRACES / "metrics.jsonl").measured
    assert again == (answer,), "a point is one however often it is read"


@pytest.mark.parametrize("temporality", [2, "AGGREGATION_TEMPORALITY_CUMULATIVE"])
def test_points_that_count_from_the_start(importing: Any, tmp_path: Path, temporality: Any) -> None:
    points = [
        point("input", 100, 1, NOON), point("output", 10, 1, NOON),
        point("input", 400, 4, NOON + DAY), point("output", 40, 4, NOON + DAY),
        point("input", 50, 1, NOON + 2 * DAY, NOON + DAY), point("output", 5, 1, NOON + 2 * DAY, NOON + DAY),
    ]  # fmt: skip
    (found,) = importing(written(tmp_path / "m.json", points, temporality)).measured
    assert (found.input_total, found.output_total, found.requests) == (450, 45, 5), "the program was started again"
    assert (found.since, found.until) == ("2026-11-27", "2026-11-29")


def test_a_counter_that_was_set_back_counts_from_nothing(importing: Any, tmp_path: Path) -> None:
    points = [point("input", 400, 4, NOON), point("input", 100, 1, NOON + DAY), point("output", 10, 1, NOON + DAY)]
    (found,) = importing(written(tmp_path / "m.json", points)).measured
    assert (found.input_total, found.requests) == (500, 5)


def test_points_that_count_from_the_last_one(importing: Any, tmp_path: Path) -> None:
    points = [point(kind, tokens, 2, NOON + at * DAY) for at in range(3) for kind, tokens in (("input", 100), ("output", 10))]
    (found,) = importing(written(tmp_path / "m.json", points, 1)).measured
    assert (found.input_total, found.output_total, found.requests) == (300, 30, 6)


def test_two_programs_that_count_for_themselves(importing: Any, tmp_path: Path) -> None:
    points = [point("input", 100, 1, NOON, server="a"), point("input", 100, 1, NOON, server="b")]
    (found,) = importing(written(tmp_path / "m.json", points)).measured
    assert found.input_total == 200


def test_a_plain_counter_does_not_say_how_many_requests(importing: Any, tmp_path: Path) -> None:
    bare = {**point("input", None, 0, NOON), "asInt": "700"}
    del bare["sum"], bare["count"]
    (found,) = importing(written(tmp_path / "m.json", [bare], kind="sum")).measured
    assert (found.input_total, found.per_month) == (700, None)


@pytest.mark.parametrize(
    ("points", "name"),
    [
        ([point(None, 100, 1, NOON)], "gen_ai.client.token.usage"),
        ([point("input", -5, 1, NOON)], "gen_ai.client.token.usage"),
        ([point("input", None, 1, NOON)], "gen_ai.client.token.usage"),
        ([point("input", 100, 1, NOON)], "gen_ai.client.operation.duration"),
        ([{}], "gen_ai.client.token.usage"),
    ],
)
def test_what_is_no_count_of_tokens_is_left_and_told(importing: Any, tmp_path: Path, points: list[dict[str, Any]], name: str) -> None:
    found = importing(written(tmp_path / "m.json", points, name=name))
    assert not found.measured and sum(found.left.values()) == 1
