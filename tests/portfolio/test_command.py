"""`costgate portfolio` from end to end, in every format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from costgate.cli import main
from costgate.model.report import Report

Audited = Callable[..., Report]


@pytest.fixture
def store(tmp_path: Path, audited: Audited, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    for index, report in enumerate(
        [audited("bot"), audited("bot", traffic=200_000), audited("search", model="gpt-4.1-mini")]
    ):
        (tmp_path / "reports" / f"{index}.json").write_text(json.dumps(report))
    assert main(["portfolio", "add", "--store", "store", "reports", "--team", "support"]) == 0
    assert "store: 3 added, 0 there already, 0 not added" in capfd.readouterr().out
    return tmp_path / "store"


def shown(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["portfolio", "show", "--store", "store", *words])
    return code, capfd.readouterr().out


def test_adding_again_changes_nothing(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _, before = shown(capfd, "--format", "json")
    assert main(["portfolio", "add", "reports/0.json", "reports", "--store", "store"]) == 0
    assert "0 added, 4 there already" in capfd.readouterr().out
    assert shown(capfd, "--format", "json")[1] == before


def test_text_says_the_month_the_owner_and_what_moved(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, said = shown(capfd)
    assert code == 0
    assert "Portfolio of 2 repositories: $616" in said
    assert "ann" in said
    assert "+$280" in said


def test_a_budget_that_is_exceeded_fails(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("budgets.yaml").write_text("teams: {support: 616.00}\n")
    assert shown(capfd, "--budgets", "budgets.yaml")[0] == 0
    Path("budgets.yaml").write_text("teams: {support: 615.99}\n")
    code, said = shown(capfd, "--budgets", "budgets.yaml")
    assert code == 1
    assert "OVER" in said


def test_csv_and_focus_add_up_to_the_sum(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    document = json.loads(shown(capfd, "--format", "json")[1])
    rows = list(csv.DictReader(io.StringIO(shown(capfd, "--format", "csv")[1])))
    assert sum(Decimal(row["per_month_likely"]) for row in rows) == Decimal(document["totals"]["per_month"]["likely"])
    assert {row["estimate"] for row in rows} == {"true"}
    focus = list(csv.DictReader(io.StringIO(shown(capfd, "--format", "focus")[1])))
    assert sum(Decimal(row["EffectiveCost"]) for row in focus) == Decimal(document["totals"]["per_month"]["likely"])
    assert {row["BilledCost"] for row in focus} == {"0"}


def test_the_page_stands_alone_and_obeys_nothing_it_quotes(
    tmp_path: Path, audited: Audited, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    report = audited("bot")
    evil = "</script><img src=x onerror=alert(1)>\x1b[31m"
    report["provenance"]["repository"] = evil
    report["workloads"][0]["name"] = report["workloads"][0]["owner"] = f"={evil}"
    Path("evil.json").write_text(json.dumps(report))
    main(["portfolio", "add", "--store", "store", "evil.json"])
    capfd.readouterr()
    page = shown(capfd, "--format", "html")[1]
    assert "<img" not in page
    assert page.count("</script>") == 2
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "Content-Security-Policy" in page
    assert "\x1b" not in page
    assert "\x1b" not in shown(capfd)[1]
    assert list(csv.reader(io.StringIO(shown(capfd, "--format", "csv")[1])))[1][1].startswith("'=")


def test_what_cannot_be_added_is_listed_and_the_rest_is_added(
    tmp_path: Path, audited: Audited, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    report = audited("bot")
    (tmp_path / "in").mkdir()
    Path("in/good.json").write_text(json.dumps(report))
    Path("in/newer.json").write_text(json.dumps({**report, "schema": "costgate.report/9"}))
    Path("in/cut.json").write_text(json.dumps(report)[:200])
    Path("in/part.json").write_text(json.dumps({**report, "provenance": {**report["provenance"], "mode": "check"}}))
    assert main(["portfolio", "add", "--store", "store", "in"]) == 1
    said = capfd.readouterr().out
    assert "newer.json: the report is costgate.report/9" in said
    assert "cut.json:1: not JSON" in said
    assert "part.json: a report of `costgate check` holds a part" in said
    assert "store: 1 added, 0 there already, 3 not added" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "--store", "nowhere"], "nowhere: no such store"),
        (["show", "--store", ".", "--budgets", "nowhere.yaml"], "nowhere.yaml: No such file"),
    ],
)
def test_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["portfolio", *words]) == 2
    assert said in capfd.readouterr().err
