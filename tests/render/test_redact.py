"""What `--redact` leaves out, part by part: each has something of its own that only it would hide."""

from __future__ import annotations

from typing import Any

import pytest

from costgate.render.redact import LEFT_OUT, redacted

SAID = "some words of ours"


def report(**parts: Any) -> Any:
    named = ("calls", "prompts", "changes", "findings", "gaps", "abstentions", "workloads")
    return {**{name: [] for name in named}, "coverage": {"skipped": []}, "provenance": {}, **parts}


def finding(**parts: Any) -> dict[str, Any]:
    return {"message": "", "data": {}, "fix_available": True, **parts}


def test_quotations_of_several_words_wherever_something_is_said() -> None:
    told = {"why": f"nothing is known of '{SAID}' and of 'gpt-4o'", "line": 3}
    short = {"why": "nothing is known of '...' and of 'gpt-4o'", "line": 3}
    found = redacted(report(gaps=[told], abstentions=[told], workloads=[{"gaps": [told]}], coverage={"skipped": [{"path": "a.py", "why": told["why"]}]}))
    assert (found["gaps"], found["abstentions"], found["workloads"]) == ([short], [short], [{"gaps": [short]}])
    assert found["coverage"]["skipped"] == [{"path": "a.py", "why": short["why"]}]
    assert found["provenance"] == {"redacted": True}


def test_names_of_holes_that_hold_text_also_where_they_are_repeated() -> None:
    name = f"find('{SAID}')"
    found = redacted(report(prompts=[{"holes": [{"name": name}, {"name": "plain"}]}], gaps=[{"why": f"{name} is not known"}]))
    assert [each["name"] for each in found["prompts"][0]["holes"]] == ["find('...')", "plain"]
    assert found["gaps"] == [{"why": "find('...') is not known"}]


@pytest.mark.parametrize(("text", "kept"), [("max_tokens=400", True), ("model='gpt-4o'", True), (f"prompt='{SAID}'", False)])
def test_a_fix_that_holds_text(text: str, kept: bool) -> None:
    [found] = redacted(report(findings=[finding(fix={"safe": True, "edits": [{"text": "x"}, {"text": text}]})]))["findings"]
    assert ("fix" in found, found["fix_available"]) == (kept, kept)


def test_tags_and_values_of_several_words() -> None:
    call = {"tags": ["chat", SAID], "model": {"values": ["gpt-4o", SAID, 5]}, "prompt": {"holes": []}}
    side = {"model": {"values": [f"{SAID}, too"]}}
    data = {"call.tags": f"other {SAID}", "call.model": SAID, "call.callee": "c.create", "list": [f"of {SAID}", f"'{SAID}'"]}
    found = redacted(report(calls=[call], changes=[{"before": side, "after": None}], findings=[finding(data=data, message=f"asks {SAID}")]))
    assert (found["calls"][0]["tags"], found["calls"][0]["model"]["values"]) == (["chat", LEFT_OUT], ["gpt-4o", LEFT_OUT, 5])
    assert found["changes"][0]["before"]["model"]["values"] == [LEFT_OUT]
    assert found["findings"][0]["data"] == {"call.tags": LEFT_OUT, "call.model": LEFT_OUT, "call.callee": "c.create", "list": [f"of {LEFT_OUT}", "'...'"]}
    assert found["findings"][0]["message"] == f"asks {LEFT_OUT}"
