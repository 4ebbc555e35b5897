"""What a change says for itself: what is heard of it, what it reaches, and what becomes of the findings."""

from __future__ import annotations

from typing import Any

import pytest

from costgate.judge.justify import heard, justified, pleas_of
from costgate.judge.verdict import verdict
from costgate.model.config import Config
from costgate.model.finding import Finding
from costgate.model.value import Span
from costgate.model.waiver import Justifiable, Plea

BOTH = ("CG101", "CG102")


def reach(rule: Any, plea: Plea, **allowed: Any) -> tuple[str, ...] | None:
    """The rules that one plea reaches where the policy has so many; None where it is not heard."""
    rules = [rule({}, each) for each in ("CG101", "CG102", "CG103")]
    found = heard((plea,), Config(justify=Justifiable(**{"rules": BOTH, "labels": ("ok",), **allowed})), rules)
    assert [(each.source, each.text) for each in found] == [(plea.source, plea.text)][: len(found)]
    return found[0].rules if found else None


def test_a_trailer_is_told_with_its_commit_and_each_thing_once() -> None:
    trailers = [("0123456789abcdef", " two\n  words "), ("0123456789abcdee", "two words"), ("f" * 40, " \n"), ("e" * 40, "other")]
    said = (Plea("commit 0123456789", "two words"), Plea("commit eeeeeeeeee", "other"), Plea("label", "ok"), Plea("label", "big"))
    assert pleas_of(trailers, ["ok", "big", "ok"]) == said
    assert pleas_of((), ()) == ()


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("a longer answer is wanted", BOTH),
        ("CG102: a longer answer is wanted", ("CG102",)),
        ("name-of-cg102: a longer answer", ("CG102",)),
        ("CG102 ,CG101 : both", BOTH),
        ("CG102, CG103: one of which may not be answered for", ("CG102",)),
        ("CG103: which may not be answered for", None),
        ("CG102, because: of this", BOTH),
        ("note: CG102", BOTH),
        ("CG102:", BOTH),
        ("CG102: two: colons", ("CG102",)),
        ("why, CG102: not at its beginning", BOTH),
    ],
)
def test_a_trailer_reaches_the_rules_it_names_or_all_that_may_be_answered_for(rule: Any, text: str, reached: tuple[str, ...] | None) -> None:
    assert reach(rule, Plea("commit 0123456789", text)) == reached


def test_what_the_policy_does_not_listen_to_is_not_heard(rule: Any) -> None:
    trailer, label, other = Plea("commit 0123456789", "ok"), Plea("label", "ok"), Plea("label", "CG101: ok")
    assert (reach(rule, trailer), reach(rule, label), reach(rule, other)) == (BOTH, BOTH, None)
    assert (reach(rule, trailer, trailer=False), reach(rule, label, trailer=False)) == (None, BOTH)
    assert (reach(rule, trailer, labels=()), reach(rule, label, labels=())) == (BOTH, None)
    assert reach(rule, other, labels=("CG101: ok",)) == BOTH, "a label names no rules, whatever stands in it"
    assert reach(rule, trailer, rules=()) is None
    assert heard((trailer, label), Config(), [rule({})]) == ()


def found(rule: str, number: int = 0, state: str = "open") -> Finding:
    return Finding(rule, "error", Span("app.py", 1), "said", f"{rule}{number}", state=state)


def test_what_is_answered_for_warns_and_says_by_whom(rule: Any) -> None:
    findings = (found("CG101"), found("CG102"), found("CG101", 1), found("CG103"), found("CG101", 2, "waived"))
    enforced = {each.fingerprint: "block" for each in findings} | {"CG1011": "warn"}
    pleas = (Plea("label", "one", ("CG102",)), Plea("commit 01", "two", BOTH))
    told, eased = justified(findings, enforced, pleas)
    assert [(each.justified_by, each.message) for each in told] == [
        ("commit 01: two", "said (justified by commit 01: two)"),
        ("label: one", "said (justified by label: one)"),
        (None, "said"),
        (None, "said"),
        (None, "said"),
    ]
    assert tuple(each.fingerprint for each in told) == tuple(each.fingerprint for each in findings)
    assert eased == {**enforced, "CG1010": "warn", "CG1020": "warn"} and enforced["CG1010"] == "block"
    rules = {each: rule({}, each) for each in ("CG101", "CG102", "CG103")}
    assert verdict(told, eased, rules, "error").reasons == ("1 x name-of-cg103 (CG103, error): Something is wrong",)
    assert justified(findings, {}, pleas) == (findings, {}), "what is not enforced needs no word for itself"
    assert justified(findings, enforced, ()) == (findings, enforced)
