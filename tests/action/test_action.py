"""The whole action on a pull request, with a forge to comment on. Needs the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("costgate.cli")

MERGE = "refs/pull/7/merge"


@pytest.fixture
def checked_out(runner: Any, project: Any, forge: Any) -> Any:
    project.checkout(runner.workspace, MERGE, 2)
    runner.environment = {"GITHUB_API_URL": forge.url, "XDG_CACHE_HOME": str(runner.temp / "cache")}
    return runner


def test_a_pull_request(checked_out: Any, project: Any, forge: Any) -> None:
    outcome = checked_out.run(project.event(), sarif="out/costgate.sarif", html="out/costgate.html")
    assert outcome.code in {0, 1}, outcome.log
    assert outcome.ran == ["base", "measure", "show", "comment", "verdict"]
    report = json.loads(Path(outcome.outputs["report"]).read_text("utf-8"))
    assert report["provenance"]["base_sha"] == project.base
    assert outcome.outputs["verdict"] == report["verdict"]["result"]
    assert (outcome.code == 1) is (outcome.outputs["verdict"] == "fail")
    assert json.loads((checked_out.workspace / "out" / "costgate.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert Path(outcome.outputs["html"]).read_text("utf-8").startswith("<!doctype html>")
    assert "app.py" in outcome.summary and "<!-- costgate:report " in outcome.summary
    assert [comment["body"] for comment in forge.comments] == [outcome.summary], outcome.log
    assert "ghs_secret" not in outcome.log + outcome.summary

    again = checked_out.run(project.event())
    assert again.ran[-1] == "verdict" and len(forge.comments) == 1


def test_the_verdict_fails_the_job_after_the_comment(checked_out: Any, project: Any, forge: Any) -> None:
    outcome = checked_out.run(project.event(), fail_on="info")
    report = json.loads(Path(outcome.outputs["report"]).read_text("utf-8"))
    assert outcome.code == (1 if report["verdict"]["result"] == "fail" else 0)
    assert len(forge.comments) == 1


def test_a_refused_comment_does_not_decide(checked_out: Any, project: Any, forge: Any) -> None:
    forge.fail("POST", "/comments", 403, body='{"message": "Resource not accessible by integration"}')
    outcome = checked_out.run(project.event())
    assert outcome.ran[-1] == "verdict"
    assert "::warning title=costgate::The comment could not be posted" in outcome.log


def test_without_the_api_the_verdict_stands(checked_out: Any, project: Any, forge: Any) -> None:
    checked_out.environment["GITHUB_API_URL"] = "http://127.0.0.1:9"
    outcome = checked_out.run(project.event(), fail_on="info")
    assert outcome.ran[-1] == "verdict" and outcome.code == (1 if outcome.outputs["verdict"] == "fail" else 0)
    assert "gives no answer" in outcome.log and "::warning title=costgate::The comment could not be posted" in outcome.log


def test_a_fork_gets_the_gate_and_no_comment(checked_out: Any, project: Any, forge: Any) -> None:
    event = project.event()
    event["event"]["pull_request"]["head"]["repo"]["full_name"] = "alice/app"
    outcome = checked_out.run(event)
    assert outcome.ran[-1] == "verdict" and forge.asked == []
    assert "A pull request from a fork gets no comment from here" in outcome.log


def test_measured_in_one_workflow_and_commented_in_another(checked_out: Any, project: Any, forge: Any) -> None:
    measured = checked_out.run(project.event(), mode="measure")
    assert "comment" not in measured.ran and forge.asked == []
    forge.pulls = [{"number": 7, "head": {"sha": project.head}}]
    run = {"head_sha": project.head, "head_branch": "feature", "head_repository": {"owner": {"login": "alice"}}}
    event = project.event("workflow_run", workflow_run=run)
    commented = checked_out.run(event, mode="comment")
    assert (commented.code, commented.ran) == (0, ["comment"]), commented.log
    assert len(forge.comments) == 1
    forge.pulls = []
    assert "no open pull request" in checked_out.run(event, mode="comment").log


def test_a_forged_report_is_not_posted(checked_out: Any, project: Any, forge: Any) -> None:
    path = Path(checked_out.given["install"]["report"])
    path.parent.mkdir()
    path.write_text('{"schema": "costgate.report/1", "verdict": {"result": "pass\\nx=y"}}')
    outcome = checked_out.run(project.event("workflow_run"), mode="comment", pull_request="7")
    assert outcome.code == 2 and forge.comments == []


DEEP = 100_000
FORGED = {
    "nothing": b"",
    "cut off": b'{"schema": "costgate.report/1", "tool": {"name": "costg',
    "no report": b'["costgate.report/1"]',
    "another version": b'{"schema": "costgate.report/2"}',
    "another encoding": "{}".encode("utf-16"),
    "nested without end": b"[" * DEEP,
    "a number without end": b'{"schema": "costgate.report/1", "totals": ' + b"9" * 5000 + b"e99999}",
    "too large": b'{"schema": "' + b"x" * (33 * 1024 * 1024) + b'"}',
    "orders": b'{"schema": "costgate.report/1", "tool": "\\n::add-mask::x\\u001b[2J##[group]"}',
}


@pytest.mark.parametrize("name", FORGED)
def test_an_artifact_that_is_no_report_posts_nothing(checked_out: Any, project: Any, forge: Any, name: str) -> None:
    path = Path(checked_out.given["install"]["report"])
    path.parent.mkdir()
    path.write_bytes(FORGED[name])
    forge.pulls = [{"number": 7, "head": {"sha": project.head}}]
    run = {"head_sha": project.head, "head_branch": "feature", "head_repository": {"owner": {"login": "alice"}}}
    outcome = checked_out.run(project.event("workflow_run", workflow_run=run), mode="comment")
    assert (outcome.code, forge.comments, forge.writes()) == (2, [], []), outcome.log
    assert not [line for line in outcome.log.splitlines() if line.lstrip().startswith("::")] and "\x1b" not in outcome.log
    assert "ghs_secret" not in outcome.log and len(outcome.log) < 2000


def test_where_the_comment_goes_is_no_matter_of_the_artifact(checked_out: Any, project: Any, forge: Any) -> None:
    """Whatever it says of repository, commit and number; the event says whose head it is, GitHub which pull request."""
    path = Path(checked_out.run(project.event(), mode="measure").outputs["report"])
    report = json.loads(path.read_text("utf-8"))
    report["provenance"] |= {"repository": "acme/other", "head_sha": "cd" * 20, "pull_request": 1}
    path.write_text(json.dumps({**report, "pull_request": 1, "number": 1}))
    run = {"head_sha": project.head, "head_branch": "feature", "head_repository": {"owner": {"login": "alice"}}}
    event = project.event("workflow_run", workflow_run=run)
    forge.pulls = [{"number": 7, "head": {"sha": "ef" * 20}}]
    assert "no open pull request" in checked_out.run(event, mode="comment").log and forge.writes() == []
    forge.pulls = [{"number": 7, "head": {"sha": project.head}}]
    outcome = checked_out.run(event, mode="comment")
    assert {path for _, path in forge.asked if "issues" in path} <= {"/repos/acme/app/issues/7/comments"}, outcome.log


def test_a_mistake_ends_the_job_before_anything_is_shown(checked_out: Any, project: Any, forge: Any) -> None:
    outcome = checked_out.run(project.event(), config="missing.yaml")
    assert (outcome.code, outcome.ran) == (2, ["base", "measure"])
    assert forge.comments == [] and outcome.summary == ""


def test_a_comment_each_time(checked_out: Any, project: Any, forge: Any) -> None:
    checked_out.run(project.event(), comment_mode="new")
    forge.comments[0]["body"] += "edited"
    checked_out.run(project.event(), comment_mode="hide-and-new")
    assert (len(forge.comments), forge.hidden) == (2, ["C_1"])


def test_a_report_from_the_future_does_not_silence_later_runs(checked_out: Any, project: Any, forge: Any) -> None:
    measured = checked_out.run(project.event(), mode="measure")
    path = Path(measured.outputs["report"])
    report = json.loads(path.read_text("utf-8"))
    report["provenance"]["run_order"] = 999_999_999_999_999
    path.write_text(json.dumps(report))
    event = project.event("workflow_run")
    assert checked_out.run(event, mode="comment", pull_request="7").code == 0
    order = int(forge.comments[0]["body"].split("order=")[1].split(" ")[0])
    assert order < 99_999_999_999


def test_switched_off(checked_out: Any, project: Any, forge: Any) -> None:
    outcome = checked_out.run(project.event(), summary="false", annotations="false", comment="false")
    assert outcome.summary == "" and forge.asked == []
    assert not any(line.lstrip().startswith("::") for line in outcome.log.splitlines())


def test_the_verdict_as_a_check_run_on_the_head(checked_out: Any, project: Any, forge: Any) -> None:
    outcome = checked_out.run(project.event(), check_run="true", comment="false")
    [run] = forge.runs
    wanted = {"pass": "success", "warn": "neutral", "fail": "failure"}[outcome.outputs["verdict"]]
    assert (run["head_sha"], run["conclusion"], run["name"]) == (project.head, wanted, "costgate"), outcome.log
    assert "app.py" in run["output"]["summary"]
    group = project.event("merge_group", merge_group={"base_sha": project.base})
    checked_out.run(group, check_run="true", comment="false")
    assert forge.runs[-1]["head_sha"] == project.merge, "outside of a pull request it is the commit of the event"


def test_a_refused_check_run_does_not_decide(checked_out: Any, project: Any, forge: Any) -> None:
    forge.fail("POST", "/check-runs", 403, body='{"message": "Resource not accessible by integration"}')
    outcome = checked_out.run(project.event(), check_run="true", comment="false")
    assert outcome.ran[-1] == "verdict" and "checks: write" in outcome.log
    assert "::warning title=costgate::The check run could not be written" in outcome.log


def test_no_check_run_from_a_fork_or_from_a_report_that_is_only_data(checked_out: Any, project: Any, forge: Any) -> None:
    event = project.event()
    event["event"]["pull_request"]["head"]["repo"]["full_name"] = "alice/app"
    assert "gets no check run from here" in checked_out.run(event, check_run="true", comment="false").log
    commented = checked_out.run(project.event("workflow_run"), mode="comment", check_run="true", pull_request="7")
    assert commented.ran == ["comment"] and forge.runs == []


def test_facts_are_kept_between_runs(checked_out: Any, project: Any, forge: Any) -> None:
    first = checked_out.run(project.event(), comment="false")
    facts = checked_out.temp / "costgate" / "facts"
    [(_, given)] = first.used
    assert given["path"] == str(facts) and list(facts.glob("*.sqlite")), first.log
    assert given["key"] == f"costgate-facts-1-Linux-{project.base}" and given["key"].startswith(given["restore-keys"])
    again = checked_out.run(project.event(), comment="false")
    assert (again.code, again.outputs["verdict"]) == (first.code, first.outputs["verdict"])


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target"])
def test_no_facts_with_a_fork_or_where_none_are_wanted(checked_out: Any, project: Any, forge: Any, name: str) -> None:
    assert checked_out.run(project.event(), cache="false", comment="false").used == []
    event = project.event(name)
    event["event"]["pull_request"]["head"]["repo"]["full_name"] = "alice/app"
    assert checked_out.run(event, comment="false").used == []
    assert not (checked_out.temp / "costgate" / "facts").exists()


LOOSE = "rules: {cost-increase: off}\n"


@pytest.mark.parametrize("where", ["costgate.yaml", "checkout/costgate.yaml", "checkout/../checkout/costgate.yaml", "link"])
def test_a_configuration_of_the_checkout_is_never_taken_as_it_is(checked_out: Any, project: Any, where: str) -> None:
    (checked_out.workspace / "costgate.yaml").write_text(LOOSE)
    given = where
    if where == "link":
        (checked_out.temp / "link.yaml").symlink_to(checked_out.workspace / "costgate.yaml")
        given = str(checked_out.temp / "link.yaml")
    elif "/" in where:
        given = f"{checked_out.workspace.parent}/{where}"
    outcome = checked_out.run(project.event(), config=given, comment="false")
    assert (outcome.code, outcome.ran) == (2, ["base", "measure"])
    said = "neither the base nor the head has this file" if where == "costgate.yaml" else "lies in the checkout"
    assert said in outcome.log


def test_a_configuration_from_elsewhere_is(checked_out: Any, project: Any) -> None:
    policy = checked_out.temp / "policy.yaml"
    for severity, code in (("off", 0), ("error", 1)):
        policy.write_text(f"rules: {{cost-increase: '{severity}'}}\n")
        outcome = checked_out.run(project.event(), config=str(policy), comment="false")
        report = json.loads(Path(outcome.outputs["report"]).read_text("utf-8"))
        assert (outcome.code, report["provenance"]["policy"]["source"]) == (code, "file"), outcome.log
