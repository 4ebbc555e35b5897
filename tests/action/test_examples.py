"""The example workflows, by running their steps on a real pull request: what a runner would do, step after step."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
REFS = {"pull_request": "refs/pull/7/merge", "merge_group": "refs/pull/7/merge", "push": "refs/heads/main"}


@dataclass
class Machine:
    """Runs the one job of a workflow. Artifacts outlive it; `alerts` are the SARIF files that were uploaded."""

    runner: Any
    project: Any
    artifacts: dict[str, Path] = field(default_factory=dict)
    alerts: list[Any] = field(default_factory=list)

    def run(self, name: str, github: dict[str, Any]) -> tuple[bool, list[str], Any]:
        """Whether the job is green, which steps ran, and how our own ended; no step for a job that is left out."""
        [job] = yaml.safe_load((EXAMPLES / name).read_text("utf-8"))["jobs"].values()
        context: dict[str, Any] = {"github": github, "runner": {"temp": str(self.runner.temp)}, "steps": {}}
        if "if" in job and not self.value(job["if"], context):
            return True, [], None
        green, ran, ours = True, [], None
        for step in job["steps"]:
            if not (self.value(step["if"], context) if "if" in step else True) or not (green or "cancelled()" in str(step.get("if"))):
                continue
            given = {key: self.filled(str(text), context) for key, text in step.get("with", {}).items()}
            action = step["uses"].partition("@")[0]
            ran.append(action.rpartition("/")[2])
            done, outputs = True, {}
            if action == "OWNER/costgate":
                ours = self.runner.run(github, **{key.replace("-", "_"): text for key, text in given.items()})
                done, outputs = ours.code == 0, ours.outputs
            else:
                done = getattr(self, ran[-1].replace("-", "_"))(given, github)
            context["steps"][step.get("id", "")] = {"outputs": outputs, "outcome": "success" if done else "failure"}
            green = green and (done or bool(step.get("continue-on-error")))
        return green, ran, ours

    def checkout(self, given: dict[str, str], github: dict[str, Any]) -> bool:
        assert given["persist-credentials"].lower() == "false"
        shutil.rmtree(self.runner.workspace, ignore_errors=True)
        self.project.checkout(self.runner.workspace, REFS[github["event_name"]], int(given["fetch-depth"]))
        return True

    def upload_artifact(self, given: dict[str, str], github: dict[str, Any]) -> bool:
        kept = self.runner.temp / "artifacts" / given["name"]
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy(given["path"], kept)
        self.artifacts[given["name"]] = kept
        return True

    def download_artifact(self, given: dict[str, str], github: dict[str, Any]) -> bool:
        if given["name"] not in self.artifacts:
            return False
        shutil.copytree(self.artifacts[given["name"]], given["path"], dirs_exist_ok=True)
        return True

    def upload_sarif(self, given: dict[str, str], github: dict[str, Any]) -> bool:
        self.alerts.append(json.loads((self.runner.workspace / given["sarif_file"]).read_text("utf-8")))
        return True

    def filled(self, text: str, context: dict[str, Any]) -> str:
        return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: str(self.value(found[1], context) or ""), text)

    def value(self, words: str, context: dict[str, Any]) -> Any:
        """An expression: `||` and `&&` give the operand that decides, as in a workflow."""
        whole = words.strip().removeprefix("${{").removesuffix("}}").strip()
        for sign, stops in ((" || ", True), (" && ", False)):
            if sign in whole:
                found: Any = None
                for part in whole.split(sign):
                    found = self.value(part, context)
                    if bool(found) is stops:
                        break
                return found
        if match := re.fullmatch(r"(\S+) (==|!=) (\S+)", whole):
            left, right = (self.value(match[number], context) or "" for number in (1, 3))
            return (left == right) is (match[2] == "==")
        return True if whole == "!cancelled()" else self.runner.value(whole, context)


@pytest.fixture
def machine(runner: Any, project: Any, forge: Any) -> Machine:
    runner.environment = {"GITHUB_API_URL": forge.url, "XDG_CACHE_HOME": str(runner.temp / "cache")}
    return Machine(runner, project)


def _from_fork(project: Any) -> dict[str, Any]:
    event: dict[str, Any] = project.event()
    event["event"]["pull_request"]["head"]["repo"]["full_name"] = "alice/app"
    return event


def _after(project: Any, event: str) -> dict[str, Any]:
    run = {"id": 1, "event": event, "head_sha": project.head, "head_branch": "feature", "head_repository": {"owner": {"login": "alice"}}}
    whole: dict[str, Any] = project.event("workflow_run", workflow_run=run)
    return whole


def test_the_whole_workflow(machine: Machine, project: Any, forge: Any) -> None:
    green, ran, ours = machine.run("pull-request.yml", project.event())
    assert (green, ran) == (True, ["checkout", "costgate"]), ours.log
    assert len(forge.comments) == 1 and "app.py" in ours.summary
    assert machine.run("pull-request.yml", project.event("merge_group", merge_group={"base_sha": project.base}))[0]
    green, _, ours = machine.run("pull-request.yml", project.event("push", before=project.fork))
    assert green and "no open pull request to comment on" in ours.log


def test_a_fork_in_two_workflows(machine: Machine, project: Any, forge: Any) -> None:
    green, ran, ours = machine.run("fork-measure.yml", _from_fork(project))
    assert (green, ran, forge.asked) == (True, ["checkout", "costgate", "upload-artifact"], []), ours.log
    forge.pulls = [{"number": 7, "head": {"sha": project.head}}]
    shutil.rmtree(machine.runner.workspace)
    machine.runner.workspace.mkdir()
    green, ran, ours = machine.run("fork-comment.yml", _after(project, "pull_request"))
    assert (green, ran, ours.ran) == (True, ["download-artifact", "costgate"], ["comment"]), ours.log
    assert len(forge.comments) == 1
    assert machine.run("fork-comment.yml", _after(project, "push"))[1] == [], "only for pull requests"


def test_where_nothing_could_be_measured_nothing_is_said(machine: Machine, project: Any, forge: Any) -> None:
    green, ran, _ = machine.run("fork-comment.yml", _after(project, "pull_request"))
    assert (green, ran, forge.asked) == (True, ["download-artifact"], [])


def test_a_verdict_that_fails_leaves_its_report(machine: Machine, project: Any, forge: Any) -> None:
    given = machine.runner.run
    machine.runner.run = lambda github, **inputs: given(github, fail_on="info", **inputs)
    green, ran, ours = machine.run("fork-measure.yml", _from_fork(project))
    assert (green, ours.outputs["verdict"], ran[-1]) == (False, "fail", "upload-artifact")


def test_alerts(machine: Machine, project: Any, forge: Any) -> None:
    for event in (project.event(), project.event("push", before=project.fork)):
        green, ran, ours = machine.run("code-scanning.yml", event)
        assert (green, ran) == (True, ["checkout", "costgate", "upload-sarif"]), ours.log
    assert [alert["version"] for alert in machine.alerts] == ["2.1.0"] * 2 and forge.comments == []
    assert machine.run("code-scanning.yml", _from_fork(project))[1] == [], "a fork may not upload"


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.yml")} == {"pull-request.yml", "fork-measure.yml", "fork-comment.yml", "code-scanning.yml"}
