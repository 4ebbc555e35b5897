"""The report document, field by field: what stands in the models stands there, under its name and in its form."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from costgate.judge.document import document, product
from costgate.judge.judgement import Judgement
from costgate.model.call import Context, Loop, RetryLayer
from costgate.model.finding import Abstention, Finding, Gap, Suppression
from costgate.model.fix import Edit, Fix
from costgate.model.measured import Measurement
from costgate.model.money import Cost, CostLine, Price, Range
from costgate.model.snapshot import Cause, Change, HoleTokens, Measure, Reasoning, SourceTokens
from costgate.model.value import ABSENT, Known, Span, Unknown
from costgate.model.waiver import Plea, Waiver
from costgate.model.workload import Saving, Workload, WorkloadCost

NOTHING = {"state": "absent", "values": [], "origin": None, "why": None, "trail": []}
SIZE = Range(1, 2, None, "declared")
SIZED = {"low": 1, "likely": 2, "high": None, "unbounded": True, "basis": "declared"}
MONEY = Range(Decimal("0.10"), None, Decimal(2), "bounded")
PRICED = {"low": "0.1", "likely": None, "high": "2", "unbounded": False, "basis": "bounded"}


def judged(*findings: Finding, **more: Any) -> Judgement:
    return Judgement(findings, more.pop("abstentions", ()), "warn", ("a reason",), more.pop("rules", ()), **more)


def made(judgement: Judgement, measured: Any, **more: Any) -> Any:
    return document(judgement, measured, {"as_of": "2026-11-22"}, {"name": "costgate", "version": "1"}, **more)  # type: ignore[typeddict-item]


def a_full_site(site: Any) -> Any:
    layers = (
        RetryLayer("for loop", 3, False, Span("app.py", 4), waits=False, on=("a.E" * 200, *("b",) * 60)),
        RetryLayer("client", 2, None),
    )
    return site(
        line=5, last=7, provider="p", sdk="s", kind="responses", callee="c.create", via="lib.py::ask", counted=False, retries=layers,
        span=Span("app.py", 5, 2, 7, 9, cell=4), requests=SIZE, gaps=(Gap("prompt", "of the call", Span("app.py", 6)),),
        context=Context("ask", is_async=True, in_test=True, loops=(Loop("while", 7, Span("app.py", 3)), Loop("for", 8, Span("app.py", 2))), stream_closed=True),
        args={
            "model": Known(("m", ABSENT, Decimal("0.50")), "default", (Span("a.py", 1), Span("a.py", 1, 5), Span("", 2), Span("n.ipynb", 3, cell=0))),
            "output_limit": Unknown("the caller decides", (Span("a.py", 2),)),
            "reasoning": Known(("low",)), "samples": Known((2,)), "turn_limit": Known((9,)), "tags": Known(("chat", 3, "x")),
        },
    )  # fmt: skip


def a_full_measure() -> Measure:
    return Measure(
        price=Price("m", "p", {}, source="a book", since="2026-01-02"),
        static_tokens=Range.exact(5),
        sources=(SourceTokens(Span("app.py", 1), SIZE), SourceTokens(Span("n.ipynb", 2, cell=0), Range(7, None, None), optional=True)),
        holes=(HoleTokens("q", Span("app.py", 3), Range(1, 2, 3, "declared")), HoleTokens("r", Span("n.ipynb", 4, cell=0), None), HoleTokens("s", Span("app.py", 4), Range(1, None, None))),
        input_tokens=SIZE, output_tokens=Range.exact(6), reasoning=Reasoning(True, False, "low", 50),
        cost=Cost(MONEY, (CostLine("input", "1M input tokens", SIZE, Decimal("1.250"), MONEY, "bounded"),)),
        gaps=(Gap("price", "of the measure"),),
        measurement=Measurement(Span("m.yaml", 2), 30, "2026-01-01", "2026-02-01", ("m", "n"), 4, "linear", Decimal("1.50"), None),
    )  # fmt: skip


def test_a_call(site: Any, snapshot: Any) -> None:
    full = a_full_site(site)
    workload = WorkloadCost(Workload("answers"), Span("costgate.yaml", 1), sites=(full.key,))
    tree = replace(snapshot(full, measures={full.key: a_full_measure()}), workloads=(workload,))
    [call] = made(judged(), tree)["calls"]
    gaps = [{"path": "app.py", "line": 6, "what": "prompt", "why": "of the call"}, {"path": None, "line": None, "what": "price", "why": "of the measure"}]
    trail = [{"path": "a.py", "line": 1}, {"path": "n.ipynb", "line": 3, "cell": 0}]
    assert call == {
        "key": "app.py::ask", "path": "app.py", "line": 5, "end_line": 7, "start_column": 2, "end_column": 9, "cell": 4,
        "kind": "responses", "sdk": "s", "provider": "p", "callee": "c.create", "function": "ask",
        "context": {"async": True, "test": True, "loop": {"kind": "while", "bound": 7}, "stream": {"closed": True}},
        "via": "lib.py::ask", "counted": False, "workload": "answers",
        "model": {"state": "known", "values": ["m", None, "0.50"], "origin": "default", "why": None, "trail": trail},
        "output_limit": {**NOTHING, "state": "unknown", "why": "the caller decides", "trail": [{"path": "a.py", "line": 2}]},
        "reasoning": {**NOTHING, "state": "known", "values": ["low"], "origin": "argument", "on": True, "default_on": False, "bound": 50},
        "samples": {**NOTHING, "state": "known", "values": [2], "origin": "argument"},
        "retries": {
            "layers": [
                {"what": "for loop", "attempts": 3, "unbounded": False, "path": "app.py", "line": 4, "on": [("a.E" * 100), *["b"] * 49], "waits": False},
                {"what": "client", "attempts": 2, "unbounded": None, "path": None, "line": None},
            ],
            "product": 6,
            "unbounded": None,
        },
        "turn_limit": {**NOTHING, "state": "known", "values": [9], "origin": "argument"}, "requests": SIZED, "tags": ["chat", "x"],
        "prompt": {
            "static_tokens": {"low": 5, "likely": 5, "high": 5, "unbounded": False, "basis": "exact"},
            "holes": [
                {"name": "q", "path": "app.py", "line": 3, "low": 1, "likely": 2, "high": 3, "basis": "declared"},
                {"name": "r", "path": "n.ipynb", "line": 4, "low": None, "likely": None, "high": None, "basis": None, "cell": 0},
                {"name": "s", "path": "app.py", "line": 4, "low": 1, "likely": None, "high": None, "basis": "exact"},
            ],
            "sources": [{"path": "app.py", "line": 1, "tokens": 2}, {"path": "n.ipynb", "line": 2, "tokens": 7, "cell": 0, "optional": True}],
        },
        "input_tokens": SIZED, "output_tokens": {"low": 6, "likely": 6, "high": 6, "unbounded": False, "basis": "exact"}, "cost_per_call": PRICED,
        "cost_lines": [{"layer": "input", "unit": "1M input tokens", "quantity": SIZED, "rate": "1.25", "amount": PRICED, "basis": "bounded"}],
        "price": {"model": "m", "provider": "p", "source": "a book", "since": "2026-01-02"},
        "measured": {
            "path": "m.yaml", "line": 2, "requests": 30, "since": "2026-01-01", "until": "2026-02-01", "models": ["m", "n"],
            "growth": "linear", "spikes": 4, "input_drift": "1.5", "output_drift": None,
        },
        "gaps": gaps,
    }  # fmt: skip


def test_a_call_of_which_little_is_known(site: Any, snapshot: Any) -> None:
    one = site(span=Span("app.py", 3, 5), args={"model": ABSENT})
    [call] = made(judged(), snapshot(one, measures={one.key: Measure()}))["calls"]
    places = {name: call[name] for name in ("line", "end_line", "start_column", "end_column", "cell")}
    assert places == {"line": 3, "end_line": 3, "start_column": 5, "end_column": 5, "cell": None}
    assert call["model"] == NOTHING and call["tags"] == [] and call["workload"] is None
    assert (call["context"]["loop"], call["price"], call["measured"], call["cost_per_call"], call["cost_lines"]) == (None, None, None, None, [])
    assert call["retries"] == {"layers": [], "product": 1, "unbounded": False}


@pytest.mark.parametrize(
    ("layers", "requests", "unbounded"),
    [([(2, False), (3, False)], 6, False), ([(2, False), (None, True)], None, True), ([(None, None), (None, True)], None, True), ([(2, None)], 2, None)],
)
def test_layers_of_retries_multiply(site: Any, snapshot: Any, layers: list[tuple[int | None, bool | None]], requests: int | None, unbounded: bool | None) -> None:
    one = site(retries=tuple(RetryLayer("x", attempts, endless) for attempts, endless in layers))
    found = made(judged(), snapshot(one))["calls"][0]["retries"]
    assert (found["product"], found["unbounded"], product(one.retries)) == (requests, unbounded, requests)


def test_a_change_its_sides_and_its_causes(site: Any, snapshot: Any, comparison: Any) -> None:
    before, after, other, told = site(line=3), a_full_site(site), site("b", 9), site("c", 11)
    base, head = snapshot(before, label="base"), snapshot(after, other, told, measures={after.key: a_full_measure()})
    causes = (Cause("prompt", "a.md", 2, "10", "20", 10, end_line=5), Cause("model", "app.py", 4, "m", "n"))
    changed = Change("changed", after.key, before, after, SIZE, MONEY, causes)
    both = comparison(base, head, changed, Change("removed", "x", before, None, None, None), tokens=SIZE, cost=MONEY)
    open_, hidden = Finding("CG101", "error", told.span, "m", "f", told.key), Finding("CG101", "error", other.span, "m", "g", other.key, state="existing")
    report = made(judged(open_, hidden), both)
    assert [each["key"] for each in report["calls"]] == [after.key, "c"]
    first, second = report["changes"]
    assert {name: first[name] for name in ("kind", "key", "delta")} == {"kind": "changed", "key": after.key, "delta": {"tokens": SIZED, "cost": PRICED}}
    full = report["calls"][0]
    assert first["after"] == {name: full[name] for name in ("path", "line", "function", "callee", "model", "input_tokens", "output_tokens", "cost_per_call")}
    assert (first["before"]["line"], first["before"]["model"]["values"], first["before"]["input_tokens"]["low"], first["before"]["cost_per_call"]["low"]) == (3, ["gpt-4.1"], 100, "0.01")
    assert first["causes"] == [
        {"what": "prompt", "path": "a.md", "line": 2, "before": "10", "after": "20", "delta_tokens": 10, "end_line": 5},
        {"what": "model", "path": "app.py", "line": 4, "before": "m", "after": "n", "delta_tokens": None},
    ]
    assert (second["after"], second["delta"]) == (None, {"tokens": None, "cost": None})
    assert report["totals"]["delta"] == {"tokens": SIZED, "cost": PRICED}


def test_totals_and_coverage(site: Any, snapshot: Any, comparison: Any, measure: Any) -> None:
    sites = (site("a"), site("b", counted=False), site("c", args={"model": Unknown("no"), "output_limit": Known((5,))}), site("d"), site("e"))
    measures = {"c": Measure(), "d": replace(measure(), input_tokens=SIZE)}
    tree = replace(snapshot(*sites, measures=measures, unread={"bad.py": "broken"}, gaps=(Gap("file", "why", Span("bad.py", 2)),)), input_tokens=SIZE, cost=MONEY)
    report = made(judged(), tree)
    counts = {"calls": 5, "counted": 4, "priced": 3}
    assert report["totals"] == {"head": {"input_tokens": SIZED, "cost_per_call": PRICED, **counts}, "base": None, "delta": None}
    assert report["coverage"] == {
        "scope": "tree", "files": 3, "read": 2, "skipped": [{"path": "bad.py", "why": "broken"}], **counts, "model_known": 3, "input_known": 2, "capped": 1,
    }  # fmt: skip
    assert report["gaps"] == [{"path": "bad.py", "line": 2, "what": "file", "why": "why"}]
    part = replace(tree, reading=replace(tree.reading, whole=False))
    report = made(judged(), comparison(part, part))
    assert report["totals"]["head"] == report["totals"]["base"] == {"input_tokens": None, "cost_per_call": None, **counts}
    assert report["coverage"]["scope"] == "change"
    assert made(judged(), part)["totals"]["head"]["cost_per_call"] == PRICED
    whole = made(judged(), comparison(tree, tree))["totals"]
    assert whole["head"] == whole["base"] == {"input_tokens": SIZED, "cost_per_call": PRICED, **counts}


FINDING = Finding("CG101", "error", Span("app.py", 3, 5, 4, 8, cell=2), "said", "f" * 64, "app.py::ask", {"call.model": "m"}, line_hash="h", fix_available=True)
FOUND = {
    "rule": "CG101", "severity": "error", "path": "app.py", "line": 3, "end_line": 4, "start_column": 5, "end_column": 8, "cell": 2, "call_key": "app.py::ask",
    "message": "said", "data": {"call.model": "m"}, "fingerprint": "f" * 64, "line_hash": "h", "state": "open", "suppressed_by": None, "fix_available": True,
}  # fmt: skip
EDIT = Edit("app.py", 10, 20, "new", Span("app.py", 3, 5, 4, 8))


def test_a_finding(site: Any, snapshot: Any, rule: Any) -> None:
    waiver = Waiver(("CG101",), "for now", "2027-01-01", "me", path="costgate.yaml", line=7)
    savings = {"app.py::ask": (Saving("batch", "x", MONEY, None, "g"), Saving("cache", "y", MONEY, MONEY, "h"))}
    with_lever = rule({"call.kind": {"eq": "chat"}}, lever="cache")
    variants = (
        FINDING,
        replace(FINDING, fix=Fix("f", "CG101", True, (EDIT,))),
        replace(FINDING, waiver=waiver, state="waived", suppressed_by="w"),
        replace(FINDING, byte_columns=(6, 9), justified_by="label ok"),
        replace(FINDING, span=Span(".", 1), call_key=None),
        replace(FINDING, span=Span("app.py", 3, 5)),
    )
    plain, fixed, waived, justified, nowhere, short = made(judged(*variants, rules=(with_lever,)), snapshot(site()), savings=savings)["findings"]
    saved = {"lever": "cache", "what": "y", "per_request": PRICED, "per_month": PRICED, "given": "h"}
    assert plain == {**FOUND, "saving": saved}
    edit = {"path": "app.py", "start_line": 3, "start_column": 5, "end_line": 4, "end_column": 8, "text": "new"}
    assert fixed == {**plain, "fix": {"safe": True, "edits": [edit]}}
    told = {"owner": "me", "until": "2027-01-01", "reason": "for now", "path": "costgate.yaml", "line": 7}
    assert waived == {**plain, "state": "waived", "suppressed_by": "w", "waiver": told}
    assert justified == {**plain, "start_byte": 6, "end_byte": 9, "justified_by": "label ok"}
    assert (nowhere["path"], nowhere["line"]) == ("", 0) and "saving" not in nowhere
    assert (short["end_line"], short["end_column"]) == (3, 5)
    without = made(judged(FINDING, rules=(replace(with_lever, lever=""),)), snapshot(site()), savings=savings)["findings"]
    assert without == [FOUND] == made(judged(FINDING, rules=(with_lever,)), snapshot(site()))["findings"]


def test_what_stands_around_them(site: Any, snapshot: Any, rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costgate.judge.document.carrier", lambda: None)
    chosen = rule({"call.kind": {"eq": "chat"}}, enforced=True, why=" a why\n", fix="a fix", confidence="low", summary="a summary")
    ignore, plea = Suppression(Span("app.py", 4), ("CG101",), "fine"), Plea("label", "ok", ("CG102",))
    more = {"abstentions": (Abstention("CG101", "a key", "no idea"),), "ignores_added": (ignore,), "pleas": (plea,)}
    policy: Any = {"kind": "policy"}
    report = made(judged(rules=(chosen,), **more), snapshot(site()), exceptions=(policy,))
    assert (report["schema"], report["tool"], report["provenance"]["as_of"]) == ("costgate.report/1", {"name": "costgate", "version": "1"}, "2026-11-22")
    assert "vocabularies" not in report["provenance"]
    monkeypatch.setattr("costgate.judge.document.carrier", lambda: "splintr-rs 1")
    carried = made(judged(), snapshot(site()))["provenance"]
    assert carried == {"as_of": "2026-11-22", "vocabularies": "splintr-rs 1"}, "whose vocabularies were counted with"
    assert report["rules"] == [
        {
            "id": "CG101", "name": chosen.name, "summary": "a summary", "help": "a why", "fix": "a fix", "docs": f"docs/rules/{chosen.name}.md",
            "severity": "error", "confidence": "low", "enforced": True,
        }
    ]  # fmt: skip
    assert report["exceptions_changed"] == [
        {"kind": "justification", "change": "added", "rules": ["CG102"], "path": ".", "line": 1, "reason": "label: ok"},
        {"kind": "ignore", "change": "added", "rules": ["CG101"], "path": "app.py", "line": 4, "reason": "fine"},
        policy,
    ]
    assert report["abstentions"] == [{"rule": "CG101", "key": "a key", "why": "no idea"}]
    assert report["verdict"] == {"result": "warn", "reasons": ["a reason"]}
    assert (report["prompts"], report["workloads"], report["portfolio"], report["changes"]) == ([], [], None, [])
