"""Every source's convention for cached tokens and reasoning, times in all spellings, and figures that are none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costgate.knowledge.telemetry import sources
from costgate.usage.fields import find, moment
from costgate.usage.record import Left, Recogniser, Usage, usage_of

# The same request in every source's words: 1,200 sent, of which 1,024 were read from the cache and 100 written to it;
# 300 came back, of which 64 were reasoning.
SAID: dict[str, dict[str, Any]] = {
    "otel-genai": {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "x", "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": "1200", "gen_ai.usage.output_tokens": "300",
        "gen_ai.usage.cache_read.input_tokens": "1024", "gen_ai.usage.cache_write.input_tokens": "100",
        "gen_ai.usage.reasoning.output_tokens": "64",
    },
    "openllmetry": {
        "llm.request.type": "chat", "gen_ai.system": "x", "gen_ai.request.model": "m", "llm.usage.total_tokens": 1500,
        "gen_ai.usage.prompt_tokens": 1200, "gen_ai.usage.completion_tokens": 300,
        "gen_ai.usage.cache_read_input_tokens": 1024, "gen_ai.usage.cache_creation_input_tokens": 100,
        "gen_ai.usage.reasoning_tokens": 64,
    },
    "openinference": {
        "openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 1200,
        "llm.token_count.completion": 300, "llm.token_count.prompt_details.cache_read": 1024,
        "llm.token_count.prompt_details.cache_write": 100, "llm.token_count.completion_details.reasoning": 64,
    },
    "langfuse": {
        "id": "o", "traceId": "t", "startTime": "2026-11-20T12:00:00Z", "type": "GENERATION", "model": "m",
        "usageDetails": {"input": 76, "cache_read_input_tokens": 1024, "cache_creation_input_tokens": 100, "output": 236,
                         "output_reasoning_tokens": 64, "total": 1500},
    },
    "litellm": {
        "request_id": "r", "call_type": "acompletion", "spend": "0.01", "model": "m", "prompt_tokens": "1200",
        "completion_tokens": "300", "total_tokens": "1500", "startTime": "2026-11-20 12:00:00.123",
        "metadata": '{"usage_object": {"prompt_tokens_details": {"cached_tokens": 1024}, "cache_creation_input_tokens": 100,'
                    ' "completion_tokens_details": {"reasoning_tokens": 64}}}',
    },
    "otel-metrics": {
        "metric": "gen_ai.client.token.usage", "gen_ai.request.model": "m", "timeUnixNano": 1795823558293909213,
        "tokens.input": 1200, "tokens.output": 300, "requests": 1,
    },
    "litellm-daily": {
        "date": "2026-11-20", "model": "m", "prompt_tokens": 1200, "completion_tokens": 300, "cache_read_input_tokens": 1024,
        "cache_creation_input_tokens": 100, "api_requests": 4, "successful_requests": 3, "spend": "0.01",
    },
    "langsmith": {
        "id": "r", "run_type": "llm", "start_time": "2026-11-20T12:00:00", "extra": {"metadata": {"ls_model_name": "m"}},
        "prompt_tokens": 1200, "completion_tokens": 300,
        "prompt_token_details": {"cache_read": 1024, "cache_creation": 100}, "completion_token_details": {"reasoning": 64},
    },
    "helicone": {
        "request_id": "r", "request_created_at": "2026-11-20T12:00:00Z", "request_model": "m", "prompt_tokens": 1200,
        "completion_tokens": 300, "prompt_cache_read_tokens": 1024, "prompt_cache_write_tokens": 100, "reasoning_tokens": 64,
        "status": 200,
    },
    "openai-usage": {
        "start_time": 1795176000, "num_model_requests": 3, "input_tokens": 1200, "output_tokens": 300,
        "input_cached_tokens": 1024, "input_cache_write_tokens": 100, "model": "m",
    },
    "anthropic-usage": {
        "starting_at": "2026-11-20T00:00:00Z", "uncached_input_tokens": 76, "cache_read_input_tokens": 1024, "model": "m",
        "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}, "output_tokens": 300,
    },
    "openai-answers": {
        "id": "c", "model": "m", "created": 1795176000,
        "usage": {"input_tokens": 1200, "output_tokens": 300, "total_tokens": 1500,
                  "input_tokens_details": {"cached_tokens": 1024, "cache_write_tokens": 100},
                  "output_tokens_details": {"reasoning_tokens": 64}},
    },
    "anthropic-answers": {
        "id": "m", "type": "message", "model": "m", "stop_reason": "end_turn",
        "usage": {"input_tokens": 76, "cache_read_input_tokens": 1024, "cache_creation_input_tokens": 100, "output_tokens": 300},
    },
    "table": {
        "model": "m", "input_tokens": "1200", "output_tokens": "300", "cached_tokens": "1024", "cache_write_tokens": "100",
        "reasoning_tokens": "64", "time": "2026-11-20",
    },
    "table-totals": {
        "requests": "3", "model": "m", "input_tokens": "1200", "output_tokens": "300", "cached_tokens": "1024",
        "cache_write_tokens": "100", "reasoning_tokens": "64",
    },
}  # fmt: skip


def test_every_source_is_told_here() -> None:
    assert SAID.keys() == sources().keys()


@pytest.mark.parametrize("name", SAID)
def test_a_record_is_known_for_its_source_and_means_the_same(name: str) -> None:
    source = Recogniser().source_of(SAID[name])
    assert source is not None and source.name == name
    found = usage_of(SAID[name], source)
    assert isinstance(found, Usage), found
    cached = (1024, 100) if "cache_read" in source.fields else (0, 0)
    assert (found.input, found.cache_read, found.cache_write, found.output) == (1200, *cached, 300)
    assert found.reasoning == (64 if "reasoning" in source.fields else 0)
    assert found.model == "m"


@pytest.mark.parametrize("name", SAID)
def test_nulls_everywhere_are_no_usage(name: str) -> None:
    def emptied(value: Any) -> Any:
        return {key: emptied(each) for key, each in value.items()} if isinstance(value, dict) else None

    found = usage_of(emptied(SAID[name]), sources()[name])
    assert isinstance(found, Left)


def test_figures_that_rule_the_convention_out_decide() -> None:
    """An older instrumentation that leaves the cache out of an input that should hold it."""
    apart = {**SAID["otel-genai"], "gen_ai.usage.input_tokens": 76}
    found = usage_of(apart, sources()["otel-genai"])
    assert isinstance(found, Usage) and found.input == 1200
    by_total = {**SAID["openllmetry"], "gen_ai.usage.prompt_tokens": 5000, "llm.usage.total_tokens": 5000 + 1124 + 300}
    found = usage_of(by_total, sources()["openllmetry"])
    assert isinstance(found, Usage) and found.input == 6124


@pytest.mark.parametrize("wrong", [-1, "-5", 10**9, 10**30, Decimal("1e30"), "1e3", "12.5", "many", True, [], {}, float("inf")])
def test_figures_that_are_none(wrong: Any) -> None:
    """The tokens that came from the cache are no size of the whole request."""
    for names in (("input_tokens", "output_tokens"), ("input_tokens",)):
        found = usage_of({**SAID["table"], **dict.fromkeys(names, wrong)}, sources()["table"])
        assert isinstance(found, Left), found
    if not isinstance(wrong, list | dict):
        assert isinstance(usage_of({**SAID["table"], "cached_tokens": wrong}, sources()["table"]), Left)


def test_more_reasoning_than_answer_is_a_contradiction() -> None:
    found = usage_of({**SAID["table"], "reasoning_tokens": "301"}, sources()["table"])
    assert isinstance(found, Left) and "contradict" in found.why


def test_failures_and_answers_from_a_cache_are_told_apart() -> None:
    failed = usage_of({**SAID["litellm"], "status": "failure", "prompt_tokens": 0, "completion_tokens": 0, "metadata": "{}"}, sources()["litellm"])
    assert isinstance(failed, Left) and failed.failed and failed.of is not None and failed.of.model == "m"
    answered = usage_of({**SAID["litellm"], "cache_hit": "True"}, sources()["litellm"])
    assert isinstance(answered, Left) and answered.answered


@pytest.mark.parametrize(
    "spelled",
    [
        1795176000, "1795176000", 1795176000000, "1795176000000000", "1795176000000000000", 1795176000000000000,
        Decimal("1795176000.0"), "2026-11-20T12:00:00Z", "2026-11-20 12:00:00+00:00", "2026-11-20T13:00:00+01:00",
        "2026-11-20 12:00:00", "2026-11-20 12:00:00 UTC", "2026-11-20T12:00:00.000000",
    ],
)  # fmt: skip
def test_a_moment_in_every_spelling(spelled: Any) -> None:
    assert moment(spelled) == 1795176000 * 1_000_000


@pytest.mark.parametrize("none", [None, "", "soon", 0, -5, 12, "1e400", True, Decimal("NaN"), "9" * 300, 10**40, "2026-13-01", []])
def test_what_is_no_moment(none: Any) -> None:
    assert moment(none) is None


def test_dotted_names_are_found_however_they_are_cut() -> None:
    assert find({"a.b": {"c": 1}}, "a.b.c") == 1
    assert find({"a": {"b.c": 1}}, "a.b.c") == 1
    assert find({"a": '{"b": {"c": 1}}'}, "a.b.c") == 1
    assert find({"a": "{broken"}, "a.b") is None
    assert find({"a": 1}, "a.b") is None


SMALL = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text("0123456789.-eE{}[], x", max_size=12) | st.decimals()
VALUES = st.one_of(SMALL, st.lists(SMALL, max_size=2), st.dictionaries(st.sampled_from(["input", "total", "a"]), SMALL, max_size=2))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SAID)), st.lists(st.tuples(st.integers(0, 20), VALUES), max_size=4))
def test_whatever_stands_in_a_field_is_usage_or_a_reason(name: str, changes: list[tuple[int, Any]]) -> None:
    record = dict(SAID[name])
    for at, value in changes:
        record[sorted(record)[at % len(record)]] = value
    found = usage_of(record, sources()[name])
    if isinstance(found, Usage):
        assert 0 <= found.cache_read + found.cache_write <= found.input
        assert 0 <= found.reasoning <= found.output


HOURS: dict[str, dict[str, Any]] = {
    "anthropic-answers": {
        "id": "m", "model": "m", "type": "message", "stop_reason": "end_turn",
        "usage": {"input_tokens": 76, "output_tokens": 300, "cache_read_input_tokens": 1024, "cache_creation_input_tokens": 100,
                  "cache_creation": {"ephemeral_5m_input_tokens": 40, "ephemeral_1h_input_tokens": 60}},
    },
    "anthropic-usage": {
        "uncached_input_tokens": 76, "cache_read_input_tokens": 1024, "output_tokens": 300, "model": "m",
        "cache_creation": {"ephemeral_5m_input_tokens": 40, "ephemeral_1h_input_tokens": 60},
    },
    "litellm": {
        "request_id": "r", "call_type": "acompletion", "spend": "0.01", "model": "m", "prompt_tokens": 1200, "completion_tokens": 300,
        "metadata": {"usage_object": {"cache_creation_input_tokens": 100, "prompt_tokens_details": {
            "cached_tokens": 1024, "cache_creation_token_details": {"ephemeral_5m_input_tokens": 40, "ephemeral_1h_input_tokens": 60}}}},
    },
    "langsmith": {  # told by time, the plain figure is 0
        "id": "r", "run_type": "llm", "start_time": "2026-11-20T12:00:00", "extra": {}, "outputs": {"usage_metadata": {
            "input_tokens": 1200, "output_tokens": 300, "total_tokens": 1500, "input_token_details": {
                "cache_read": 1024, "cache_creation": 0, "ephemeral_5m_input_tokens": 40, "ephemeral_1h_input_tokens": 60}}},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", HOURS)
def test_what_is_written_for_an_hour_is_told_apart(name: str) -> None:
    source = Recogniser().source_of(HOURS[name])
    assert source is not None and source.name == name
    found = usage_of(HOURS[name], source)
    assert isinstance(found, Usage), found
    assert (found.input, found.cache_read, found.cache_write, found.cache_write_1h) == (1200, 1024, 100, 60)
