"""Workloads and the portfolio in a report, field by field: sums by layer, shares, caps, who pays, and what it rests on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from costgate.judge.spending import portfolio_doc, share_of, workload_docs
from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.value import Span
from costgate.model.workload import (
    Budgets,
    Deployment,
    Fallback,
    Figures,
    PortfolioCost,
    PortfolioPlan,
    Saving,
    Scenario,
    Unit,
    Usage,
    Workload,
    WorkloadCost,
    WorkloadLine,
)

D = Decimal
HERE = Span("costgate.yaml", 3)


def just(number: Decimal | int) -> Range:
    return Range.exact(number, "declared")


def sized(number: int) -> dict[str, Any]:
    return {"low": number, "likely": number, "high": number, "unbounded": False, "basis": "declared"}


def priced(number: str) -> dict[str, Any]:
    return {"low": number, "likely": number, "high": number, "unbounded": False, "basis": "declared"}


def line(layer: str, amount: int, unit: str = "1M input tokens", site: str | None = "a") -> WorkloadLine:
    return WorkloadLine(layer, "m", site, unit, just(7), D("2.50"), just(amount))


def a_cost(name: str, month: int | None = None, **declared: Any) -> WorkloadCost:
    return WorkloadCost(Workload(name, **declared), HERE, forecast_month=None if month is None else just(month))


def a_tree(snapshot: Any, *costs: WorkloadCost, plan: PortfolioPlan | None = None, month: Range | None = None, missing: tuple[str, ...] = ()) -> Any:
    members = tuple(each.workload.name for each in costs if each.workload.name != "out")
    found = PortfolioCost(plan or PortfolioPlan("all"), Span("costgate.yaml", 9), members, month, missing)
    return replace(snapshot(), workloads=costs, portfolio=found)


def test_a_workload(snapshot: Any, comparison: Any) -> None:
    own = Workload(
        "w", Figures(traffic=just(100), buffer=just(D("0.2")), resolution_rate=just(D("0.5"))), "me", "us", {"env": "prod"}, planned=True, revisit="2027-01-01",
        unit=Unit("ticket", D("4.50")), budgets=Budgets(cost_per_month=D(800), warn_at=(D("0.5"), D("0.75"))), deployment=Deployment("provisioned"),
    )  # fmt: skip
    usage = Usage(just(1), just(2), just(3), just(4), just(5), just(6), just(7))
    cost = WorkloadCost(
        own, HERE, ("a", "b"), (line("agents", 4), line("inference", 1), line("inference", 2, "1M output tokens", None)), just(10), just(20), just(30), just(40),
        just(50), just(60), just(70), just(80), just(90), usage, (Scenario("twice", just(11), None), Scenario("never", just(0), just(14))), (Saving("batch", "what", just(12), just(13), "given"),),
        ("x",), ("b",), (Gap("traffic", "why", HERE),),
    )  # fmt: skip
    base = replace(cost, lines=(line("agents", 4),), unknown=("b",))
    tree = a_tree(snapshot, cost, month=just(160))
    [found] = workload_docs(comparison(a_tree(snapshot, base), tree))
    delta = {"per_request": priced("3.6"), "per_month": priced("360")}
    assert found == {
        "name": "w", "owner": "me", "team": "us", "tags": {"env": "prod"}, "path": "costgate.yaml", "line": 3, "planned": True, "sites": ["a", "b"],
        "unknown": ["b"], "overlaps": ["x"], "revisit": "2027-01-01", "traffic": sized(100), "buffer": priced("0.2"), "tokens": sized(90),
        "per_request": priced("10"), "per_month": priced("20"), "forecast_request": priced("30"), "forecast_month": priced("40"), "share": "25",
        "layers": {"inference": priced("3"), "agents": priced("4")},
        "lines": [
            {"layer": layer, "what": "m", "site": site, "unit": unit, "quantity": sized(7), "rate": "2.5", "amount": priced(amount)}
            for layer, site, unit, amount in (("agents", "a", "1M input tokens", "4"), ("inference", "a", "1M input tokens", "1"), ("inference", None, "1M output tokens", "2"))
        ],
        "unit": {"name": "ticket", "resolution_rate": priced("0.5"), "value": "4.5", "cost": priced("50"), "margin": priced("60")},
        "usage": {
            "kind": "provisioned", "fixed": priced("1"), "tokens": sized(2), "capacity": sized(3), "used": sized(4), "per_million": priced("5"),
            "managed": priced("6"), "break_even": sized(7),
        },
        "budgets": [{"what": "month", "limit": "800", "value": priced("40"), "used": priced("5"), "state": "within", "warn_at": ["50", "75"]}],
        "scenarios": [
            {"name": "twice", "per_request": priced("11"), "per_month": None},
            {"name": "never", "per_request": priced("0"), "per_month": priced("14")},
        ],
        "savings": [{"lever": "batch", "what": "what", "per_request": priced("12"), "per_month": priced("13"), "given": "given"}],
        "assumptions": ["traffic: 100 a month (declared)", "buffer: 20% (declared)", "resolution rate: 50% (declared)"],
        "delta": delta, "gaps": [{"path": "costgate.yaml", "line": 3, "what": "traffic", "why": "why"}],
    }  # fmt: skip
    [alone] = workload_docs(tree)
    assert alone == {**found, "delta": None} == workload_docs(comparison(a_tree(snapshot), tree))[0]
    [outside] = workload_docs(replace(tree, portfolio=replace(tree.portfolio, members=())))
    assert outside["share"] is None is workload_docs(replace(tree, portfolio=None))[0]["share"]


def test_a_workload_of_which_little_is_known(snapshot: Any) -> None:
    [found] = workload_docs(a_tree(snapshot, WorkloadCost(Workload("w", unit=Unit("ticket")), HERE)))
    nothing = ("owner", "team", "revisit", "traffic", "buffer", "tokens", "per_request", "per_month", "forecast_request", "forecast_month", "share", "usage", "delta")
    assert [found[name] for name in nothing] == [None] * len(nothing)  # type: ignore[literal-required]
    assert (found["layers"], found["lines"], found["budgets"], found["assumptions"], found["gaps"]) == ({}, [], [], [], [])
    assert found["unit"] == {"name": "ticket", "resolution_rate": None, "value": None, "cost": None, "margin": None}
    assert workload_docs(a_tree(snapshot, a_cost("w")))[0]["unit"] is None


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (just(1), just(3), "33.33"),
        (just(2), just(3), "66.67"),
        (just(1), just(2), "50"),
        (Range(1, None, 9), Range(4, 9, 9), "25"),
        (Range(1, 3, 9), Range(4, None, None), "25"),
        (just(0), just(4), "0"),
        (just(1), just(0), None),
        (Range(1, 2, 3), Range(0, 0, None), None),
        (Range(0, 2, 3), Range(4, 0, None), "0"),
        (None, just(1), None),
        (just(1), None, None),
    ],
)
def test_a_share_is_by_what_is_likely_else_by_what_is_sure(part: Range | None, whole: Range | None, share: str | None) -> None:
    assert share_of(part, whole) == share


def test_the_portfolio(snapshot: Any, comparison: Any) -> None:
    def lined(cost: WorkloadCost, amount: int, traffic: int) -> WorkloadCost:
        return replace(cost, workload=replace(cost.workload, figures=Figures(traffic=just(traffic))), lines=(line("inference", amount),))

    one = a_cost("a", 30, owner="me", tags={"env": "prod", "tier": "1"})
    two, three = a_cost("b", 10, owner="me", team="us", tags={"env": "test"}), a_cost("c", None, owner="you")
    four, out = a_cost("d", 60, team="them"), a_cost("out", 900, owner="nobody")
    plan = PortfolioPlan("all", D(50), (D("0.4"), D("0.9")))
    tree = a_tree(snapshot, lined(one, 5, 2), lined(two, 9, 3), three, four, lined(out, 99, 9), plan=plan, month=just(100), missing=("c",))
    base = a_tree(snapshot, lined(one, 4, 8), lined(out, 1, 9))
    found = portfolio_doc(comparison(base, tree))
    rows = [
        ("owner", None, "me", "40"), ("owner", None, None, "60"), ("team", None, None, "30"), ("team", None, "us", "10"), ("team", None, "them", "60"),
        ("tag", "env", "prod", "30"), ("tag", "env", "test", "10"), ("tag", "env", None, "60"), ("tag", "tier", "1", "30"), ("tag", "tier", None, "70"),
    ]  # fmt: skip
    assert found == {
        "name": "all", "path": "costgate.yaml", "line": 9, "per_month": priced("100"),
        "budget": {"what": "month", "limit": "50", "value": priced("100"), "used": priced("200"), "state": "over", "warn_at": ["40", "90"]},
        "members": [
            {"name": name, "per_month": None if month is None else priced(month), "share": month} for name, month in (("a", "30"), ("b", "10"), ("c", None), ("d", "60"))
        ],
        "missing": ["c"],
        "showback": [{"by": by, "tag": tag, "value": value, "per_month": priced(month), "share": month} for by, tag, value, month in rows],
        "delta": priced("2"),
    }  # fmt: skip
    assert portfolio_doc(tree) == {**found, "delta": None}
    bare = portfolio_doc(a_tree(snapshot, a_cost("a", 3), a_cost("b", 4), month=just(7)))
    assert bare is not None and (bare["budget"], bare["showback"]) == (None, []), "a bill that nobody owns is not split"
    unsized = portfolio_doc(a_tree(snapshot, a_cost("a", None, owner="me")))
    assert unsized is not None and (unsized["per_month"], unsized["showback"]) == (None, [])
    assert portfolio_doc(snapshot()) is None


def test_what_the_figures_rest_on(snapshot: Any) -> None:
    figures = Figures(
        traffic=Range(1_000, 2_000, None, "measured"), turns=Range(1, 2, 3, "declared"), retry_rate=Range(D("0.1"), D("0.2"), D("0.25"), "declared"),
        cache_write_1h=Range(D("0.5"), None, None, "measured"), holes={"question": just(1_500), "batch": just(9), "traffic": just(8)}, input_tokens=just(12_000),
    )  # fmt: skip
    own = Workload("w", figures, history="window", window=4, mix={"m": just(D("0.75")), "n": just(D("0.25"))}, fallbacks=(Fallback("o", just(D("0.02"))),))
    [found] = workload_docs(a_tree(snapshot, WorkloadCost(own, HERE)))
    assert found["assumptions"] == [
        "traffic: 1,000 or more, likely 2,000 a month (measured)",
        "turns: 1 to 3, likely 2 (declared)",
        "retry rate: 10% to 25%, likely 20% (declared)",
        "cache write 1h: 50% or more (measured)",
        "hole question: 1,500 tokens (declared)",
        "hole batch: 9 tokens (declared)",
        "hole traffic: 8 tokens (declared)",
        "input tokens: 12,000 (declared)",
        "history: window, window 4 (declared)",
        "model m: 75% of the calls (declared)",
        "model n: 25% of the calls (declared)",
        "fallback o: 2% of the calls (declared)",
    ]
    [found] = workload_docs(a_tree(snapshot, a_cost("w", history="resend")))
    assert found["assumptions"] == ["history: resend (declared)"]
