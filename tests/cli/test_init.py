"""`costgate init`: the first day is green, what is there is left alone, and nothing is written without a yes."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

SOURCE = Path(__file__).parents[2]


@pytest.fixture
def repository(shop: Any, call: str, retried: str) -> Any:
    """With what an error is about, so that a gate without a baseline would be red."""
    code = call.replace('"You are helpful."', 'open("prompts/system.md").read()')
    shop.start({"app.py": code, "bot/loop.py": retried, "prompts/system.md": "Be kind and brief.\n" * 20})
    return shop


def _listed(shop: Any) -> set[str]:
    return {path.relative_to(shop.root).as_posix() for path in shop.root.rglob("*") if path.is_file() and ".git/" not in str(path)}


def test_the_first_day_is_green(repository: Any) -> None:
    assert repository.run("audit", "--fail-on", "error").code == 1
    ran = repository.run("init", "--yes", "--forge", "github", "--action", "acme/costgate@0123", "--owner", "@acme/finops")
    assert ran.code == 0, ran.err
    new = {"costgate.yaml", "costgate-baseline.json", ".pre-commit-config.yaml", ".github/workflows/costgate.yml"}
    assert new <= _listed(repository)
    assert repository.run("audit", "--fail-on", "error").code == 0
    repository.commit({})
    assert repository.run("check", "app.py", "bot/loop.py", "prompts/system.md", "costgate.yaml").code == 0
    assert repository.diff().code == 0
    config = yaml.safe_load((repository.root / "costgate.yaml").read_text())
    assert config["budgets"] == [{"path": "prompts/system.md", "tokens": 120}]
    workflow = (repository.root / ".github/workflows/costgate.yml").read_text()
    assert "uses: acme/costgate@0123" in workflow and "OWNER" not in workflow
    assert "/costgate.yaml                  @acme/finops" in ran.out and "/costgate-baseline.json" in ran.out


def test_the_hook_of_a_repository_without_a_known_source_runs_what_is_installed(repository: Any) -> None:
    repository.run("init", "--yes", "--no-baseline", "--forge", "none")
    [hook] = yaml.safe_load((repository.root / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert (hook["entry"], hook["language"]) == ("costgate check", "system")
    [packaged] = [one for one in yaml.safe_load((SOURCE / ".pre-commit-hooks.yaml").read_text()) if one["id"] == "costgate"]
    flat = re.sub(r"\s+", "", packaged["files"].removeprefix("(?x)")).removeprefix("(").removesuffix(")")
    assert hook["files"] == flat, "the same files either way"


@pytest.mark.parametrize("forge", ["github", "gitlab", "azure", "bitbucket"])
def test_a_source_is_everywhere_where_costgate_is_installed(repository: Any, forge: str) -> None:
    commit = "ab" * 20
    ran = repository.run("init", "--yes", "--forge", forge, "--source", f"https://github.com/acme/costgate@{commit}")
    assert ran.code == 0 and "where it says OWNER" not in ran.out
    hook = yaml.safe_load((repository.root / ".pre-commit-config.yaml").read_text())["repos"][0]
    assert (hook["repo"], hook["rev"], hook["hooks"]) == ("https://github.com/acme/costgate", commit, [{"id": "costgate"}])
    pipeline = (repository.root / json.loads((SOURCE / "costgate/start/forges.json").read_text())[forge]["path"]).read_text()
    assert "OWNER" not in pipeline and yaml.safe_load(pipeline)
    named = f"uses: acme/costgate@{commit}" if forge == "github" else f"git+https://github.com/acme/costgate@{commit}"
    assert pipeline.count(named) == 1


@pytest.mark.parametrize("forge", ["github", "gitlab", "azure", "bitbucket"])
def test_without_a_source_the_placeholder_is_told(repository: Any, forge: str) -> None:
    ran = repository.run("init", "--yes", "--forge", forge)
    assert "where it says OWNER, or give it as --source" in ran.out


def test_the_day_after_a_new_finding_fails(repository: Any, retried: str) -> None:
    repository.run("init", "--yes")
    repository.commit({})
    repository.git("branch", "--force", "main")
    repository.commit({"new.py": retried})
    assert repository.diff().code == 1


def test_calls_of_one_function_share_a_proposal(shop: Any, call: str) -> None:
    body = call.split("    reply = ")[1].partition("    return")[0]
    shop.start({"app.py": call.replace("    return", f"    other = {body.replace('question', 'reply')}    return")})
    ran = shop.run("init", "--yes")
    text = (shop.root / "costgate.yaml").read_text()
    assert text.count('sites: "app.py::answer"') == 1, text
    assert "--forge github|gitlab|azure|bitbucket writes a pipeline" in ran.out


def test_what_the_comments_propose_is_right(repository: Any) -> None:
    """Taken out of their comments, the proposals are a configuration that is accepted and used."""
    repository.run("init", "--yes")
    text = (repository.root / "costgate.yaml").read_text()
    head, proposals = text.split("# profiles:\n")
    profiles = proposals.split("\n\n")[0]
    repository.write({"costgate.yaml": head + "profiles:\n" + profiles.replace("#   ", "  ").replace("#     ", "    ")})
    [call] = [one for one in repository.run("audit", "--format", "json").report["calls"] if one["path"] == "app.py"]
    assert not call["input_tokens"]["unbounded"]


def test_the_proposed_workloads_have_a_month(repository: Any) -> None:
    repository.run("init", "--yes", "--no-hook", "--forge", "none")
    text = (repository.root / "costgate.yaml").read_text()
    workloads = text.split("# workloads:\n")[1].replace("#   ", "  ").replace("#     ", "    ")
    repository.write({"costgate.yaml": f"workloads:\n{workloads}"})
    ran = repository.run("audit", "--format", "json")
    found = {one["name"]: one for one in ran.report["workloads"]}
    assert set(found) == {"main", "bot"} and found["bot"]["per_month"] is not None
    assert len(found["main"]["sites"]) == 1, "a folder's workload has the folder's calls"


def test_twice_changes_nothing(repository: Any) -> None:
    repository.run("init", "--yes", "--forge", "gitlab")
    before = {path: (repository.root / path).read_bytes() for path in _listed(repository)}
    ran = repository.run("init", "--yes", "--forge", "gitlab")
    assert ran.code == 0 and "keeps  costgate.yaml" in ran.out and "wrote" not in ran.out
    assert {path: (repository.root / path).read_bytes() for path in _listed(repository)} == before


EXISTING = {
    "costgate.yaml": "fail_on: warning\n",
    ".pre-commit-config.yaml": "repos: []\n",
    ".gitlab-ci.yml": "stages: [build]\n",
    "costgate-baseline.json": "{}\n",
}


def test_nothing_that_is_there_is_touched(repository: Any) -> None:
    repository.write(EXISTING)
    ran = repository.run("init", "--yes")
    assert ran.code == 0
    assert {name: (repository.root / name).read_text() for name in EXISTING} == EXISTING
    assert "add under `repos:` of .pre-commit-config.yaml" in ran.out and "add to .gitlab-ci.yml" in ran.out


def test_a_configuration_in_pyproject_counts(repository: Any) -> None:
    repository.write({"pyproject.toml": '[tool.costgate]\nfail_on = "error"\n'})
    ran = repository.run("init", "--yes")
    assert "keeps  costgate.yaml: pyproject.toml is there" in ran.out and not (repository.root / "costgate.yaml").exists()


def test_a_dry_run_writes_nothing(repository: Any) -> None:
    before = _listed(repository)
    ran = repository.run("init", "--dry-run", "--forge", "bitbucket")
    assert ran.code == 0 and "would write bitbucket-pipelines.yml" in ran.out and "    fail_on: error" in ran.out
    assert _listed(repository) == before


def test_nobody_to_ask_is_a_mistake(repository: Any) -> None:
    before = _listed(repository)
    repository.run("init").mistake("nobody is there to be asked", "--yes")
    assert _listed(repository) == before


def test_it_asks_on_a_terminal(repository: Any) -> None:
    code = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from costgate.cli import main; sys.exit(main())"
    ours, theirs = pty.openpty()
    os.write(ours, b"y\nno\n")
    command = [sys.executable, "-I", "-c", code, "init", "--forge", "none"]
    done = subprocess.run(command, cwd=repository.root, env=repository.environment, stdin=theirs, capture_output=True, text=True, check=False)
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert "write costgate.yaml? [y/N]" in done.stdout and "leaves .pre-commit-config.yaml out" in done.stdout
    assert (repository.root / "costgate.yaml").exists() and not (repository.root / ".pre-commit-config.yaml").exists()


@pytest.mark.parametrize(
    ("marks", "remote", "path"),
    [
        ({".github/CODEOWNERS": ""}, "", ".github/workflows/costgate.yml"),
        ({"azure-pipelines.yml": ""}, "", None),
        ({}, "git@github.com:acme/app.git", ".github/workflows/costgate.yml"),
        ({}, "https://gitlab.example/acme/app.git", ".gitlab-ci.yml"),
        ({}, "https://dev.azure.com/acme/app", "azure-pipelines.yml"),
        ({}, "git@bitbucket.org:acme/app.git", "bitbucket-pipelines.yml"),
        ({}, "https://code.example/github.git", None),
    ],
)
def test_whose_pipeline(repository: Any, marks: dict[str, str], remote: str, path: str | None) -> None:
    repository.write(marks)
    if remote:
        repository.git("remote", "add", "origin", remote)
    before = _listed(repository)
    repository.run("init", "--yes", "--no-hook")
    made = _listed(repository) - before - {"costgate.yaml", "costgate-baseline.json"}
    assert made == ({path} if path else set())


def test_a_link_does_not_lead_out(repository: Any, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (repository.root / ".github").symlink_to(tmp_path / "outside")
    repository.run("init", "--yes", "--forge", "github")
    assert list((tmp_path / "outside").rglob("*")) == []


@pytest.mark.parametrize("name", ['prompts/a "b" {c}.md', "prompts/ü 日本.md", "prompts/x: #y.md", "prompts/💸.md"])
def test_any_name_in_the_proposals(shop: Any, call: str, name: str) -> None:
    shop.start({"app.py": call.replace('"You are helpful."', f"open({name!r}).read()"), name: "Be kind. " * 40})
    assert shop.run("init", "--yes").code == 0
    assert yaml.safe_load((shop.root / "costgate.yaml").read_text("utf-8"))["budgets"][0]["path"] == name
    assert shop.run("audit", "--fail-on", "error").code == 0


def test_outside_of_a_repository(shop: Any, call: str) -> None:
    shop.write({"app.py": call})
    shop.run("init", "--yes").mistake("not a git repository")
    shop.git("init", "--quiet")
    shop.run("init", "--yes", "--action", "a\nb").mistake("--action")
