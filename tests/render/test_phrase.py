"""What the report says first, and in which order it says the rest."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

import costgate
from costgate.model.report import Report
from costgate.render import render
from costgate.render.advice import _DECLARE, _SAME, assumptions, gap_groups
from costgate.render.phrase import (
    Speech,
    cause,
    coverage,
    has_news,
    headline,
    hidden,
    place,
    reasons,
    severities,
    values,
)
from costgate.render.rank import ranked_calls, ranked_causes, ranked_changes, ranked_findings

RAW = Speech(str, str)


def said(report: Report) -> str:
    return RAW.spell(headline(report))


def money(low: str, high: str | None) -> Any:
    return {"low": low, "likely": None, "high": high, "unbounded": high is None, "basis": "exact"}


def test_audit_headline(audit_report: Report) -> None:
    assert said(audit_report) == (
        "6 model calls in 6 files, together ≈$0.0199+ for one request each (2 not priced), "
        "the dearest at src/report/weekly_summary_of_everything_that_happened.py:7"
    )


def test_audit_without_prices_or_calls(audit_report: Report) -> None:
    head = audit_report["totals"]["head"]
    head["cost_per_call"], head["priced"] = None, 0
    assert said(audit_report) == "6 model calls in 6 files, none of them priced"
    head["calls"] = 0
    assert said(audit_report) == "no model call in 412 files, 9 of them read in depth"


def test_diff_headline_is_number_and_main_cause(diff_report: Report) -> None:
    assert said(diff_report) == (
        "≈+$0.0135 or more per request over 7 changed calls (1 not priced), "
        "mainly model gpt-4o-mini → claude-sonnet-4-5 at src/report/models.py:3"
    )


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (None, "cost not known over 1 changed call"),
        ({"tokens": None, "cost": None}, "cost not known over 1 changed call"),
        ({"tokens": money("0", "0"), "cost": None}, "cost not known over 1 changed call"),
        (
            {"tokens": {**money("0", "0"), "low": 5, "high": 9}, "cost": None},
            "+5–9 input tokens per request over 1 changed call, cost not known",
        ),
    ],
)
def test_unknown_cost_is_never_zero(diff_report: Report, delta: Any, words: str) -> None:
    diff_report["changes"] = [one for one in diff_report["changes"] if one["kind"] == "added"]
    diff_report["totals"]["delta"] = delta
    assert said(diff_report) == words
    diff_report["totals"]["delta"] = {"tokens": None, "cost": money("0", "0")}
    assert said(diff_report) == "cost not known over 1 changed call"


def test_no_change_in_cost(diff_report: Report) -> None:
    diff_report["changes"] = diff_report["changes"][5:6]
    diff_report["totals"]["delta"] = {"tokens": None, "cost": money("0", "0")}
    assert said(diff_report).startswith("no change in cost over 1 changed call, mainly price")


def test_check_headline(check_report: Report) -> None:
    assert said(check_report) == "3 errors, 1 warning, 1 info in 5 files"
    check_report["findings"] = []
    assert said(check_report) == "nothing found in 412 files"


def test_news(diff_report: Report, unchanged_report: Report) -> None:
    assert has_news(diff_report)
    assert not has_news(unchanged_report)
    unchanged_report["changes"] = [one for one in diff_report["changes"] if one["kind"] == "moved"]
    assert not has_news(unchanged_report)
    for field in ("findings", "exceptions_changed"):
        changed = copy.deepcopy(unchanged_report)
        changed[field] = diff_report[field]
        assert has_news(changed)
    unchanged_report["verdict"]["result"] = "warn"
    assert has_news(unchanged_report)


def test_a_prompt_file_that_no_call_is_seen_to_send_is_told(unchanged_report: Report) -> None:
    grown: Any = {**unchanged_report["prompts"][1], "format": "instructions", "delta": {**money("0", "0"), "low": 2100, "high": 2100}}
    unchanged_report["changes"] = []
    unchanged_report["prompts"] = [grown]
    assert has_news(unchanged_report) and said(unchanged_report) == "no call changed, but AGENTS.md grew by 2,100 tokens"
    page = render(unchanged_report, "markdown")
    assert "- `AGENTS.md:1`: &#43;2,100 tokens (new; always)" in page
    grown["used_by"] = ["a call"]
    assert not has_news(unchanged_report), "with a call that sends it, the call would have changed"
    grown |= {"used_by": [], "delta": {**grown["delta"], "low": 20, "high": 20}}
    assert not has_news(unchanged_report), "a few words are no news"


def test_without_a_changed_call_the_headline_says_what_fails(unchanged_report: Report, diff_report: Report) -> None:
    unchanged_report |= {"changes": [], "findings": diff_report["findings"][1:2], "verdict": diff_report["verdict"]}  # type: ignore[typeddict-item]
    unchanged_report["rules"] = diff_report["rules"]
    assert said(unchanged_report) == "no call changed, but unbounded-retry at src/support/answer.py:42"
    unchanged_report["findings"][0]["path"] = ""
    assert said(unchanged_report) == "no call changed, but unbounded-retry"


def test_calls_rank_by_cost_and_an_open_prompt_hides_no_missing_cap(audit_report: Report) -> None:
    calls = ranked_calls(audit_report["calls"])
    assert [call["line"] for call in calls] == [7, 42, 3, 12, 9, 1]
    assert all(call["counted"] for call in calls)
    line = {"layer": "call", "unit": "output", "quantity": money("0", "64000"), "rate": "15", "basis": "bounded"}
    calls[1]["cost_lines"] = [{**line, "amount": money("0", "9.6")}]  # type: ignore[typeddict-item]
    assert ranked_calls(calls)[0]["line"] == 42


def test_changes_rank_unbounded_then_by_size_then_unknown_then_nothing(diff_report: Report) -> None:
    nothing = copy.deepcopy(diff_report["changes"][6])
    nothing["delta"]["cost"] = money("0", "0")
    ranked = ranked_changes([nothing, *diff_report["changes"]])
    costs = [change["delta"]["cost"] for change in ranked]
    assert [cost and cost["low"] for cost in costs] == [
        "0.0116",
        "0.0045",
        "-0.0136125",
        "-0.001",
        "0.00003",
        "0.0000075",
        None,
        "0",
    ]
    assert "moved" not in {change["kind"] for change in ranked}
    assert [one["delta_tokens"] for one in ranked_causes(ranked[1])] == [1820, None]


PROMPT = {"what": "prompt a.md", "path": "a.md", "line": 1, "before": "900 tokens", "after": "1,000 tokens", "delta_tokens": 100}
MODEL = {**PROMPT, "what": "model", "before": "a", "after": "b", "delta_tokens": None}
CAP = {**MODEL, "what": "output cap", "before": "200", "after": "400"}
RETRIES = {**MODEL, "what": "retries"}
SMALLER = {**PROMPT, "delta_tokens": -100}


@pytest.mark.parametrize(
    ("low", "likely", "high", "causes", "first"),
    [
        ("0.0001", None, "0.0001", (MODEL, PROMPT), PROMPT),
        ("0.004", "0.005", "0.006", (PROMPT, MODEL), MODEL),
        ("-0.0008", None, "-0.0008", (PROMPT, MODEL), MODEL),
        ("0.0001", None, "0.0009", (CAP, PROMPT), PROMPT),
        ("0.0001", None, "0.16", (PROMPT, CAP), CAP),
        ("0.0001", None, None, (PROMPT, CAP), CAP),
        ("0.0001", None, "0.0001", (RETRIES, PROMPT), PROMPT),
        ("-0.0001", None, "-0.0001", (SMALLER, MODEL), MODEL),
    ],
)
def test_the_main_cause_is_what_moved_the_cost(
    low: str, likely: str | None, high: str | None, causes: Any, first: Any, diff_report: Report
) -> None:
    change: Any = copy.deepcopy(diff_report["changes"][0])
    change["before"] |= {"input_tokens": {**money("1000", "1000"), "low": 1000}, "cost_per_call": money("0.001", "0.009")}
    change["delta"] = {"tokens": {**money("0", "0"), "low": 100, "likely": None, "high": 100}, "cost": money(low, high)}
    change["delta"]["cost"] |= {"likely": likely}
    change["causes"] = list(causes)
    assert ranked_causes(change)[0] == first
    change["delta"]["cost"] = None
    assert ranked_causes(change)[0]["delta_tokens"], "without a price, tokens are all that can be weighed"


def test_findings_rank_worst_first(audit_report: Report) -> None:
    order = [finding["severity"] for finding in ranked_findings(audit_report["findings"])]
    assert order == sorted(order, key=["error", "warning", "info"].index)


def test_causes(diff_report: Report) -> None:
    plain = {"what": "prompt", "path": "p.md", "line": 3, "before": None, "after": None, "delta_tokens": None}
    assert RAW.spell(cause({**plain, "delta_tokens": 1820})) == "p.md:3 +1,820 tokens"  # type: ignore[typeddict-item]
    assert RAW.spell(cause({**plain, "delta_tokens": -40})) == "p.md:3 -40 tokens"  # type: ignore[typeddict-item]
    assert RAW.spell(cause({**plain, "before": "a"})) == "prompt a → none"  # type: ignore[typeddict-item]
    assert RAW.spell(cause({**plain, "after": "b", "delta_tokens": 2})) == "prompt none → b (+2 tokens)"  # type: ignore[typeddict-item]
    assert RAW.spell(cause(plain)) == "prompt at p.md:3"  # type: ignore[arg-type]
    new = {**plain, "what": "call added", "after": "client.create"}
    assert RAW.spell(cause(new)) == "new call client.create at p.md:3"  # type: ignore[arg-type]
    old = {**plain, "what": "call removed", "before": "client.create"}
    assert RAW.spell(cause(old)) == "removed call client.create at p.md:3"  # type: ignore[arg-type]


def test_values(audit_report: Report) -> None:
    by_line = {call["line"]: call for call in audit_report["calls"]}
    assert values(by_line[9]["output_limit"], "none") == "400 or none"
    assert values(by_line[7]["output_limit"], "none") == "none"
    assert values(by_line[9]["model"], "none") == "?"
    assert values(by_line[42]["output_limit"], "none") == "1,000"


def test_reasons_say_each_thing_once(audit_report: Report) -> None:
    batch = next(call for call in audit_report["calls"] if call["line"] == 9)
    told = "the model is not known: read from the environment variable MODEL, which has no default"
    assert [RAW.spell(reason) for reason in reasons(batch)] == [told, "without a model there is no price"]
    batch["gaps"] = batch["gaps"][1:] * 2
    assert [RAW.spell(reason) for reason in reasons(batch)] == [told, "without a model there is no price"]


def test_gaps_by_kind_with_what_to_declare(audit_report: Report, hostile: str) -> None:
    groups = {group.what: group for group in gap_groups(audit_report)}
    assert set(groups) == {"file", "hole", "model", "price", hostile}
    assert groups["file"].number == 2
    assert groups["hole"].whys == (
        ("history is filled in at run time and nothing bounds it", ("src/support/answer.py:44",)),
    )
    assert "profiles:" in groups["hole"].declare and "models:" in groups["model"].declare
    audit_report["gaps"] += audit_report["calls"][0]["gaps"]
    assert {group.what: group.number for group in gap_groups(audit_report)}["hole"] == 1


def test_assumptions(audit_report: Report) -> None:
    lines = [RAW.spell(one) for one in assumptions(audit_report)]
    assert "question at src/support/answer.py:45 taken as 20–400 tokens (declared)" in lines
    assert "history at src/support/answer.py:44 has no known size, so the upper end is open" in lines
    assert any("sets no output limit: 0–64,000 output tokens" in line for line in lines)
    assert lines[-1] == "6 calls may be sent again after a failure, up to 3 requests each"


def test_small_words(audit_report: Report) -> None:
    assert hidden(audit_report) == "1 existing, 1 suppressed, 1 waived"
    assert severities([]) == "nothing found"
    assert place("nb.ipynb", 3, 4) == "nb.ipynb:cell 5:3"
    assert place("costgate.yaml", 0) == "costgate.yaml"
    assert place(None, None) == ""
    assert coverage(audit_report)[:2] == ["412 files, 9 read in depth", "1 not or only partly read"]
    assert "1 wrapper counted through its callers" in coverage(audit_report)


def test_whatever_is_not_known_comes_with_what_to_declare() -> None:
    made = {
        name
        for path in Path(costgate.__file__).parent.rglob("*.py")
        for name in re.findall(r"\bGap\(\s*\"(\w+)\"", path.read_text("utf-8"))
    }
    assert {"model", "version", "turns"} <= made
    assert {name for name in made if _SAME.get(name, name) not in _DECLARE} == set()
