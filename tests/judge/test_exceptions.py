"""What rules about exceptions are told of each: inline ignores, entries of the baseline and waivers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from costgate.judge import judge
from costgate.judge.evaluate import identity
from costgate.model.config import Config
from costgate.model.finding import Finding
from costgate.model.waiver import Waiver

UNCAPPED = {"call.output_limit": {"is": "absent"}}
FACTS = ("kind", "path", "line", "rules", "reason", "used", "new", "strange", "owner", "until")


def told(findings: tuple[Finding, ...]) -> list[tuple[str, ...]]:
    """What CG901 says of each exception, fact by fact, and where."""
    return [(f"{each.span.path}:{each.span.line}", *each.message.split(" | ")) for each in findings if each.rule == "CG901"]


def any_exception(rule: Any) -> Any:
    message = " | ".join(f"{{exception.{fact}}}" for fact in FACTS)
    return rule({"exception.kind": {"in": ["ignore", "baseline", "waiver"]}}, "CG901", each="exception", message=message)


def test_everything_is_said_of_each(site: Any, snapshot: Any, comparison: Any, rule: Any, ignore: Any) -> None:
    met, stale = ignore(3, "CG101", "CG999", reason="  it is fine "), ignore(50, reason="")
    rules = [rule(UNCAPPED), any_exception(rule)]
    tree = snapshot(site("a"), site("b", 9), ignores=(met, stale))
    (known,) = (each.fingerprint for each in judge(rules, tree, Config(), mode="audit").findings if each.call_key == "b")
    waivers = (
        Waiver(("CG101",), "until then", "2027-01-01", "me", glob="nowhere.py", path="costgate.yaml", line=7),
        Waiver(("CG101",), "now", "2027-02-02", glob="app.py"),
    )
    baseline = {known, "f" * 64, "0" * 64}
    found = told(judge(rules, tree, Config(waivers=waivers), mode="audit", baseline=baseline, as_of="2026-11-22").findings)
    unset = ("not set", "none", "not set", "not set")
    expected = [
        (".:1", "waiver", ".", "1", "CG101", "now", "yes", "not set", "none", "not set", "2027-02-02"),
        (".:1", "baseline", ".", "1", "none", "0" * 64, "no", *unset),
        (".:1", "baseline", ".", "1", "none", known, "yes", *unset),
        (".:1", "baseline", ".", "1", "none", "f" * 64, "no", *unset),
        ("app.py:3", "ignore", "app.py", "3", "CG101, CG999", "it is fine", "yes", "not set", "CG999", "not set", "not set"),
        ("app.py:50", "ignore", "app.py", "50", "CG101", "not set", "no", *unset),
        ("costgate.yaml:7", "waiver", "costgate.yaml", "7", "CG101", "until then", "no", "not set", "none", "me", "2027-01-01"),
    ]
    assert sorted(found) == sorted(expected)
    both = comparison(snapshot(site("a"), site("b", 9), ignores=(stale,)), tree)
    compared = told(judge(rules, both, Config(), mode="diff").findings)
    assert [(each[0], each[7]) for each in compared] == [("app.py:3", "yes"), ("app.py:50", "no")], "in a diff: whether it is new"


def test_of_a_part_of_the_tree_nobody_says_that_an_exception_is_of_no_use(site: Any, snapshot: Any, rule: Any, ignore: Any) -> None:
    waiver = Waiver(("CG101",), "now", "2027-02-02", glob="nowhere.py")
    tree = snapshot(site("a"), ignores=(ignore(3), ignore(50)))
    part = replace(tree, reading=replace(tree.reading, whole=False))
    result = judge([rule(UNCAPPED), any_exception(rule)], part, Config(waivers=(waiver,)), mode="audit", baseline={"0" * 64})
    assert [(each[1], each[6]) for each in told(result.findings)] == [
        ("baseline", "unknown"), ("waiver", "unknown"), ("ignore", "yes"), ("ignore", "unknown"),
    ]  # fmt: skip


def test_each_exception_is_a_finding_of_its_own_in_the_order_of_the_files(site: Any, snapshot: Any, rule: Any, ignore: Any) -> None:
    tree = snapshot(site("a"), ignores=(ignore(50), ignore(3), ignore(3, path="a.py"), ignore(3, "CG901", path="a.py")))
    found = judge([rule(UNCAPPED), any_exception(rule)], tree, Config(), mode="audit").findings
    assert [each[0] for each in told(found)] == ["a.py:3", "a.py:3", "app.py:3", "app.py:50"]
    assert len({each.fingerprint for each in found}) == len(found) == 5
    assert {each.state for each in found if each.rule == "CG901"} == {"open"}, "no ignore hides what is said of ignores"


def test_an_exception_is_known_by_its_kind_its_file_and_its_rules(site: Any, snapshot: Any, rule: Any, ignore: Any) -> None:
    """Whatever stands before it, as other findings are."""

    def known(*ignores: Any, **config: Any) -> dict[str, str]:
        found = judge([rule(UNCAPPED), any_exception(rule)], snapshot(site("a"), ignores=ignores), Config(**config), mode="audit").findings
        return {" ".join(each.message.split(" | ")[:4:3]): each.fingerprint for each in found if each.rule == "CG901"}

    one, two = ignore(50, "CG101"), ignore(60, "CG101", "CG102")
    waiver = Waiver(("CG101",), "now", "2027-02-02", glob="nowhere.py", path="app.py", line=50)
    alone, all_ = {**known(one), **known(two)}, known(ignore(7, "CG102"), two, replace(one, span=replace(one.span, line=70)), waivers=(waiver,))
    assert all_.items() > alone.items() and len(set(all_.values())) == 4
    assert alone["ignore CG101, CG102"] == identity("CG901", "exception", "ignore:app.py:CG101,CG102")
