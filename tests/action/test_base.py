"""Which commit a change is compared with, for every way it can have been checked out."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

MERGE, HEAD = "refs/pull/7/merge", "refs/pull/7/head"


def find(runner: Any, event: dict[str, Any], **inputs: str) -> tuple[Any, str]:
    """How the step ended, and the base it found."""
    outcome = runner.run(event, only={"base"}, **inputs)
    output = (runner.temp / "output").read_text()
    return outcome, output.partition("\n")[0].removeprefix("base=").strip()


@pytest.mark.parametrize("depth", [1, 2, 3, 0])
def test_the_merge_of_a_pull_request(runner: Any, project: Any, depth: int) -> None:
    project.checkout(runner.workspace, MERGE, depth)
    outcome, base = find(runner, project.event())
    assert (outcome.code, base) == (0, project.base), outcome.log
    assert related(runner.workspace, base) == project.base


@pytest.mark.parametrize("depth", [1, 2, 0])
def test_the_head_of_a_pull_request(runner: Any, project: Any, depth: int) -> None:
    project.checkout(runner.workspace, HEAD, depth)
    outcome, base = find(runner, project.event())
    assert (outcome.code, base) == (0, project.base), outcome.log
    assert related(runner.workspace, base) == project.fork


def test_a_whole_clone_stays_whole(runner: Any, project: Any) -> None:
    project.checkout(runner.workspace, HEAD, 0)
    find(runner, project.event())
    assert not (runner.workspace / ".git" / "shallow").exists()


@pytest.mark.parametrize("depth", [1, 0])
def test_a_merge_group(runner: Any, project: Any, depth: int) -> None:
    project.checkout(runner.workspace, MERGE, depth)
    outcome, base = find(runner, project.event("merge_group", merge_group={"base_sha": project.base}))
    assert (outcome.code, base) == (0, project.base), outcome.log
    assert related(runner.workspace, base) == project.base


@pytest.mark.parametrize("depth", [1, 0])
def test_a_push(runner: Any, project: Any, depth: int) -> None:
    project.checkout(runner.workspace, "refs/heads/main", depth)
    outcome, base = find(runner, project.event("push", before=project.fork))
    assert (outcome.code, base) == (0, project.fork), outcome.log
    outcome, base = find(runner, project.event("push", before="0" * 40))
    assert (outcome.code, base) == (0, project.fork), outcome.log


@pytest.mark.parametrize("depth", [1, 0])
@pytest.mark.parametrize("given", ["sha", "branch"])
def test_a_given_base(runner: Any, project: Any, depth: int, given: str) -> None:
    project.checkout(runner.workspace, HEAD, depth)
    outcome, base = find(runner, project.event("schedule"), base={"sha": project.fork, "branch": "main"}[given])
    assert (outcome.code, base) == (0, {"sha": project.fork, "branch": project.base}[given]), outcome.log
    assert related(runner.workspace, base) == project.fork


def test_another_commit_than_the_pull_requests_is_refused(runner: Any, project: Any) -> None:
    """As pull_request_target checks out by default: comparing the base with itself would always pass."""
    project.checkout(runner.workspace, "refs/heads/main", 0)
    for name in ("pull_request_target", "pull_request"):
        outcome, base = find(runner, project.event(name))
        assert (outcome.code, base) == (2, "")
        assert "::error title=costgate::What is checked out is not this pull request." in outcome.log


@pytest.mark.parametrize("ref", [MERGE, HEAD])
def test_a_base_that_cannot_be_had_is_two_lines_of_advice(runner: Any, project: Any, ref: str) -> None:
    project.checkout(runner.workspace, ref, 1)
    subprocess.run(["rm", "-r", str(project.remote)], check=True)
    outcome, _ = find(runner, project.event())
    assert outcome.code == 2
    assert outcome.log.strip().split("\n") == [
        "::error title=costgate::The base commit is not in this checkout.",
        "  Give actions/checkout the input fetch-depth: 2 (0 when it checks out a branch instead of the merge),",
        "  or give this action the input base.",
    ]


def test_an_event_without_a_base(runner: Any, project: Any) -> None:
    project.checkout(runner.workspace, HEAD, 0)
    outcome, _ = find(runner, project.event("schedule"))
    assert outcome.code == 2 and "The event schedule does not say what to compare with" in outcome.log


def test_a_base_that_does_not_exist_and_no_checkout(runner: Any, project: Any) -> None:
    project.checkout(runner.workspace, HEAD, 1)
    outcome, _ = find(runner, project.event(), base="--upload-pack=touch pwned")
    assert outcome.code == 2 and "is not in this checkout" in outcome.log
    assert not list(runner.workspace.glob("pwned*"))
    outcome, _ = find(runner, project.event(), working_directory=str(runner.temp))
    assert outcome.code == 2 and "There is no checkout" in outcome.log


def test_the_token_is_not_in_the_log_or_kept(runner: Any, project: Any) -> None:
    project.checkout(runner.workspace, HEAD, 1)
    outcome, _ = find(runner, project.event())
    kept = "".join(path.read_text(errors="replace") for path in (runner.workspace / ".git").glob("*") if path.is_file())
    assert "ghs_secret" not in outcome.log + kept and "basic" not in kept


def related(folder: Path, base: str) -> str:
    command = ["git", "-C", str(folder), "merge-base", base, "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
