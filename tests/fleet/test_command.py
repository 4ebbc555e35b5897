"""`costgate fleet` from end to end: what it says, its exit code, and that it can be run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from costgate.cli import main
from tests.fleet.conftest import repository


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COSTGATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    repository(tmp_path / "one")
    repository(tmp_path / "two", "gpt-4.1-nano")
    (tmp_path / "list").write_text("one\ntwo\n")
    return tmp_path


def test_audits_all_and_then_nothing(fleet: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["fleet", "list", "--out", "out", "--workers", "1", "--as-of", "2026-11-01"]
    assert main(words) == 0
    first = capfd.readouterr().out
    assert "2 of 2 repositories audited" in first
    assert sorted(path.name for path in (fleet / "out" / "reports").iterdir()) == ["one.json", "two.json"]
    assert main(words) == 0
    assert "2 of 2 repositories are done already" in capfd.readouterr().out
    assert main([*words, "--fresh"]) == 0
    again = capfd.readouterr().out
    assert "[2/2]" in again
    assert "facts came from the cache" in again


def test_one_that_cannot_be_audited_is_named_and_fails_the_run(fleet: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (fleet / "list").write_text("one\nnowhere\n")
    assert main(["fleet", "list", "--out", "out", "--workers", "1", "--quiet"]) == 1
    said = capfd.readouterr().out
    assert "nowhere: " in said
    assert "no such folder" in said
    assert "1 of 2 repositories audited" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing", "--out", "out"], "no such list of repositories"),
        (["list", "--out", "list"], "cannot be made"),
        (["list", "--out", "out", "--config", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["list", "--out", "out", "--as-of", "soon"], "'soon' is not a date"),
    ],
)
def test_mistakes(fleet: Path, capfd: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main(["fleet", *words]) == 2
    assert said in capfd.readouterr().err
