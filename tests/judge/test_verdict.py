"""Which findings fail a run, which warn, how they are counted and in what order they are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from costgate.judge.verdict import Verdict, threshold, verdict
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.finding import Finding, Rule
from costgate.model.value import Span


def finding(rule: str, severity: str, number: int = 0, state: str = "open") -> Finding:
    return Finding(rule, severity, Span("app.py", 1), "m", f"{rule}{severity}{number}", state=state)


def judged(found: list[Finding], rule: Callable[..., Rule], fail_on: str, block: str = "block") -> Verdict:
    rules = {one: rule({"call.kind": {"eq": "chat"}}, one) for one in ("CG101", "CG102", "CG103")}
    return verdict(found, {each.fingerprint: block for each in found}, rules, fail_on)



def test_each_is_counted_and_the_firmest_come_first(rule: Any) -> None:
    found = [finding("CG102", "warning", 1), finding("CG102", "warning", 2), finding("CG103", "error"), finding("CG101", "error"), finding("CG101", "warning", 9)]
    told = judged(found, rule, "warning")
    assert told.result == "fail"
    assert [(reason.split(" x ")[0], reason.partition("(")[2].partition(")")[0]) for reason in told.reasons] == [
        ("1", "CG101, error"), ("1", "CG103, error"), ("1", "CG101, warning"), ("2", "CG102, warning"),
    ]  # fmt: skip


def test_what_only_warns_has_its_reasons_and_counts_too(rule: Any) -> None:
    found = [finding("CG102", "warning", 1), finding("CG102", "warning", 2), finding("CG102", "warning", 3), finding("CG101", "info")]
    told = judged(found, rule, "error")
    assert (told.result, [reason.split(" x ")[0] for reason in told.reasons]) == ("warn", ["3"])
    told = judged([finding("CG101", "error"), finding("CG101", "error", 1)], rule, "error", block="warn")
    assert (told.result, [reason.split(" x ")[0] for reason in told.reasons]) == ("warn", ["2"])
    assert judged([finding("CG101", "info")], rule, "error") == Verdict("pass")
    assert judged([finding("CG101", "error", state="existing")], rule, "info") == Verdict("pass")


def test_a_severity_that_is_none_is_told_with_those_that_are() -> None:
    with pytest.raises(UserError, match="cannot fail on 'fatal'") as raised:
        threshold("diff", Config(), "fatal")
    assert raised.value.hint == "one of info, warning, error, never"
    assert [threshold(mode, Config(), None) for mode in ("audit", "diff", "check")] == ["never", "error", "error"]
    assert threshold("audit", Config(fail_on="info"), None) == "info" and threshold("audit", Config(fail_on="info"), "never") == "never"
