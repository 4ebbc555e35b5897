"""Calls that one place makes are one row of the table, with what they come to together."""

from __future__ import annotations

import copy

from costgate.model.report import CallDoc, RangeDoc, Report
from costgate.render import render
from costgate.render.options import Options
from costgate.render.samerow import rows


def through(call: CallDoc, key: str, **changes: object) -> CallDoc:
    made = copy.deepcopy(call)
    made.update(key=key, via="app/llm.py::ask", **changes)  # type: ignore[call-arg]
    return made


def sized(low: int, likely: int | None, high: int | None) -> RangeDoc:
    return {"low": low, "likely": likely, "high": high, "unbounded": high is None, "basis": "exact"}


def test_what_a_place_makes_is_added_up(audit_report: Report) -> None:
    call = audit_report["calls"][0]
    one = through(call, "a", input_tokens=sized(10, None, 10), cost_per_call=None)
    two = through(call, "b", input_tokens=sized(5, 6, 9), cost_per_call=None)
    (row,) = rows([one, two])
    assert (row.times, row.tokens, row.cost) == (2, sized(15, 16, 19), None)
    (open_ended,) = rows([one, through(call, "c", input_tokens=sized(1, None, None))])
    assert open_ended.tokens == sized(11, None, None)


def test_other_models_other_places_and_calls_in_a_body_stay_apart(audit_report: Report) -> None:
    call = audit_report["calls"][0]
    body = copy.deepcopy(call)
    other = through(call, "b", model={**call["model"], "values": ["another"]})
    calls = [body, through(call, "a"), other, through(call, "c", line=call["line"] + 1), {**body, "key": "again"}]
    assert [row.times for row in rows(calls)] == [1] * 5  # type: ignore[arg-type]


def test_the_table_says_how_many(audit_report: Report) -> None:
    report = copy.deepcopy(audit_report)
    call = report["calls"][0]
    report["calls"] = [through(call, "a"), through(call, "b"), through(call, "c")]
    for width in (160, 100, 40):
        assert f"{call['path']}:{call['line']} ×3" in render(report, "text", Options(width=width))
