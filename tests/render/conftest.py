"""Reports made by hand, with everything in them that an output could trip over."""

from __future__ import annotations

from typing import Any, cast

import pytest

from costgate.model.report import (
    CallDoc,
    CauseDoc,
    ChangeDoc,
    DeltaDoc,
    FindingDoc,
    GapDoc,
    RangeDoc,
    Report,
    RuleDoc,
    SideDoc,
    UsageDoc,
    ValueDoc,
    WorkloadDoc,
)

HOSTILE = (
    "a|b `c` <!-- x --> @octocat #12 ::error::x \x1b[31m\u202e\n##[add-mask]y [z](javascript:0) <img src=x> $1 100%"
)
HEAD = "1f" * 20
BASE = "2e" * 20


def spread(low: int | str, high: int | str | None, basis: str = "exact", likely: int | str | None = None) -> RangeDoc:
    return {"low": low, "likely": likely, "high": high, "unbounded": high is None, "basis": basis}


def known(*values: Any, origin: str = "argument") -> ValueDoc:
    return {"state": "known", "values": list(values), "origin": origin, "why": None, "trail": []}


def absent() -> ValueDoc:
    return {"state": "absent", "values": [], "origin": None, "why": None, "trail": []}


def unknown(why: str) -> ValueDoc:
    return {
        "state": "unknown",
        "values": [],
        "origin": None,
        "why": why,
        "trail": [{"path": "src/config.py", "line": 8}],
    }


def call(path: str, line: int, function: str, **more: Any) -> CallDoc:
    plain: dict[str, Any] = {
        "key": f"{path}::{function}::chat",
        "path": path,
        "line": line,
        "end_line": line + 3,
        "start_column": 9,
        "end_column": 10,
        "cell": None,
        "kind": "chat",
        "sdk": "openai",
        "provider": "openai",
        "callee": "client.chat.completions.create",
        "function": function,
        "context": {"async": False, "test": False, "loop": None, "stream": {"closed": None}},
        "via": None,
        "counted": True,
        "workload": None,
        "model": known("gpt-4o"),
        "output_limit": known(1000),
        "reasoning": {**absent(), "on": False, "default_on": False, "bound": None},
        "samples": absent(),
        "retries": {"layers": [], "product": 3, "unbounded": False},
        "turn_limit": absent(),
        "tags": [],
        "prompt": {"static_tokens": spread(1445, 1445), "holes": [], "sources": []},
        "input_tokens": spread(1445, 1445),
        "output_tokens": spread(0, 1000, "bounded"),
        "cost_per_call": spread("0.0036125", "0.0136125", "bounded"),
        "cost_lines": [],
        "gaps": [],
    }
    return cast(CallDoc, {**plain, **more})


def side(path: str, line: int, function: str, **more: Any) -> SideDoc:
    whole = call(path, line, function, **more)
    return {
        "path": path,
        "line": line,
        "function": function,
        "callee": whole["callee"],
        "model": whole["model"],
        "input_tokens": whole["input_tokens"],
        "output_tokens": whole["output_tokens"],
        "cost_per_call": whole["cost_per_call"],
    }


def cause(what: str, path: str, line: int, before: str | None, after: str | None, delta: int | None) -> CauseDoc:
    return {"what": what, "path": path, "line": line, "before": before, "after": after, "delta_tokens": delta}


def change(
    kind: str,
    before: SideDoc | None,
    after: SideDoc | None,
    tokens: RangeDoc | None,
    cost: RangeDoc | None,
    *causes: CauseDoc,
) -> ChangeDoc:
    one = after or before
    assert one is not None
    key = f"{one['path']}::{one['function']}::chat"
    delta: DeltaDoc = {"tokens": tokens, "cost": cost}
    return {"kind": kind, "key": key, "before": before, "after": after, "delta": delta, "causes": list(causes)}


def finding(rule: str, severity: str, path: str, line: int, message: str, **more: Any) -> FindingDoc:
    plain: dict[str, Any] = {
        "rule": rule,
        "severity": severity,
        "path": path,
        "line": line,
        "end_line": line,
        "start_column": 9,
        "end_column": 20,
        "cell": None,
        "call_key": None,
        "message": message,
        "data": {},
        "fingerprint": f"{rule}:{path}:{line}",
        "line_hash": None,
        "state": "open",
        "suppressed_by": None,
        "fix_available": False,
    }
    return cast(FindingDoc, {**plain, **more})


def rule(id: str, name: str, severity: str, **more: Any) -> RuleDoc:
    plain: dict[str, Any] = {
        "id": id,
        "name": name,
        "summary": f"What {name} is about",
        "help": f"Why {name} matters.\n\nA second paragraph.",
        "fix": f"Set what {name} asks for.",
        "docs": f"https://costgate.example/rules/{id}",
        "severity": severity,
        "confidence": "high",
    }
    return cast(RuleDoc, {**plain, **more})


def gap(what: str, why: str, path: str | None = None, line: int | None = None) -> GapDoc:
    return {"path": path, "line": line, "what": what, "why": why}


def _calls() -> list[CallDoc]:
    wide = call(
        "src/support/answer.py",
        42,
        "Support.answer",
        input_tokens=spread(3245, None),
        cost_per_call=spread("0.0081125", None, "bounded"),
        prompt={
            "static_tokens": spread(3245, 3245),
            "holes": [
                {
                    "name": "history",
                    "path": "src/support/answer.py",
                    "line": 44,
                    "low": None,
                    "likely": None,
                    "high": None,
                    "basis": None,
                },
                {
                    "name": "question",
                    "path": "src/support/answer.py",
                    "line": 45,
                    "low": 20,
                    "likely": 45,
                    "high": 400,
                    "basis": "declared",
                },
            ],
            "sources": [{"path": "prompts/system.md", "line": 1, "tokens": 3200}],
        },
        gaps=[gap("hole", "history is filled in at run time and nothing bounds it", "src/support/answer.py", 44)],
    )
    return [
        wide,
        call(
            "src/report/weekly_summary_of_everything_that_happened.py",
            7,
            "",
            model=known("claude-sonnet-4-5", "claude-haiku-4-5"),
            output_limit=absent(),
            input_tokens=spread(11873, 12960, "calibrated"),
            output_tokens=spread(0, 64000, "bounded"),
            cost_per_call=spread("0.0118", "0.99888", "calibrated"),
            reasoning={**known("high"), "on": True, "default_on": True, "bound": None},
        ),
        call(
            "src/batch/run.py",
            9,
            "run.<locals>.one",
            model=unknown("read from the environment variable MODEL, which has no default"),
            output_limit=known(400, None),
            input_tokens=spread(320, 340, "calibrated"),
            cost_per_call=None,
            gaps=[
                gap(
                    "model",
                    "the model is not known: read from the environment variable MODEL, which has no default",
                    "src/batch/run.py",
                    9,
                ),
                gap("price", "without a model there is no price", "src/batch/run.py", 9),
            ],
        ),
        call("notebooks/Explore data #2.ipynb", 3, "", cell=4, cost_per_call=spread("0.0000000815", "0.0000000815")),
        call("src/日本語/要約.py", 12, "要約する", model=known("gpt-4o-mini"), cost_per_call=spread("0", "0")),
        call(
            HOSTILE,
            1,
            HOSTILE,
            model=known(HOSTILE),
            input_tokens=None,
            cost_per_call=None,
            gaps=[gap(HOSTILE, HOSTILE, HOSTILE, 1)],
        ),
        call("src/llm/client.py", 5, "complete", counted=False),
    ]


def _findings() -> list[FindingDoc]:
    answer = "src/support/answer.py"
    return [
        finding(
            "CG101",
            "warning",
            "src/report/weekly_summary_of_everything_that_happened.py",
            7,
            "`create` on claude-sonnet-4-5 has no output limit",
            call_key="weekly",
            line_hash="c1f4a9:1",
        ),
        finding(
            "CG201",
            "error",
            answer,
            42,
            "retried without bound by two layers",
            end_line=45,
            call_key=f"{answer}::Support.answer::chat",
            line_hash="ab12cd34ef567890:1",
            fix_available=True,
        ),
        finding("CG900", "error", HOSTILE, 1, HOSTILE),
        finding(
            "CG301", "info", "notebooks/Explore data #2.ipynb", 3, "called in a loop over rows", cell=4, call_key="nb"
        ),
        finding(
            "CG401",
            "error",
            "",
            0,
            "all prompts together exceed the budget of 20,000 tokens by 1,204",
            start_column=0,
            end_column=0,
            end_line=0,
        ),
        finding(
            "CG101",
            "warning",
            "src/old.py",
            30,
            "`create` has no output limit",
            state="existing",
            suppressed_by="baseline",
        ),
        finding(
            "CG101",
            "warning",
            "src/old.py",
            60,
            "`create` has no output limit",
            state="suppressed",
            suppressed_by="ignore at src/old.py:60: short answers by contract",
        ),
        finding(
            "CG201",
            "error",
            "src/old.py",
            90,
            "retried without bound",
            state="waived",
            suppressed_by="waiver until 2027-01-31: being replaced",
        ),
    ]


def _report(mode: str) -> Report:
    calls = _calls()
    return {
        "schema": "costgate.report/1",
        "tool": {"name": "costgate", "version": "0.1.0"},
        "provenance": {
            "mode": mode,
            "repository": "acme/assistant",
            "head_sha": HEAD,
            "base_sha": None,
            "merge_base_sha": None,
            "dirty": False,
            "as_of": "2026-11-22",
            "currency": "USD",
            "price_book": {"id": "2026-11-20", "sha256": "0" * 64, "date": "2026-11-20"},
            "policy": {"source": "base costgate.yaml", "sha256": "3" * 64},
            "config_sha256": None,
            "run_order": 1790000000,
        },
        "rules": [
            rule("CG101", "unbounded-output", "warning"),
            rule("CG201", "unbounded-retry", "error", enforced=True),
            rule("CG301", "call-in-loop", "info", summary="", help="", fix="", docs=""),
            rule("CG401", "prompt-budget", "error"),
        ],
        "calls": calls,
        "prompts": [
            {
                "path": "prompts/system.md",
                "line": 1,
                "tokens": spread(3200, 3200),
                "role": "system",
                "load": "code",
                "budget": None,
                "used_by": [calls[0]["key"]],
            },
            {
                "path": "AGENTS.md",
                "line": 1,
                "tokens": spread(810, 870, "calibrated"),
                "role": "system",
                "load": "always",
                "budget": 1000,
                "used_by": [],
            },
        ],
        "workloads": [],
        "portfolio": None,
        "totals": {
            "head": {
                "input_tokens": spread(18328, None, "calibrated"),
                "cost_per_call": spread("0.0199125815", None, "calibrated"),
                "calls": 7,
                "counted": 6,
                "priced": 4,
            },
            "base": None,
            "delta": None,
        },
        "changes": [],
        "findings": _findings(),
        "exceptions_changed": [],
        "abstentions": [
            {
                "rule": "CG101",
                "key": "src/batch/run.py::run.<locals>.one::chat",
                "why": "the output limit may be absent",
            }
        ],
        "gaps": [gap("file", "syntax error in line 3", "src/broken.py", 3), gap("file", HOSTILE, HOSTILE, None)],
        "coverage": {
            "files": 412,
            "read": 9,
            "skipped": [{"path": "src/broken.py", "why": "syntax error in line 3"}],
            "calls": 7,
            "counted": 6,
            "model_known": 4,
            "priced": 4,
            "input_known": 4,
            "capped": 3,
        },
        "verdict": {"result": "fail", "reasons": ["1 x unbounded-retry (CG201, error): What unbounded-retry is about"]},
    }


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def audit_report() -> Report:
    return _report("audit")


@pytest.fixture
def check_report() -> Report:
    return _report("check")


@pytest.fixture
def diff_report() -> Report:
    report = _report("diff")
    answer, batch, weekly = (
        "src/support/answer.py",
        "src/batch/run.py",
        "src/report/weekly_summary_of_everything_that_happened.py",
    )
    cheap = {"model": known("gpt-4o-mini"), "cost_per_call": spread("0.0002", "0.0008", "bounded")}
    report["changes"] = [
        change(
            "changed",
            side(answer, 40, "Support.answer"),
            side(
                answer,
                42,
                "Support.answer",
                input_tokens=spread(3265, 3645),
                cost_per_call=spread("0.0081125", "0.0381125", "bounded"),
                output_tokens=spread(0, 2000, "bounded"),
            ),
            spread(1820, 1820),
            spread("0.0045", "0.0245", "bounded"),
            cause("output limit", answer, 47, "1000", "2000", None),
            cause("prompt", "prompts/system.md", 1, None, None, 1820),
        ),
        change(
            "changed",
            side(weekly, 7, "", **cheap),
            side(
                weekly,
                7,
                "",
                model=known("claude-sonnet-4-5"),
                input_tokens=spread(11873, 12960, "calibrated"),
                cost_per_call=spread("0.0118", "0.99888", "calibrated"),
            ),
            spread(-120, 80, "calibrated"),
            spread("0.0116", None, "calibrated"),
            cause("model", "src/report/models.py", 3, "gpt-4o-mini", "claude-sonnet-4-5", None),
        ),
        change(
            "added",
            None,
            side(
                batch,
                9,
                "run.<locals>.one",
                model=unknown("from MODEL"),
                input_tokens=spread(320, 340, "calibrated"),
                cost_per_call=None,
            ),
            spread(320, 340, "calibrated"),
            None,
        ),
        change(
            "removed",
            side("src/old.py", 12, "gone"),
            None,
            spread(-1445, -1445),
            spread("-0.0136125", "-0.0036125", "bounded"),
        ),
        change(
            "changed",
            side(HOSTILE, 1, HOSTILE),
            side(HOSTILE, 1, HOSTILE),
            spread(12, 12),
            spread("0.00003", "0.00003"),
            cause(HOSTILE, HOSTILE, 1, HOSTILE, HOSTILE, 12),
        ),
        change(
            "repriced",
            side("src/a.py", 3, "a"),
            side("src/a.py", 3, "a"),
            spread(0, 0),
            spread("-0.001", "0.002"),
            cause("price", "src/a.py", 3, "2.50", "2.00", None),
        ),
        change(
            "changed",
            side("src/b.py", 3, "b"),
            side("src/b.py", 3, "b"),
            spread(3, 3),
            spread("0.0000075", "0.0000075"),
            cause("prompt", "src/b.py", 9, None, None, 3),
        ),
        change("moved", side("src/c.py", 3, "c"), side("src/d.py", 8, "c"), spread(0, 0), spread("0", "0")),
    ]
    report["totals"]["base"] = report["totals"]["head"]
    report["totals"]["delta"] = {
        "tokens": spread(590, 810, "calibrated"),
        "cost": spread("0.0135375", None, "calibrated"),
    }
    report["provenance"]["base_sha"] = report["provenance"]["merge_base_sha"] = BASE
    report["exceptions_changed"] = [
        {"kind": "inline ignore", "change": "added", "rules": ["CG101"], "path": answer, "line": 50, "reason": HOSTILE},
        {
            "kind": "waiver",
            "change": "removed",
            "rules": ["CG201", "CG301"],
            "path": "costgate.yaml",
            "line": 12,
            "reason": "",
        },
    ]
    return report


@pytest.fixture
def unchanged_report() -> Report:
    """A pull request that touches no call and breaks no rule."""
    report = _report("diff")
    report["findings"] = [one for one in report["findings"] if one["state"] != "open"]
    report["gaps"] = []
    report["calls"] = []
    report["totals"]["base"] = report["totals"]["head"]
    report["totals"]["delta"] = {"tokens": spread(0, 0), "cost": spread("0", "0")}
    report["verdict"] = {"result": "pass", "reasons": []}
    return report


def _workload(name: str, **more: Any) -> WorkloadDoc:
    amounts = spread("0.0021", "0.0105", "declared", "0.004")
    plain: dict[str, Any] = {
        "name": name,
        "owner": "ann",
        "team": "support",
        "tags": {"feature": "chat"},
        "path": "costgate.yaml",
        "line": 12,
        "planned": False,
        "sites": ["src/support/answer.py::Support.answer::chat"],
        "unknown": [],
        "overlaps": [],
        "revisit": "2027-02-01",
        "traffic": spread(1_200_000, 1_200_000, "declared", 1_200_000),
        "buffer": spread("0.25", "0.25", "declared", "0.25"),
        "tokens": spread("1020.5", "4000", "declared"),
        "per_request": amounts,
        "per_month": spread("2520", "12600", "declared", "4800"),
        "forecast_request": spread("0.002625", "0.013125", "declared", "0.005"),
        "forecast_month": spread("3150", "15750", "declared", "6000"),
        "share": "98.5",
        "layers": {"inference": amounts, "platform": spread("0.001", "0.001", "declared", "0.001")},
        "lines": [
            {
                "layer": "inference",
                "what": "gpt-4o",
                "site": "src/support/answer.py::Support.answer::chat",
                "unit": "1M cached input tokens",
                "quantity": spread(600, 400, "declared", 500),
                "rate": "1.25",
                "amount": spread("0.00075", "0.0005", "declared", "0.000625"),
            },
            {
                "layer": "platform",
                "what": "observability",
                "site": None,
                "unit": "request",
                "quantity": spread(1, 1),
                "rate": "0.001",
                "amount": spread("0.001", "0.001", "declared", "0.001"),
            },
        ],
        "unit": {
            "name": "resolved ticket",
            "resolution_rate": spread("0.6", "0.6", "declared", "0.6"),
            "value": "4.5",
            "cost": spread("0.004375", "0.021875", "declared"),
            "margin": spread("4.478125", "4.495625", "declared"),
        },
        "usage": None,
        "budgets": [
            {
                "what": "month",
                "limit": "7000",
                "value": spread("3150", "15750", "declared", "6000"),
                "used": spread("85.714285", "85.714285", "declared"),
                "state": "warn",
                "warn_at": ["50", "80"],
            }
        ],
        "scenarios": [
            {"name": "traffic x2", "per_request": amounts, "per_month": spread("6300", "31500", "declared", "12000")},
            {"name": "what if cache_hit=80%", "per_request": None, "per_month": None},
        ],
        "savings": [
            {
                "lever": "smaller model",
                "what": "gpt-4o-mini in place of gpt-4o",
                "per_request": spread("0.001", None, "declared"),
                "per_month": spread("1200", None, "declared"),
                "given": "its answers are good enough",
            },
            {
                "lever": "prompt caching",
                "what": "a stable prefix of 3,200 tokens",
                "per_request": spread("-0.0002", "0.003", "assumed"),
                "per_month": None,
                "given": "requests follow each other",
            },
        ],
        "assumptions": ["traffic: 1,200,000 a month (declared)"],
        "delta": None,
        "gaps": [],
    }
    return cast(WorkloadDoc, {**plain, **more})


@pytest.fixture
def priced_report() -> Report:
    """An audit of a codebase that has traffic: workloads of every kind, and what they make together."""
    report = _report("audit")
    usage: UsageDoc = {
        "kind": "self-hosted",
        "fixed": spread("19500", "19500", "declared", "19500"),
        "tokens": spread(6_000_000_000, 6_000_000_000, "declared"),
        "capacity": spread("12000000000", "12000000000", "declared"),
        "used": spread("0.5", "0.5", "declared"),
        "per_million": spread("1.625", "1.625", "declared"),
        "managed": spread("9000", "9000", "declared"),
        "break_even": spread("13000000000", "13000000000", "declared"),
    }
    blank: dict[str, Any] = dict.fromkeys(
        ("owner", "team", "revisit", "traffic", "buffer", "per_request", "per_month", "forecast_request", "forecast_month")
    )
    hostile = {
        **blank,
        "tags": {HOSTILE: HOSTILE, "=cmd()": "+1"},
        "path": HOSTILE,
        "sites": [HOSTILE],
        "unknown": [HOSTILE],
        "overlaps": [HOSTILE],
        "owner": "=HYPERLINK(1)",
        "layers": {},
        "unit": None,
        "budgets": [],
        "scenarios": [],
        "savings": [],
        "assumptions": [HOSTILE],
        "gaps": [gap("traffic", HOSTILE)],
        "share": None,
    }
    report["workloads"] = [
        _workload("answers"),
        _workload("own GPUs", planned=True, sites=[], usage=usage, lines=[], owner=None, tags={}, buffer=None, delta=None),
        _workload(HOSTILE, **hostile),
    ]
    month = spread("22650", None, "declared", "25500")
    report["portfolio"] = {
        "name": HOSTILE,
        "path": "costgate.yaml",
        "line": 40,
        "per_month": month,
        "budget": {
            "what": "month",
            "limit": "20000",
            "value": month,
            "used": spread("127.5", "127.5", "declared"),
            "state": "over",
            "warn_at": ["50", "80"],
        },
        "members": [
            {"name": "answers", "per_month": spread("3150", "15750", "declared", "6000"), "share": "23.5"},
            {"name": HOSTILE, "per_month": None, "share": None},
        ],
        "missing": [HOSTILE],
        "showback": [
            {"by": "owner", "tag": None, "value": "ann", "per_month": month, "share": "100"},
            {"by": "tag", "tag": HOSTILE, "value": HOSTILE, "per_month": month, "share": "100"},
            {"by": "tag", "tag": "feature", "value": None, "per_month": month, "share": None},
        ],
        "delta": None,
    }
    return report
