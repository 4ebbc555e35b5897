"""Workloads that a rule found fault with before the change: an old finding stays one only while nothing got dearer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from costgate.judge import judge
from costgate.judge.case import Run, cases
from costgate.model.config import Config, PathSetting, RuleSetting
from costgate.model.money import Range
from costgate.model.snapshot import Change, Snapshot
from costgate.model.value import Known, Span
from costgate.model.workload import Figures, PortfolioCost, PortfolioPlan, Workload, WorkloadCost, WorkloadLine
from costgate.policy.subject import PortfolioSubject, WorkloadSubject

MONTHLY = Range.exact(10, "declared")


def a_cost(name: str, amount: Range | int = 5, traffic: Range | None = MONTHLY, **more: Any) -> WorkloadCost:
    """A workload of which a request costs so much."""
    size = Range.exact(amount) if isinstance(amount, int) else amount
    line = WorkloadLine("inference", "m", name, "1M input tokens", size, 1, size)  # type: ignore[arg-type]
    declared = Workload(name, Figures(traffic=traffic), proposed=more.pop("proposed", False))
    return WorkloadCost(declared, Span("costgate.yaml", 3), lines=(line,), per_request=size, **more)


def a_tree(snapshot: Any, *costs: WorkloadCost, members: tuple[str, ...] | None = None) -> Snapshot:
    plan = None if members is None else PortfolioCost(PortfolioPlan("all"), Span("costgate.yaml", 9), members, None)
    return replace(snapshot(), workloads=costs, portfolio=plan)


def states(rule: Any, both: Any) -> dict[str, str]:
    """What is said of every workload and portfolio, by name."""
    rules = [
        rule({"workload.calls": {"eq": 0}}, "CG951", each="workload", message="{workload.name}"),
        rule({"portfolio.workloads": {"gt": 0}}, "CG952", each="portfolio", message="{portfolio.name}"),
    ]
    return {each.message: each.state for each in judge(rules, both, Config(), mode="diff").findings}


@pytest.mark.parametrize(
    ("head", "state"),
    [
        (5, "existing"),
        (4, "existing"),
        (6, "open"),
        (Range(5, None, 9), "open"),
        (Range(6, None, 4), "open"),
        (Range(1, 6, 1), "open"),
        (Range(1, None, None), "existing"),
        (Range(1, None, 5), "existing"),
    ],
)
def test_dearer_at_any_end_is_new(snapshot: Any, comparison: Any, rule: Any, head: Range | int, state: str) -> None:
    both = comparison(a_tree(snapshot, a_cost("w"), a_cost("x")), a_tree(snapshot, a_cost("w", head), a_cost("x")))
    assert states(rule, both) == {"w": state, "x": "existing"}


def test_a_workload_that_the_change_adds_or_proposes_is_new(snapshot: Any, comparison: Any, rule: Any) -> None:
    base = a_tree(snapshot, a_cost("old"), a_cost("said"), a_cost("gone"))
    both = comparison(base, a_tree(snapshot, a_cost("new"), a_cost("said", proposed=True), a_cost("old")))
    assert states(rule, both) == {"new": "open", "said": "open", "old": "existing"}


def test_a_portfolio_is_dearer_when_a_month_of_one_of_its_members_is(snapshot: Any, comparison: Any, rule: Any) -> None:
    base = a_tree(snapshot, a_cost("in"), a_cost("out"), members=("in",))

    def found(*costs: WorkloadCost) -> str:
        return states(rule, comparison(base, a_tree(snapshot, *costs, members=("in",))))["all"]

    assert found(a_cost("in"), a_cost("out")) == "existing"
    assert found(a_cost("in", 6), a_cost("out")) == "open"
    assert found(a_cost("in"), a_cost("out", 6)) == "existing", "which is no member"
    assert found(a_cost("in", 6, traffic=None), a_cost("out")) == "existing", "of which nobody knows a month"
    assert found(a_cost("in", proposed=True, forecast_month=MONTHLY), a_cost("out")) == "open", "the base is measured with it"
    assert found(a_cost("in", proposed=True), a_cost("out")) == "existing", "without a month it adds nothing"
    assert found(a_cost("in"), a_cost("out", proposed=True, forecast_month=MONTHLY)) == "existing"
    assert "all" not in states(rule, comparison(base, a_tree(snapshot, a_cost("in", 6), a_cost("out"))))


def test_a_workload_is_told_with_what_it_was_and_a_portfolio_with_its_members(snapshot: Any, comparison: Any) -> None:
    base = a_tree(snapshot, a_cost("a"), a_cost("c"), members=("a", "b", "c"))
    one, two = a_cost("a", 6), a_cost("b", 7)
    head = a_tree(snapshot, one, two, a_cost("c", 8), members=("a", "b"))
    run = Run(head, "diff", comparison(base, head), as_of="2026-11-22")
    found = [(each.key, each.span, each.facts["workload"]) for each in cases("workload", run)]
    assert found[:2] == [
        ("a", one.span, WorkloadSubject(one, a_cost("a"), head.portfolio, "2026-11-22")),
        ("b", two.span, WorkloadSubject(two, None, head.portfolio, "2026-11-22")),
    ]
    [case] = cases("portfolio", run)
    assert head.portfolio is not None
    pairs = ((a_cost("a"), one),)
    assert (case.key, case.span, case.facts["portfolio"]) == ("all", Span("costgate.yaml", 9), PortfolioSubject(head.portfolio, pairs))
    alone = Run(head, "audit")
    assert cases("workload", alone)[0].facts["workload"] == WorkloadSubject(one, None, head.portfolio)
    assert cases("portfolio", alone)[0].facts["portfolio"] == PortfolioSubject(head.portfolio, None)
    assert cases("portfolio", Run(a_tree(snapshot, one), "audit")) == ()


UNCAPPED = {"call.output_limit": {"is": "absent"}}
SETTINGS = (
    PathSetting((), {"CG101": RuleSetting(severity="warning", enforce="warn")}, workloads=("eased",)),
    PathSetting((), {"CG101": RuleSetting(severity="off")}, workloads=("silent",)),
    PathSetting((), {"CG101": RuleSetting(severity="error")}, workloads=("strict",)),
)


def verdicts(rule: Any, both: Any, **more: Any) -> list[tuple[str | None, str, str, str]]:
    found = judge([rule(UNCAPPED)], both, Config(paths=SETTINGS), mode="diff", **more)
    return [(each.call_key, each.severity, each.state, found.verdict_result) for each in found.findings]


def placed(name: str, *keys: str, sites: tuple[str, ...] = ()) -> WorkloadCost:
    return WorkloadCost(Workload(name, sites=sites), Span("costgate.yaml", 3), sites=keys)


def test_a_change_cannot_put_its_call_under_the_settings_of_a_workload(site: Any, snapshot: Any, comparison: Any, rule: Any) -> None:
    """Where only the change leads to it: what would hold without that holds if it is stricter."""
    capped, call = site("a", args={"output_limit": Known((9,))}), site("a")

    def found(before: WorkloadCost, after: WorkloadCost, *changes: Change, old: Any = capped) -> list[tuple[str | None, str, str, str]]:
        base, head = replace(snapshot(old), workloads=(before,)), replace(snapshot(call), workloads=(after,))
        return verdicts(rule, comparison(base, head, *changes))

    firm, eased, silent = ("a", "error", "open", "fail"), ("a", "warning", "open", "warn"), ("a", "error", "suppressed", "pass")
    assert found(placed("eased"), placed("eased", "a")) == [firm]
    assert found(placed("silent"), placed("silent", "a")) == [firm]
    assert found(placed("eased", "a"), placed("eased", "a")) == [eased], "it was in it before"
    assert found(placed("silent", "a"), placed("silent", "a")) == [silent]
    assert found(placed("eased"), placed("eased", "a", sites=("x.py", "app.py::as*"))) == [eased], "which says so by name"
    assert found(placed("eased"), placed("eased", "a", sites=("app.py::tell",))) == [firm]
    assert found(placed("other", "a"), placed("eased", "a")) == [firm]
    renamed = replace(capped, key="b")
    move = Change("changed", "a", renamed, call, Range.exact(0), None)
    assert found(placed("eased", "b"), placed("eased", "a"), move, old=renamed) == [eased], "under another name"
    assert found(placed("eased", "a"), placed("eased", "a"), move, old=renamed) == [firm], "where another was that had this name"
    assert found(placed("eased"), placed("eased", "a"), Change("added", "a", None, call, None, None)) == [firm]


def test_of_two_ways_to_judge_a_call_the_stricter_holds_in_each_way(site: Any, snapshot: Any, comparison: Any, rule: Any) -> None:
    capped, call = site("a", args={"output_limit": Known((9,))}), site("a")
    base, head = replace(snapshot(capped), workloads=(placed("strict"),)), replace(snapshot(call), workloads=(placed("strict", "a"),))
    found = judge([rule(UNCAPPED, severity="warning")], comparison(base, head), Config(paths=SETTINGS), mode="diff").findings
    assert [each.severity for each in found] == ["error"], "a stricter word holds wherever it comes from"
    both = comparison(base, replace(head, workloads=(placed("strict", "a"), placed("eased", "a"))))
    assert verdicts(rule, both) == [("a", "error", "open", "fail")]
    settled = comparison(replace(base, workloads=(placed("eased", "a"),)), replace(head, workloads=(placed("eased", "a"), placed("silent", "a"))))
    assert verdicts(rule, settled) == [("a", "warning", "open", "warn")], "without the new one, the old one's settings stay"


def test_settings_of_a_workload_hold_for_what_is_said_of_it(snapshot: Any, rule: Any) -> None:
    about = rule({"workload.calls": {"eq": 0}}, "CG101", each="workload", message="{workload.name}")
    found = judge([about], a_tree(snapshot, a_cost("eased"), a_cost("strict"), a_cost("x")), Config(paths=SETTINGS), mode="audit").findings
    assert [(each.message, each.severity) for each in found] == [("eased", "warning"), ("strict", "error"), ("x", "error")]


def test_what_was_old_is_told_by_the_parameters_that_held_for_it(site: Any, snapshot: Any, comparison: Any, measure: Any, rule: Any) -> None:
    """A workload's parameter for a call that has another name now."""
    long = rule({"call.input_tokens": {"gt": "$limit"}}, params={"limit": {"type": "number", "default": 1000}})
    paths = (PathSetting((), {"CG101": RuleSetting(params={"limit": 400})}, workloads=("w",)),)
    old, new = site("old"), site("new")
    base = replace(snapshot(old, measures={"old": measure(500)}), workloads=(placed("w", "old"),))
    head = replace(snapshot(new, measures={"new": measure(500)}), workloads=(placed("w", "new"),))
    both = comparison(base, head, Change("moved", "new", old, new, Range.exact(0), Range.exact(0)))
    assert [each.state for each in judge([long], both, Config(paths=paths), mode="diff").findings] == ["existing"]


def test_what_a_rule_says_of_the_difference_is_not_asked_of_the_base(snapshot: Any, comparison: Any, rule: Any) -> None:
    grown = rule({"workload.delta.request": {"ge": 0}}, each="workload", message="{workload.name}")
    tree = a_tree(snapshot, a_cost("w"))
    assert [each.state for each in judge([grown], comparison(tree, tree), Config(), mode="diff").findings] == ["open"]
