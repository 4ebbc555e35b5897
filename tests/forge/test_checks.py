"""The check run on a commit: one for each run that has something to say, against the stand-in for GitHub."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from costgate.forge.checks import publish
from costgate.forge.github import Target
from costgate.forge.http import Pace
from costgate.forge.sticky import Posted
from costgate.model.error import UserError
from costgate.render import load, render

TOKEN = "ghs_secret0123456789"
QUICK = Pace(attempts=4, first=0.01, total=2.0)
SHA = "ab" * 20
SAVED = Path(__file__).parents[1] / "render" / "snapshots" / "report.json"


def check(order: int = 5, **more: Any) -> dict[str, Any]:
    report = load.load_report(SAVED.read_text("utf-8"), "report.json")
    report["provenance"]["run_order"] = order
    made: dict[str, Any] = json.loads(render(report, "check-run"))
    return {**made, **more}


def put(forge: Any, what: dict[str, Any], sha: str = SHA, repo: str = "acme/app", pace: Pace = QUICK) -> Posted:
    return publish(what, Target(repo, 1, TOKEN, forge.url), sha, pace=pace)


def test_created_once(forge: Any) -> None:
    assert put(forge, check()) == Posted("created", "https://github.example/r/1")
    [run] = forge.runs
    assert (run["head_sha"], run["status"], run["conclusion"]) == (SHA, "completed", "failure")
    assert put(forge, check()) == Posted("unchanged", "https://github.example/r/1")
    assert put(forge, check(6)).action == "created" and len(forge.runs) == 2


def test_a_late_run_says_nothing(forge: Any) -> None:
    put(forge, check(9))
    assert put(forge, check(8)) == Posted("newer", "https://github.example/r/1")
    assert put(forge, check(8), sha="cd" * 20).action == "created", "another commit is another matter"


def test_what_others_have_put_there_is_not_ours(forge: Any) -> None:
    for external_id in ("", None, "costgate:report:x:y", "costgate:other:99:ab", "lint:report:99:ab"):
        forge.runs.append({"id": 1, "name": "costgate", "head_sha": SHA, "external_id": external_id})
    assert put(forge, check()).action == "created"


@pytest.mark.parametrize("status", [0, 500, 502])
def test_one_made_without_an_answer_is_not_made_twice(forge: Any, status: int) -> None:
    forge.fail("POST", "/check-runs", status, obey=True)
    assert put(forge, check()).action == "unchanged" and len(forge.runs) == 1
    forge.fail("POST", "/check-runs", status)
    assert put(forge, check(6)).action == "created" and len(forge.runs) == 2


@pytest.mark.parametrize("status", [0, 500, 503])
def test_trouble_passes_and_silence_ends(forge: Any, status: int) -> None:
    forge.fail("GET", "/check-runs", status)
    assert put(forge, check()).action == "created"
    for _ in range(9):
        forge.fail("GET", "/check-runs", status)
    with pytest.raises(UserError, match="no answer"):
        put(forge, check(7), pace=Pace(attempts=3, first=0.01, total=5))


def test_a_rate_limit(forge: Any) -> None:
    forge.fail("POST", "/check-runs", 429, retry_after="0")
    assert put(forge, check()).action == "created"
    forge.fail("POST", "/check-runs", 403, retry_after="3600")
    started = time.monotonic()
    with pytest.raises(UserError, match="over the limit"):
        put(forge, check(6))
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "wrong or has expired"), (403, "checks: write"), (404, "check the repository"), (422, "does not accept")],
)
def test_a_refusal_says_what_to_do(forge: Any, status: int, hint: str) -> None:
    forge.fail("POST", "/check-runs", status, body='{"message": "no"}')
    with pytest.raises(UserError) as caught:
        put(forge, check())
    assert f"refuses with {status}: no" in str(caught.value) and hint in caught.value.hint and TOKEN not in str(caught.value)


@pytest.mark.parametrize(("sha", "repo"), [("main", "acme/app"), (SHA[:12], "acme/app"), (f"{SHA}/..", "acme/app"), (SHA, "acme")])
def test_what_cannot_be_right_is_said_before_anything_is_sent(forge: Any, sha: str, repo: str) -> None:
    with pytest.raises(UserError):
        put(forge, check(), sha, repo)
    assert forge.asked == []


def test_a_large_report_keeps_within_the_limits(forge: Any) -> None:
    """The stand-in holds what is sent against GitHub's own schema, with its longest texts and lists."""
    report = load.load_report(SAVED.read_text("utf-8"), "report.json")
    report["findings"] = [
        {**one, "line": number + 1, "message": "x" * 3000} for one in report["findings"] for number in range(400)
    ]
    made = json.loads(render(report, "check-run"))
    assert len(made["output"]["annotations"]) == 50 and len(made["output"]["summary"]) <= 60_000
    levels = [one["annotation_level"] for one in made["output"]["annotations"]]
    assert levels == sorted(levels, key=["failure", "warning", "notice"].index), "the worst first"
    assert put(forge, made).action == "created"
