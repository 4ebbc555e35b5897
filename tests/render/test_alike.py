"""Findings that say the same are told once, with the other places that they hold for."""

from __future__ import annotations

import copy

import pytest

from costgate.model.report import CallDoc, FindingDoc, Report
from costgate.render import render
from costgate.render.alike import alike, once
from costgate.render.options import Options


@pytest.fixture
def wrapped(audit_report: Report) -> Report:
    """Three callers of one request, each with a finding that only names what it calls otherwise."""
    report = copy.deepcopy(audit_report)
    request = {**report["calls"][0], "key": "llm.py::ask::openai:create", "path": "llm.py", "line": 40, "via": None, "counted": False}
    report["calls"] = [request]  # type: ignore[list-item]
    report["findings"] = []
    for number in range(1, 4):
        add(report, f"a{number}.py", number, f"ask{number}")
    return report


def add(report: Report, path: str, line: int, callee: str, model: str = "unknown") -> None:
    caller: CallDoc = {**report["calls"][0], "key": f"{path}::{callee}", "path": path, "line": line, "via": report["calls"][0]["key"]}
    report["calls"].append(caller)
    finding: FindingDoc = {
        "rule": "CG101", "severity": "warning", "path": path, "line": line, "end_line": line, "start_column": 1, "end_column": 9,
        "cell": None, "call_key": caller["key"], "message": f"{callee} on {model} has no ceiling on output tokens",
        "data": {"call.callee": callee, "call.model": model}, "fingerprint": f"{path}{callee}{model}", "line_hash": "0",
        "state": "open", "suppressed_by": None, "fix_available": False, "start_byte": 1, "end_byte": 9,
    }  # fmt: skip
    report["findings"].append(finding)


def test_callers_of_one_request_are_one(wrapped: Report) -> None:
    (one,) = alike(wrapped, wrapped["findings"])
    assert (one.finding["path"], [other["path"] for other in one.others], one.requests) == ("a1.py", ["a2.py", "a3.py"], ("llm.py:40",))
    text = render(wrapped, "text", Options())
    assert text.count("no ceiling on output tokens") == 1
    assert "the same at a2.py:2, a3.py:3, which lead to the request at llm.py:40" in " ".join(text.split())
    assert "3 warnings" in text
    assert render(wrapped, "text", Options(detail="full")).count("no ceiling on output tokens") == 3
    assert "a1.py" in (note := render(wrapped, "markdown", Options())) and "and 2 other places" in note


def test_the_request_itself_comes_first(wrapped: Report) -> None:
    own = copy.deepcopy(wrapped["findings"][0])
    own.update(call_key=wrapped["calls"][0]["key"], path="llm.py", line=40, fingerprint="own")
    wrapped["findings"].append(own)
    (one,) = alike(wrapped, wrapped["findings"])
    assert (one.finding["path"], len(one.others), one.here) == ("llm.py", 3, True)
    assert "the same at a1.py:1, a2.py:2, a3.py:3, which lead here" in " ".join(render(wrapped, "text", Options()).split())


def test_other_facts_and_other_requests_stay_apart(wrapped: Report) -> None:
    add(wrapped, "a4.py", 4, "ask4", model="gpt-4.1")
    add(wrapped, "b.py", 1, "tell")
    wrapped["calls"][-1]["via"] = None
    assert [(one.finding["path"], len(one.others)) for one in alike(wrapped, wrapped["findings"])] == [("a1.py", 2), ("a4.py", 0), ("b.py", 0)]


def test_several_requests_of_one_place_are_marked_once(wrapped: Report) -> None:
    second = copy.deepcopy(wrapped["calls"][0])
    second.update(key="llm.py::ask::openai:stream", line=60)
    wrapped["calls"].append(second)
    again = copy.deepcopy(wrapped["findings"][0])
    again.update(call_key="a1.py::again", fingerprint="another")
    wrapped["calls"].append({**wrapped["calls"][1], "key": "a1.py::again", "via": second["key"]})
    wrapped["findings"].append(again)
    assert len(once(wrapped["findings"])) == 3
    first = alike(wrapped, wrapped["findings"])[0]
    assert (first.requests, first.others) == (("llm.py:40", "llm.py:60"), ())
    assert render(wrapped, "github", Options()).count("::warning ") == 3


def test_a_circle_of_callers_ends(wrapped: Report) -> None:
    wrapped["calls"][0]["via"] = wrapped["calls"][1]["key"]
    assert len(alike(wrapped, wrapped["findings"])) >= 1
