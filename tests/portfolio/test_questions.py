"""What a store answers, against figures worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from costgate.model.error import UserError
from costgate.model.report import Report
from costgate.portfolio.budgets import Caps, budget, parse_caps
from costgate.portfolio.questions import portfolio
from costgate.portfolio.rows import Filed
from costgate.portfolio.store import Store

Audited = Callable[..., Report]


@pytest.fixture
def store(tmp_path: Path, audited: Audited) -> Store:
    """bot: 280 then 560 dollars a month (traffic doubled); search: 28; silent: nothing declared."""
    opened = Store(tmp_path / "store")
    opened.add(
        [Filed(audited("bot"), team="support"), Filed(audited("search", traffic=10_000, owner="bo"), team="search")]
    )
    opened.add([Filed(audited("bot", traffic=200_000, words="Be very kind to everybody."), team="support")])
    opened.add([Filed(audited("silent", traffic=None))])
    return opened


def test_sums_are_of_the_last_audits(store: Store) -> None:
    found = portfolio(store, Caps())
    assert found["totals"]["repositories"] == 3
    assert found["totals"]["runs"] == 4
    month = found["totals"]["per_month"]
    assert month is not None
    assert month["likely"] == "588"
    assert {(one["name"], one["per_month"]["likely"]) for one in found["teams"] if one["per_month"]} == {
        ("support", "560"),
        ("search", "28"),
    }
    assert [one["share"] for one in found["owners"]] == ["0.9524", "0.0476"]
    assert [one["budget"]["state"] for one in found["workloads"] if one["budget"]] == ["half", "ok"]


def test_the_trend_has_every_commit_and_movers_the_last_two(store: Store) -> None:
    found = portfolio(store, Caps())
    bot = next(one for one in found["workloads"] if one["repository"] == "bot")
    assert [point["per_month"]["likely"] for point in bot["trend"] if point["per_month"]] == ["280", "560"]
    money, tokens = found["movers"]
    assert (money["repository"], money["before"], money["after"], money["delta"]) == ("bot", "280", "560", "280")
    assert (tokens["repository"], tokens["workload"]) == ("bot", None)
    assert int(tokens["delta"]) > 0


def test_an_older_report_that_comes_later_changes_only_the_trend(store: Store, audited: Audited) -> None:
    before = portfolio(store, Caps())
    old = audited("bot", traffic=1)
    old["provenance"]["run_order"] -= 30 * 24 * 3600
    store.add([Filed(old, team="support")])
    after = portfolio(store, Caps())
    assert after["totals"]["per_month"] == before["totals"]["per_month"]
    assert after["movers"] == before["movers"]


def test_another_audit_of_the_same_commit_is_no_step(store: Store, audited: Audited) -> None:
    before = portfolio(store, Caps())["movers"]
    report = audited("search", traffic=10_000, owner="bo")
    again = {**report, "provenance": {**report["provenance"], "as_of": "2026-11-02"}}
    store.add([Filed(report, team="search"), Filed(again, team="search")])  # type: ignore[arg-type]
    assert portfolio(store, Caps())["movers"] == before


def test_caps_of_the_whole_of_teams_and_of_owners(store: Store) -> None:
    caps = parse_caps({"total": 500, "teams": {"support": "600.00", "ghosts": 5}, "owners": {"bo": "1_000"}}, "b.yaml")
    found = portfolio(store, caps)
    assert found["totals"]["budget"] == {"cap": "500", "used": "1.1760", "state": "over"}
    teams = {one["name"]: one["budget"] for one in found["teams"]}
    assert teams["support"] == {"cap": "600", "used": "0.9333", "state": "near"}
    assert teams["ghosts"] == {"cap": "5", "used": None, "state": None}
    assert {one["name"]: one["budget"] for one in found["owners"]}["bo"] == {
        "cap": "1000",
        "used": "0.0280",
        "state": "ok",
    }


def test_a_budget_is_held_against_what_is_likely() -> None:
    spent = {"low": "10", "likely": "50", "high": None}
    assert budget(Decimal(100), spent) == {"cap": "100", "used": "0.5000", "state": "half"}  # type: ignore[arg-type]
    assert budget(Decimal(50), spent) == {"cap": "50", "used": "1.0000", "state": "near"}  # type: ignore[arg-type]
    assert budget(Decimal("49.99"), spent)["state"] == "over"  # type: ignore[arg-type, index]
    assert budget(None, spent) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"totl": 1},
        {"total": 0},
        {"total": "-3"},
        {"total": "many"},
        {"total": True},
        {"teams": [1]},
        {"teams": {"a": "NaN"}},
    ],
)
def test_caps_that_are_none(data: object) -> None:
    with pytest.raises(UserError, match=r"b\.yaml"):
        parse_caps(data, "b.yaml")


def test_currencies_are_not_added_up(store: Store, audited: Audited) -> None:
    report = audited("euro")
    report["provenance"]["currency"] = "EUR"
    store.add([Filed(report)])
    with pytest.raises(UserError, match="EUR and USD cannot be added up"):
        portfolio(store, Caps())


def test_an_empty_store(tmp_path: Path) -> None:
    with Store(tmp_path / "nothing") as store:
        found = portfolio(store, Caps())
    assert (found["totals"]["repositories"], found["totals"]["per_month"], found["as_of"]) == (0, None, None)
