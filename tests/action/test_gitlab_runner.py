"""The GitLab template as a runner takes it: gitlab-ci-local reads it, chooses the jobs, and runs them in its shell executor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNNER = "gitlab-ci-local@4.66.1"
"""The last release that Node 18 and 20 run."""
PLAIN = 'from openai import OpenAI\nOpenAI().responses.create(model="gpt-4.1", input="x", max_output_tokens=9)\n'
RETRIED = """\
from openai import OpenAI, RateLimitError
while True:
    try:
        OpenAI().responses.create(model="gpt-4.1", input="x", max_output_tokens=9)
        break
    except RateLimitError:
        continue
"""


def _major(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(told.removeprefix("v").partition(".")[0] or 0) if told.startswith("v") else 0


@pytest.fixture(scope="module")
def runner_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or _major(node) < 18:
        pytest.skip("Node 18 and npm are not installed")
    folder = tmp_path_factory.mktemp("runner")
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), RUNNER]
    if subprocess.run(install, cwd=folder, capture_output=True, timeout=240, check=False).returncode:
        pytest.skip("npm reaches no registry")
    return folder / "node_modules" / ".bin" / "gitlab-ci-local"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "remote", "add", "origin", "https://gitlab.example/group/app.git")
    shutil.copy(ROOT / "docs" / "ci" / "gitlab-ci.yml", folder / ".gitlab-ci.yml")
    _commit(folder, PLAIN)
    _git(folder, "checkout", "--quiet", "-b", "change")
    return folder


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@y", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def _commit(folder: Path, code: str) -> None:
    (folder / "app.py").write_text(code)
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "-m", "Ask")


def _run(script: Path, folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What installs is left out, and so is the copy that only containers need."""
    bin = folder.parent / "bin"
    bin.mkdir(exist_ok=True)
    for name in ("apt-get", "pip", "rsync"):
        (bin / name).write_text("#!/bin/sh\nexit 0\n")
    main = "import sys; from costgate.cli import main; sys.exit(main())"
    (bin / "costgate").write_text(f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec '{sys.executable}' -c '{main}' \"$@\"\n")
    for path in bin.iterdir():
        path.chmod(0o755)
    given = [part for name, value in variables.items() for part in ("--variable", f"{name}={value}")]
    home = folder.parent / "home"
    command = [str(script), "--force-shell-executor", "--no-shell-isolation", "--home", str(home), *given, *arguments]
    environment = {
        **os.environ, "PATH": f"{bin}:{os.environ['PATH']}", "HOME": str(home),
        "GCL_IGNORE_PREDEFINED_VARS": ",".join(variables), "NO_COLOR": "1",
    }  # fmt: skip
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)


def _of_a_request(folder: Path) -> dict[str, str]:
    base = _git(folder, "rev-parse", "main")
    return {
        "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_MERGE_REQUEST_IID": "7",
    }  # fmt: skip


@pytest.mark.parametrize(("code", "result"), [(PLAIN.replace("=9", "=10"), 0), (RETRIED, 1)])
def test_a_merge_request(runner_script: Path, repository: Path, code: str, result: int) -> None:
    _commit(repository, code)
    variables = _of_a_request(repository)
    listed = _run(runner_script, repository, "--list-csv", **variables)
    assert [line.split(";")[0] for line in listed.stdout.splitlines()[1:]] == ["costgate"], listed.stdout + listed.stderr
    ran = _run(runner_script, repository, "costgate", **variables)
    assert ran.returncode == result, ran.stdout + ran.stderr
    assert ("CG201" in ran.stdout) is bool(result)
    assert json.loads((repository / "costgate.json").read_text())["changes"]
    assert isinstance(json.loads((repository / "gl-code-quality-report.json").read_text()), list)
    assert (repository / "costgate.html").stat().st_size


def test_the_default_branch(runner_script: Path, repository: Path) -> None:
    _git(repository, "checkout", "--quiet", "main")
    listed = _run(runner_script, repository, "--list-csv", CI_PIPELINE_SOURCE="push")
    assert [line.split(";")[0] for line in listed.stdout.splitlines()[1:]] == ["costgate-audit"], listed.stdout + listed.stderr
    ran = _run(runner_script, repository, "costgate-audit", CI_PIPELINE_SOURCE="push")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (repository / "costgate.json").exists() and (repository / "gl-code-quality-report.json").exists()
