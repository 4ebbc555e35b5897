"""The pipelines for other CI systems, by running their scripts on a real pull request, line by line as those would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CI = ROOT / "docs" / "ci"
RETRIED = '''from openai import OpenAI, RateLimitError
while True:
    try:
        OpenAI().responses.create(model="gpt-4.1", input="x", max_output_tokens=9)
        break
    except RateLimitError:
        continue
'''


def _run(script: str, folder: Path, temp: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """With costgate on the path as an installation would put it there, and what installs left out."""
    bin = temp / "bin"
    bin.mkdir(exist_ok=True)
    (bin / "costgate").write_text(f'#!/bin/sh\nexec "{temp / "costgate-script"}" "$@"\n')
    for name in ("apt-get", "pip"):
        (bin / name).write_text("#!/bin/sh\nexit 0\n")
    for path in bin.iterdir():
        path.chmod(0o755)
    whole = {"PATH": f"{bin}:{os.environ['PATH']}", "HOME": str(temp), "COSTGATE_CACHE_DIR": str(temp / "cache"), **environment}
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script], cwd=folder, env=whole, capture_output=True, text=True, check=False
    )


@pytest.fixture
def checkout(runner: Any, project: Any) -> Path:
    folder: Path = project.checkout(runner.workspace, "refs/pull/7/head", 0)
    subprocess.run(["git", "fetch", "--quiet", "origin", "+main:refs/remotes/origin/main"], cwd=folder, check=True)
    return folder


def _spoil(folder: Path) -> None:
    (folder / "loop.py").write_text(RETRIED)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@y"]
    subprocess.run([*git, "add", "loop.py"], cwd=folder, check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "Loop"], cwd=folder, check=True)


def _gitlab(job: str) -> str:
    found = yaml.safe_load((CI / "gitlab-ci.yml").read_text("utf-8"))
    return "\n".join([*found[".costgate"]["before_script"], *found[job]["script"]])


@pytest.mark.parametrize("spoiled", [False, True])
def test_gitlab(checkout: Path, runner: Any, project: Any, forge: Any, spoiled: bool) -> None:
    if spoiled:
        _spoil(checkout)
    told = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": project.fork, "CI_MERGE_REQUEST_IID": "7", "CI_PROJECT_ID": "group/app",
        "GITLAB_CI": "true", "CI": "true", "GITLAB_TOKEN": "glpat-x", "CI_API_V4_URL": forge.url,
        "CI_PROJECT_URL": "https://gitlab.example/group/app",
    }  # fmt: skip
    ran = _run(_gitlab("costgate"), checkout, runner.temp, **told)
    assert ran.returncode == int(spoiled), ran.stdout + ran.stderr
    found = json.loads((checkout / "gl-code-quality-report.json").read_text())
    assert ("loop.py" in {one["location"]["path"] for one in found}) is spoiled
    [note] = forge.notes
    assert "https://gitlab.example/group/app/-/blob/" in note["body"] and (checkout / "costgate.html").stat().st_size
    assert "glpat-x" not in ran.stdout + ran.stderr


def test_gitlab_with_merged_results(runner: Any, project: Any) -> None:
    """The checkout is the merge with the target branch: what that gained since is not the merge request's."""
    folder = project.checkout(runner.workspace, "refs/pull/7/merge", 0)
    told = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": project.fork, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": project.base,
        "CI_MERGE_REQUEST_IID": "7", "CI_PROJECT_ID": "group/app",
    }  # fmt: skip
    ran = _run(_gitlab("costgate"), folder, runner.temp, **told)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = json.loads((folder / "costgate.json").read_text())
    assert report["provenance"]["merge_base_sha"] == project.base and len(report["changes"]) == 1


def test_gitlab_without_a_token_or_with_a_refusal(checkout: Path, runner: Any, project: Any, forge: Any) -> None:
    told = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": project.fork, "CI_MERGE_REQUEST_IID": "7", "CI_PROJECT_ID": "group/app"}
    assert _run(_gitlab("costgate"), checkout, runner.temp, **told).returncode == 0 and forge.asked == []
    forge.fail("GET", "notes", 403)
    told |= {"GITLAB_TOKEN": "glpat-x", "CI_API_V4_URL": forge.url, "GITLAB_CI": "true"}
    ran = _run(_gitlab("costgate"), checkout, runner.temp, **told)
    assert ran.returncode == 0 and "the note could not be written" in ran.stdout, "the verdict stands all the same"


def test_gitlab_on_the_default_branch(checkout: Path, runner: Any) -> None:
    _spoil(checkout)
    ran = _run(_gitlab("costgate-audit"), checkout, runner.temp)
    assert ran.returncode == 0 and json.loads((checkout / "gl-code-quality-report.json").read_text())


def test_a_mistake_ends_the_job(checkout: Path, runner: Any) -> None:
    ran = _run(_gitlab("costgate"), checkout, runner.temp, CI_MERGE_REQUEST_DIFF_BASE_SHA="0" * 40)
    assert ran.returncode != 0 and not (checkout / "gl-code-quality-report.json").exists()


@pytest.mark.parametrize("spoiled", [False, True])
def test_azure(checkout: Path, runner: Any, spoiled: bool) -> None:
    if spoiled:
        _spoil(checkout)
    steps = yaml.safe_load((CI / "azure-pipelines.yml").read_text("utf-8"))["steps"]
    [script] = [step["bash"] for step in steps if step.get("displayName") == "costgate"]
    out = runner.temp / "out"
    out.mkdir()
    ran = _run(script, checkout, runner.temp, OUT=str(out), TARGET="refs/heads/main")
    assert ran.returncode == int(spoiled), ran.stdout + ran.stderr
    assert ("##vso[task.logissue type=error;sourcepath=loop.py;" in ran.stdout) is spoiled
    assert {"costgate.json", "costgate.md", "costgate.html"} == {path.name for path in out.iterdir()}


@pytest.fixture
def proxy() -> Iterator[list[tuple[str, str, Any]]]:
    """What signs requests in Bitbucket's pipelines; here it keeps them."""
    asked: list[tuple[str, str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def keep(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.command, self.path, sent))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PUT = do_POST = keep

        def log_message(self, format: str, *args: Any) -> None:
            pass

    try:
        server = ThreadingHTTPServer(("127.0.0.1", 29418), Handler)
    except OSError:
        pytest.skip("port 29418 is taken")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="needs jq and curl")
@pytest.mark.parametrize("spoiled", [False, True])
def test_bitbucket(checkout: Path, runner: Any, proxy: Any, spoiled: bool) -> None:
    if spoiled:
        _spoil(checkout)
    pipelines = yaml.safe_load((CI / "bitbucket-pipelines.yml").read_text("utf-8"))["pipelines"]
    script = "\n".join(pipelines["pull-requests"]["**"][0]["step"]["script"])
    told = {"BITBUCKET_PR_DESTINATION_BRANCH": "main", "BITBUCKET_REPO_FULL_NAME": "acme/app", "BITBUCKET_COMMIT": "abc"}
    ran = _run(script, checkout, runner.temp, **told)
    assert ran.returncode == int(spoiled), ran.stdout + ran.stderr
    report = "http://api.bitbucket.org/2.0/repositories/acme/app/commit/abc/reports/costgate-report"
    assert proxy[0][:2] == ("PUT", report) and proxy[0][2]["result"] == ("FAILED" if spoiled else "PASSED")
    notes = [note for method, path, sent in proxy[1:] if (method, path) == ("POST", f"{report}/annotations") for note in sent]
    assert ("loop.py" in {note.get("path") for note in notes}) is spoiled


def test_every_pipeline_is_tested() -> None:
    assert {path.name.partition("-")[0] for path in CI.iterdir()} == {"gitlab", "azure", "bitbucket"}
