"""The baseline file: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from costgate.judge.baseline import accepted, dump_baseline, parse_baseline, ratcheted
from costgate.judge.evaluate import identity
from costgate.judge.judgement import Judgement
from costgate.model.error import UserError
from costgate.model.finding import Abstention, Finding
from costgate.model.value import Span

OPEN = Finding("CG101", "error", Span("b.py", 3), "wrong \u2028 here", "b" * 64)


def _entry(path: str) -> dict[str, str]:
    return {"rule": "CG101", "path": path, "message": "wrong \u2028 here"}


def test_what_is_written_is_read_again_and_sorted_by_path():
    other = replace(OPEN, fingerprint="a" * 64, span=Span("a.py", 9))
    text = dump_baseline(accepted([OPEN, other]))
    assert list(parse_baseline(text, "x")) == ["a" * 64, "b" * 64]
    assert parse_baseline(text, "x")["b" * 64] == _entry("b.py")
    assert text == dump_baseline(accepted([other, OPEN]))
    assert parse_baseline(dump_baseline({}), "x") == {}


def test_only_open_findings_are_accepted():
    states = [
        replace(OPEN, fingerprint="1" * 64, state="suppressed", suppressed_by="ignore at b.py:3: fine"),
        replace(OPEN, fingerprint="2" * 64, state="existing"),
        OPEN,
    ]
    assert list(accepted(states)) == ["b" * 64]


def test_a_ratchet_keeps_what_is_there_or_cannot_be_told_and_adds_nothing(rule):
    uncapped = rule({"call.output_limit": {"is": "absent"}})
    met = replace(OPEN, fingerprint="1" * 64, state="existing", suppressed_by="baseline")
    ignored = replace(OPEN, fingerprint="2" * 64, state="suppressed", suppressed_by="ignore at b.py:3: fine")
    asked = Abstention(uncapped.id, "a.py::f::sdk:chat", "not known")
    judged = Judgement((met, ignored, OPEN), (asked,), "pass", (), (uncapped,))
    open_question = identity(uncapped.id, uncapped.each, asked.key)
    before = {each: _entry("a.py") for each in ("1" * 64, "2" * 64, "3" * 64, open_question)}
    before["4" * 64] = _entry("broken.py")
    assert list(ratcheted(before, judged, {"broken.py": "does not parse"})) == ["1" * 64, open_question, "4" * 64]


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        ("{\n", "base.json:2", "not a baseline: no valid JSON"),
        ("[" * 100_000, "base.json:1", "not a baseline: no valid JSON"),
        ("[]", "base.json", "not a baseline of costgate.baseline/1"),
        ('{"schema": "costgate.baseline/2", "findings": {}}', "base.json", "not a baseline of costgate.baseline/1"),
        ('{"schema": "costgate.baseline/1"}', "base.json", "a baseline has schema and findings, and nothing else"),
        ('{"schema": "costgate.baseline/1", "findings": {}, "more": 1}', "base.json", "a baseline has schema and findings, and nothing else"),
        (json.dumps({"schema": "costgate.baseline/1", "findings": {"x" * 90: {}}}), "base.json", f"'{'x' * 80}' is no entry of a baseline"),
        (json.dumps({"schema": "costgate.baseline/1", "findings": {"a" * 64: 1}}), "base.json", f"'{'a' * 64}' is no entry of a baseline"),
    ],
)
def test_anything_else_is_refused_with_its_place(text, where, told):
    with pytest.raises(UserError) as caught:
        parse_baseline(text, "base.json")
    assert (caught.value.message, caught.value.where, caught.value.hint) == (told, where, "make a new one with: costgate baseline create")


def test_entries_stand_by_path_then_rule_and_read_well():
    entries = {
        "1" * 64: {"rule": "CG102", "path": "b.py", "message": "“naïve”"},
        "2" * 64: {"rule": "CG101", "path": "b.py", "message": "a\u200bb"},
        "3" * 64: {"rule": "CG101", "path": "a.py", "message": "m"},
        "0" * 64: {"rule": "CG101", "path": "b.py", "message": "m"},
    }
    text = dump_baseline(entries)
    assert [line[3] for line in text.splitlines() if line.startswith('  "')] == ["3", "0", "2", "1"]
    assert "“naïve”" in text and "a\\u200bb" in text, "what a person can read as it is, what nobody sees by its number"
    assert dump_baseline({}) == '{\n "schema": "costgate.baseline/1",\n "findings": {}\n}\n'
