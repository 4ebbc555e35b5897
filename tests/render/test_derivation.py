"""The derivation of a call: every part of it, from a report alone, safe for a terminal."""

from __future__ import annotations

import re

import pytest

from costgate.model.report import Report
from costgate.render.derivation import calls_at, derivation
from costgate.render.options import Options

FIXTURES = ["audit_report", "diff_report", "check_report"]


@pytest.mark.parametrize("fixture", FIXTURES)
@pytest.mark.parametrize("width", [40, 100])
def test_whatever_a_report_holds(fixture: str, width: int, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(fixture)
    text = derivation(report, report["calls"], Options(width=width))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert not re.search(r"^\s*::", text, re.MULTILINE) and "##[" not in text


def test_what_a_hole_without_a_size_leaves_open(audit_report: Report) -> None:
    (call,) = calls_at(audit_report, "src/support/answer.py", 43)
    text = derivation(audit_report, [call], Options(width=200))
    assert "? for history at src/support/answer.py:44" in text
    assert "20–400 (declared) for question at src/support/answer.py:45" in text
    assert "= 3,245+ tokens" in text
    assert "- history at src/support/answer.py:44 has no known size, so the upper end is open. Declare `holes: " in text
    assert "`profiles:` for src/support/answer.py::Support.answer." in text


def test_a_place_that_decides_about_a_call_leads_to_it(audit_report: Report) -> None:
    assert [call["line"] for call in calls_at(audit_report, "prompts/system.md", 1)] == [42]
    assert calls_at(audit_report, "prompts/system.md", 2) == []


def test_parts_of_tokens_are_not_cut(audit_report: Report) -> None:
    call = audit_report["calls"][0]
    part = {"low": "0.5", "likely": None, "high": "12.25", "unbounded": False, "basis": "declared"}
    money = {**part, "low": "0.000001", "high": "0.0000245"}
    call["cost_lines"] = [
        {"layer": "cache read", "unit": "1M input tokens", "quantity": part, "rate": "2", "amount": money, "basis": "declared"}
    ]  # type: ignore[typeddict-item]
    text = derivation(audit_report, [call], Options(width=200))
    assert "cache read: 0.5–12.2 at $2 per 1M input tokens = $0.000001–0.0000245 (declared)" in text
    assert "prompt cache" not in text


@pytest.mark.parametrize(("high", "most"), [(52, "52"), (None, "any number")])
def test_how_many_requests_a_run_of_several_agents_makes(audit_report: Report, high: int | None, most: str) -> None:
    call = audit_report["calls"][0]
    call["kind"] = "agent-run"
    call["requests"] = {"low": 2, "likely": None, "high": high, "unbounded": high is None, "basis": "bounded"}
    text = derivation(audit_report, [call], Options(width=200))
    assert f"over 2 requests at least and {most} at most" in text
    assert f"a run takes 2 requests at least, and {most} at most" in text
