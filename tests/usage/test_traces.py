"""What real instrumentations and the tools' own types write is read for what it is. make_traces.py made the files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costgate.model.measured import Growth, Spread

from .conftest import TRACES


def same(tokens: int) -> Spread:
    return Spread(tokens, tokens, tokens, tokens, tokens, tokens)


@pytest.mark.parametrize("kind", ["semconv", "openllmetry", "openinference"])
def test_conversations_of_every_family(kind: str, importing: Any) -> None:
    found = importing(TRACES / f"{kind}.jsonl")
    assert (found.records, found.used) == (40, 25), "two APIs, and a span of its own for every request of one SDK"
    answer, summary = found.measured
    assert (answer.target, answer.requests, answer.joined_by) == ("bot/answer.py::answer", 20, ("code",))
    assert answer.input == Spread(1200, 1575, 1950, 1450, 1950, 1950)
    assert (answer.output, answer.reasoning) == (same(236), same(64))
    assert answer.cached_share == (Decimal(1024 * 20) / (1575 * 20)).quantize(Decimal("0.0001"))
    assert answer.growth == Growth("linear", 5, 250)
    assert answer.turns == same(4)
    assert (summary.target, summary.requests) == ("bot/summary.py::Report.summarise", 5)
    assert (summary.input_total, summary.output_total) == (1712 * 5, 90 * 5), "176 uncached, 1,024 read, 512 written"
    assert (summary.cached_share, summary.written_share) == (Decimal("0.5981"), Decimal("0.2991"))


def test_the_first_generation_of_names(importing: Any) -> None:
    (answer,) = importing(TRACES / "first-generation.jsonl").measured
    assert (answer.requests, answer.input, answer.output, answer.joined_by) == (6, same(1200), same(300), ("code",))


@pytest.mark.parametrize("name", ["langfuse.json", "langsmith.jsonl", "openai-answers.jsonl"])
def test_one_request_as_every_tool_tells_it(name: str, importing: Any) -> None:
    found = importing(TRACES / name)
    (answer,) = found.measured
    assert (answer.requests, answer.input, answer.output, answer.reasoning) == (1, same(1200), same(236), same(64))
    assert answer.cached_share == Decimal("0.8533"), "1,024 of 1,200, whether the source counts them in or apart"
    assert found.used == 1
    assert sum(found.left.values()) == found.records - 1


def test_an_answer_that_leaves_the_cache_out_of_its_input(importing: Any) -> None:
    (summary,) = importing(TRACES / "anthropic-answers.jsonl").measured
    assert (summary.input_total, summary.cached_share, summary.written_share) == (1712, Decimal("0.5981"), Decimal("0.2991"))


def test_buckets_take_the_day_from_around_them(importing: Any) -> None:
    (answer,) = importing(TRACES / "openai-usage.json").measured
    assert (answer.requests, answer.since, answer.until) == (900, "2026-11-20", "2026-11-28")
    assert (answer.input, answer.output) == (None, None), "a total has no percentiles"
    assert answer.per_month is not None and answer.per_month.likely == 3000
    assert answer.cached_share == Decimal("0.8533")


def test_the_same_files_twice_count_once(importing: Any) -> None:
    once = importing(TRACES / "semconv.jsonl")
    twice = importing(TRACES / "semconv.jsonl", TRACES / "semconv.jsonl")
    assert twice.measured == once.measured
    assert twice.left["records that were told before"] == 25


def test_totals_do_not_count_single_requests_again(importing: Any) -> None:
    found = importing(TRACES / "semconv.jsonl", TRACES / "openai-usage.json")
    assert [each.requests for each in found.measured] == [20, 5]
    assert found.left["totals beside single requests of bot/answer.py::answer"] == 1


def test_an_event_in_the_log_is_a_call_of_its_own_or_the_one_of_its_span(importing: Any, tmp_path: Any) -> None:
    import json

    span = json.loads((TRACES / "first-generation.jsonl").read_text().splitlines()[0])["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    plain = [each for each in span["attributes"] if each["key"] != "gen_ai.response.id"]
    event = {"timeUnixNano": span["startTimeUnixNano"], "severityNumber": 9, "attributes": plain, "traceId": span["traceId"]}
    logs = [
        {"resourceLogs": [{"scopeLogs": [{"logRecords": [{**event, "spanId": span["spanId"]}]}]}]},
        {"resourceLogs": [{"scopeLogs": [{"logRecords": [{**event, "spanId": "00"}]}]}]},
    ]
    path = tmp_path / "logs.jsonl"
    path.write_text("\n".join(map(json.dumps, logs)))
    assert importing(path).measured[0].requests == 2
    both = importing(TRACES / "first-generation.jsonl", path)
    assert both.measured[0].requests == 7
    assert both.left["spans below another span of the same call"] == 1
