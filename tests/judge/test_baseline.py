"""The baseline file: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from costgate.judge.baseline import dump_baseline, parse_baseline
from costgate.model.error import UserError
from costgate.model.finding import Finding
from costgate.model.value import Span

OPEN = Finding("CG101", "error", Span("b.py", 3), "wrong \u2028 here", "b" * 64)


def test_what_is_written_is_read_again_and_sorted_by_path():
    other = replace(OPEN, fingerprint="a" * 64, span=Span("a.py", 9))
    text = dump_baseline([OPEN, other])
    assert list(parse_baseline(text, "x")) == ["a" * 64, "b" * 64]
    assert parse_baseline(text, "x")["b" * 64] == {"rule": "CG101", "path": "b.py", "message": "wrong \u2028 here"}
    assert text == dump_baseline([other, OPEN])
    assert parse_baseline(dump_baseline([]), "x") == {}


def test_only_open_and_already_accepted_findings_go_in():
    states = [
        replace(OPEN, fingerprint="1" * 64, state="suppressed", suppressed_by="ignore at b.py:3: fine"),
        replace(OPEN, fingerprint="2" * 64, state="existing"),
        replace(OPEN, fingerprint="3" * 64, state="existing", suppressed_by="baseline"),
    ]
    assert list(parse_baseline(dump_baseline(states), "x")) == ["3" * 64]


def test_entries_that_this_run_did_not_meet_can_stay():
    text = dump_baseline([OPEN], kept={"c" * 64: {"rule": "CG1", "path": "c.py"}, "b" * 64: {"rule": "old"}})
    assert parse_baseline(text, "x") == {
        "b" * 64: {"rule": "CG101", "path": "b.py", "message": "wrong \u2028 here"},
        "c" * 64: {"rule": "CG1", "path": "c.py"},
    }


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
