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
    ("text", "where"),
    [
        ("{\n", "base.json:2"),
        ("[" * 100_000, "base.json:1"),
        ("[]", "base.json"),
        ('{"schema": "costgate.baseline/2", "findings": {}}', "base.json"),
        ('{"schema": "costgate.baseline/1"}', "base.json"),
        ('{"schema": "costgate.baseline/1", "findings": {}, "more": 1}', "base.json"),
        (json.dumps({"schema": "costgate.baseline/1", "findings": {"short": {}}}), "base.json"),
        (json.dumps({"schema": "costgate.baseline/1", "findings": {"a" * 64: 1}}), "base.json"),
    ],
)
def test_anything_else_is_refused_with_its_place(text, where):
    with pytest.raises(UserError) as caught:
        parse_baseline(text, "base.json")
    assert (caught.value.where, caught.value.hint) == (where, "make a new one with: costgate baseline create")
