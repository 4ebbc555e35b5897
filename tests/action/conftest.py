"""Runs the composite action for real: its steps, its expressions, bash, a repository and a remote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
FORGE = spec_from_file_location("costgate_tests_forge", ROOT / "tests" / "forge" / "conftest.py")
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")
TERM = re.compile(r"'([^']*)'|([a-z_]+(?:\.[A-Za-z_-]+)+)")


def _stand_in() -> Any:
    """The fixture of tests/forge, so that both folders talk to the same stand-in for GitHub."""
    assert FORGE and FORGE.loader
    module = module_from_spec(FORGE)
    sys.modules[FORGE.name] = module
    FORGE.loader.exec_module(module)
    return module.forge


forge = _stand_in()


@dataclass
class Outcome:
    """How a run of the action ended."""

    code: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@dataclass
class Runner:
    """A machine that runs the action's steps as GitHub's runner does. `given` are outputs of steps that are not run."""

    temp: Path
    workspace: Path
    given: dict[str, dict[str, str]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, github: dict[str, Any], only: set[str] | None = None, **inputs: str) -> Outcome:
        named = {name.replace("_", "-"): value for name, value in inputs.items()}
        known = {name: str(declared.get("default", "")) for name, declared in ACTION["inputs"].items()}
        assert set(named) <= set(known)
        steps = {name: {"outputs": outputs} for name, outputs in self.given.items()}
        context = {"github": github, "inputs": {}, "steps": steps, "runner": {"os": "Linux"}}
        context["inputs"] = {name: self.filled(named.get(name, text), context) for name, text in known.items()}
        outcome = Outcome()
        for step in ACTION["runs"]["steps"]:
            name = step.get("id", step["name"].lower())
            if name in self.given or (only and name not in only) or not self.holds(step.get("if"), context):
                continue
            if "uses" in step:  # somebody else's action: what it would be given
                outcome.used.append((step["uses"], {key: self.filled(text, context) for key, text in step["with"].items()}))
                continue
            outcome.ran.append(name)
            steps[name] = {"outputs": self.step(step, context, github, outcome)}
            if outcome.code:
                break
        outcome.outputs = {name: self.filled(one["value"], context) for name, one in ACTION["outputs"].items()}
        return outcome

    def step(
        self, step: dict[str, Any], context: dict[str, Any], github: dict[str, Any], outcome: Outcome
    ) -> dict[str, str]:
        output, summary = self.temp / "output", self.temp / "summary"
        output.write_text("")
        summary.touch()
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_EVENT_NAME": github["event_name"],
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REPOSITORY": github["repository"],
            "GITHUB_SHA": github["sha"],
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            **self.environment,
            **{name: self.filled(text, context) for name, text in step.get("env", {}).items()},
        }
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        result = subprocess.run(
            command, cwd=self.workspace, env=environment, capture_output=True, text=True, check=False
        )
        outcome.code, outcome.log = result.returncode, outcome.log + result.stdout + result.stderr
        outcome.summary = summary.read_text("utf-8")
        return dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())

    def filled(self, text: str, context: dict[str, Any]) -> str:
        return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: self.value(found[1], context), text)

    def holds(self, condition: str | None, context: dict[str, Any]) -> bool:
        for clause in condition.split(" && ") if condition else ():
            left, sign, right = re.split(r" (==|!=) ", clause)
            if (self.value(left, context) == self.value(right, context)) is not (sign == "=="):
                return False
        return True

    def value(self, term: str, context: dict[str, Any]) -> str:
        if term.startswith("toJSON("):
            names = term.removeprefix("toJSON(github.event.pull_request.labels.*.").removesuffix(")")
            pull = context["github"]["event"].get("pull_request") or {}
            return json.dumps([label[names] for label in pull.get("labels", ())])
        match = TERM.fullmatch(term.strip())
        assert match, f"the runner does not know the expression {term!r}"
        if match[2] is None:
            return match[1]
        found: Any = context
        for name in match[2].split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return "" if found is None else str(found)


def git(folder: Path, *arguments: str) -> str:
    """Git without anybody's configuration; the output without its line end."""
    environment = {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "dev@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    command = ["git", "-C", str(folder), *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return result.stdout.rstrip("\n")


@dataclass
class Project:
    """A remote with a main branch, a pull request of two commits, and GitHub's merge of it."""

    remote: Path
    base: str
    head: str
    merge: str
    fork: str

    def checkout(self, folder: Path, ref: str, depth: int) -> Path:
        """What actions/checkout leaves behind; depth 0 is the whole history."""
        folder.mkdir()
        git(folder, "init", "--quiet")
        git(folder, "remote", "add", "origin", self.remote.as_uri())
        shallow = [f"--depth={depth}"] if depth else []
        git(folder, "fetch", "--quiet", "--no-tags", *shallow, "origin", f"+{ref}:refs/remotes/pull/head")
        git(folder, "checkout", "--quiet", "--detach", "refs/remotes/pull/head")
        return folder

    def event(self, name: str = "pull_request", **more: Any) -> dict[str, Any]:
        pull = {
            "number": 7,
            "base": {"ref": "main"},
            "head": {"sha": self.head, "repo": {"full_name": "acme/app"}},
        }
        event = {"pull_request": pull} if name.startswith("pull_request") else {}
        return {
            "event_name": name, "repository": "acme/app", "sha": self.merge, "token": "ghs_secret", "event": {**event, **more}
        }  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    work, remote = tmp_path / "work", tmp_path / "remote.git"
    work.mkdir()
    git(work, "init", "--quiet", "--initial-branch=main")
    for number in range(5):
        _commit(work, "app.py", CALL.format(cap=100 + number))
    fork = git(work, "rev-parse", "HEAD")
    git(work, "checkout", "--quiet", "-b", "feature")
    _commit(work, "notes.md", "hello\n")
    _commit(work, "app.py", CALL.format(cap=16000))
    head = git(work, "rev-parse", "HEAD")
    git(work, "checkout", "--quiet", "main")
    _commit(work, "other.py", "x = 1\n")
    base = git(work, "rev-parse", "HEAD")
    git(work, "checkout", "--quiet", "--detach")
    git(work, "merge", "--quiet", "--no-ff", "-m", "parent 0000000000000000000000000000000000000000", "feature")
    merge = git(work, "rev-parse", "HEAD")
    git(work, "clone", "--quiet", "--bare", str(work), str(remote))
    git(work, "push", "--quiet", str(remote), "HEAD:refs/pull/7/merge", "feature:refs/pull/7/head")
    git(remote, "config", "uploadpack.allowAnySHA1InWant", "true")
    return Project(remote, base, head, merge, fork)


CALL = """from openai import OpenAI

client = OpenAI()


def answer(question: str) -> str:
    reply = client.chat.completions.create(
        model="gpt-4o",
        messages=[{{"role": "user", "content": "Answer in one sentence."}}],
        max_tokens={cap},
    )
    return reply.choices[0].message.content
"""


def _commit(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    git(folder, "add", name)
    git(folder, "commit", "--quiet", "-m", f"Change {name}")


@pytest.fixture
def runner(tmp_path: Path, ready: Any) -> Runner:
    """A runner that has costgate installed already, as a console script would be."""
    temp = tmp_path / "temp"
    temp.mkdir()
    script = temp / "costgate-script"
    if ready:
        ready.script(script)
    else:
        script.write_text(
            f"#!{sys.executable} -I\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
            "from costgate.cli import main\nsys.exit(main())\n"
        )
    python = temp / "costgate-python"
    python.write_text(f'#!/bin/bash\nshift\nPYTHONPATH={ROOT} exec {sys.executable} "$@"\n')
    script.chmod(0o755)
    python.chmod(0o755)
    report = temp / "costgate" / "report.json"
    installed = {"costgate": str(script), "python": str(python), "report": str(report)}
    return Runner(temp, tmp_path / "checkout", {"install": installed})
