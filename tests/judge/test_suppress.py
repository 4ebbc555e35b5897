"""Inline ignores: where they count, whose they are, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costgate.judge import judge
from costgate.judge.suppress import covers
from costgate.model.config import Config
from costgate.model.finding import Gap, Suppression
from costgate.model.money import Range
from costgate.model.snapshot import Change
from costgate.model.value import Known, Span

UNCAPPED = {"call.output_limit": {"is": "absent"}}
UNUSED = {"all": [{"exception.used": {"eq": False}}, {"run.mode": {"eq": "audit"}}]}


@pytest.mark.parametrize(
    ("line", "state"), [(1, "open"), (2, "suppressed"), (3, "suppressed"), (6, "suppressed"), (7, "open")]
)
def test_an_ignore_counts_on_any_line_of_the_call_and_above_it(site, snapshot, rule, ignore, line, state):
    tree = snapshot(site(line=3, last=6), ignores=(ignore(line),))
    (finding,) = judge([rule(UNCAPPED)], tree, Config(), mode="check").findings
    assert finding.state == state
    assert finding.suppressed_by == (f"ignore at app.py:{line}: it is fine" if state == "suppressed" else None)


def test_an_ignore_in_the_line_of_another_call_above_is_not_ours(site, snapshot, rule, ignore):
    tree = snapshot(site("a", 3), site("b", 4), ignores=(ignore(3),))
    states = [each.state for each in judge([rule(UNCAPPED)], tree, Config(), mode="check").findings]
    assert states == ["suppressed", "open"]


def test_it_counts_for_the_rules_it_names_in_its_file_and_cell():
    call = Span("app.ipynb", 3, 1, 4, 9, cell=1)
    assert covers(Span("app.ipynb", 3, cell=1), call, ())
    assert not covers(Span("app.ipynb", 3, cell=2), call, ())
    assert not covers(Span("other.ipynb", 3, cell=1), call, ())


def test_other_rules_stay(site, snapshot, rule, ignore):
    rules = [rule(UNCAPPED), rule(UNCAPPED, "CG102")]
    tree = snapshot(site(), ignores=(ignore(3, "CG102"), ignore(3)))
    assert {each.rule: each.state for each in judge(rules, tree, Config(), mode="check").findings} == {
        "CG101": "suppressed",
        "CG102": "suppressed",
    }
    tree = snapshot(site(), ignores=(ignore(3, "CG102"),))
    assert [each.state for each in judge(rules, tree, Config(), mode="check").findings] == ["open", "suppressed"]
    blanket = Suppression(Span("app.py", 3), (), "everything")
    tree = snapshot(site(), ignores=(blanket,))
    assert [each.state for each in judge(rules, tree, Config(), mode="check").findings] == ["open", "open"]


def test_a_reason_is_required_unless_the_team_says_otherwise(site, snapshot, rule, ignore):
    tree = snapshot(site(), ignores=(ignore(3, reason="  "),))
    (finding,) = judge([rule(UNCAPPED)], tree, Config(), mode="check").findings
    assert finding.state == "open"
    assert finding.message.endswith("(an ignore without a reason does not count)")
    (finding,) = judge([rule(UNCAPPED)], tree, Config(require_reason=False), mode="check").findings
    assert (finding.state, finding.suppressed_by) == ("suppressed", "ignore at app.py:3:   ")


def test_a_new_ignore_counts_in_a_diff_unless_the_rule_is_enforced(site, snapshot, comparison, rule, ignore):
    capped = site(args={"output_limit": Known((9,))})
    both = comparison(snapshot(capped), snapshot(site(), ignores=(ignore(3),)))
    (finding,) = judge([rule(UNCAPPED)], both, Config(), mode="diff").findings
    assert finding.state == "suppressed"
    result = judge([rule(UNCAPPED, enforced=True)], both, Config(), mode="diff")
    assert (result.findings[0].state, result.verdict_result) == ("open", "fail")
    assert "the rule is enforced" in result.findings[0].message
    assert [each.span.line for each in result.ignores_added] == [3]


def test_an_ignore_that_stood_at_the_call_before_counts_for_an_enforced_rule(site, snapshot, comparison, rule, ignore):
    capped = site(args={"output_limit": Known((9,))})
    enforced = rule(UNCAPPED, enforced=True)
    both = comparison(snapshot(capped, ignores=(ignore(3),)), snapshot(site(line=8), ignores=(ignore(8),)))
    result = judge([enforced], both, Config(), mode="diff")
    assert ([each.state for each in result.findings], result.ignores_added) == (["suppressed"], ())


def test_moving_an_old_ignore_to_another_call_does_not_help(site, snapshot, comparison, rule, ignore):
    sound = site("a", 3, args={"output_limit": Known((9,))}), site("b", 9, args={"output_limit": Known((9,))})
    base = snapshot(*sound, ignores=(ignore(3),))
    head = snapshot(sound[0], site("b", 9), ignores=(ignore(9),))
    result = judge([rule(UNCAPPED, enforced=True)], comparison(base, head), Config(), mode="diff")
    assert [(each.call_key, each.state) for each in result.findings] == [("b", "open")]


def test_an_ignore_follows_a_renamed_call(site, snapshot, comparison, rule, ignore):
    before = site("old", 3, args={"output_limit": Known((9,))})
    after = site("new", 3)
    change = Change("changed", "new", before, after, Range.exact(0), None)
    both = comparison(snapshot(before, ignores=(ignore(3),)), snapshot(after, ignores=(ignore(3),)), change)
    assert judge([rule(UNCAPPED, enforced=True)], both, Config(), mode="diff").findings[0].state == "suppressed"


def test_rules_about_exceptions_run_last(site, snapshot, rule, ignore):
    unused = rule(UNUSED, "CG901", each="exception", message="{exception.rules} at {exception.path}")
    tree = snapshot(site(), ignores=(ignore(3), ignore(50), ignore(70, "CG999")))
    result = judge([rule(UNCAPPED), unused], tree, Config(), mode="audit", baseline={"0" * 64})
    assert [(each.rule, each.span.line, each.message) for each in result.findings if each.rule == "CG901"] == [
        ("CG901", 1, "none at ."),
        ("CG901", 50, "CG101 at app.py"),
        ("CG901", 70, "CG999 at app.py"),
    ]
    assert [each.rule for each in judge([rule(UNCAPPED), unused], tree, Config(), mode="check").findings] == ["CG101"]
    strange = rule({"not": {"exception.strange": {"is": "absent"}}}, "CG902", each="exception")
    assert [
        each.span.line
        for each in judge([strange, rule(UNCAPPED)], tree, Config(), mode="audit").findings
        if each.rule == "CG902"
    ] == [70]


def test_suppressing_one_finding_changes_no_other(site, snapshot, rule, ignore):
    rules = [rule(UNCAPPED), rule(UNCAPPED, "CG102")]
    calls = site("a", 3), site("b", 9)
    plain = judge(rules, snapshot(*calls), Config(), mode="check").findings
    hidden = judge(rules, snapshot(*calls, ignores=(ignore(3),)), Config(), mode="check").findings
    assert [one for one, other in zip(plain, hidden, strict=True) if one != other] == [
        each for each in plain if (each.rule, each.call_key) == ("CG101", "a")
    ]
    assert [each.fingerprint for each in plain] == [each.fingerprint for each in hidden]


def test_a_run_cannot_be_ignored_beside_the_call_it_is_shown_at(site, snapshot, comparison, rule, ignore):
    change = Change("added", "app.py::ask", None, site(), Range.exact(60), None)
    head = snapshot(site(), ignores=(ignore(3, "CG804"),))
    budget = rule({"run.delta.tokens": {"gt": 5}}, "CG804", each="run")
    both = comparison(snapshot(), head, change, tokens=Range.exact(60))
    (finding,) = judge([budget], both, Config(), mode="diff").findings
    assert (finding.state, finding.span.line) == ("open", 3)


def test_an_ignore_counts_where_no_call_is_and_need_not_say_why(snapshot, comparison, rule, ignore):
    gaps = rule({"gap.what": {"eq": "file"}}, each="gap", message="m")
    tree = snapshot(gaps=(Gap("file", "broken", Span("b.py", 4)),), ignores=(ignore(3, path="b.py", reason=""), ignore(9, path="c.py")))
    for measured, mode in ((tree, "audit"), (comparison(tree, tree), "diff")):
        (found,) = judge([gaps], measured, Config(require_reason=False), mode=mode).findings
        assert (found.state, found.suppressed_by) == ("suppressed", "ignore at b.py:3: no reason")


def test_an_old_ignore_above_a_call_is_not_that_of_the_call_which_ends_there(site, snapshot, comparison, rule, ignore):
    capped = {"output_limit": Known((9,))}
    base = snapshot(site("a", 2, last=3, args=capped), site("b", 4, args=capped), ignores=(ignore(3),))
    head = snapshot(site("a", 2, last=3, args=capped), site("b", 5), ignores=(ignore(4),))
    (found,) = judge([rule(UNCAPPED, enforced=True)], comparison(base, head), Config(), mode="diff").findings
    assert (found.call_key, found.state) == ("b", "open")


def test_of_an_enforced_rule_about_no_call_an_old_ignore_counts_and_a_new_one_does_not(snapshot, comparison, rule, ignore):
    gaps = rule({"gap.what": {"eq": "file"}}, each="gap", message="m", enforced=True)
    broken = (Gap("file", "broken", Span("b.py", 4)),)
    bare, ignored = snapshot(gaps=broken, label="base"), snapshot(gaps=broken, ignores=(ignore(4, path="b.py"),))
    (old,) = judge([gaps], comparison(ignored, ignored), Config(), mode="diff").findings
    assert (old.state, old.message) == ("suppressed", "m")
    (new,) = judge([gaps], comparison(replace(bare, reading=replace(bare.reading, gaps=())), ignored), Config(), mode="diff").findings
    assert (new.state, new.message) == ("open", "m (the rule is enforced: an ignore that the change adds does not count)")


@pytest.mark.parametrize(("other", "counts"), [(Span("app.py", 2, 1, 3), False), (Span("app.py", 1, 1, 2), True), (Span("app.py", 4, 1, 9), True), (Span("b.py", 3), True), (Span("app.py", 3, cell=2), True)])
def test_a_line_above_is_taken_only_by_a_call_that_reaches_it(site, other, counts):
    assert covers(Span("app.py", 3), Span("app.py", 4, 1, 5), [replace(site("x"), span=other)]) is counts
