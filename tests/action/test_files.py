"""The action's own files: nothing expands inside a script, every script keeps to strict bash."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = [step for step in ACTION["runs"]["steps"] if "run" in step]
SCRIPTS = sorted((ROOT / "action").glob("*.sh"))


@pytest.mark.parametrize("step", STEPS, ids=[step["name"] for step in STEPS])
def test_a_step_runs_one_script_with_what_it_reads(step: dict[str, str]) -> None:
    found = re.fullmatch(r'bash "\$GITHUB_ACTION_PATH/action/(\w+\.sh)"', step["run"])
    assert found and step["shell"] == "bash"
    text = (ROOT / "action" / found[1]).read_text("utf-8")
    if "find_pull.py" in text:
        text += (ROOT / "action" / "find_pull.py").read_text("utf-8")
    given = set(step["env"])
    # The command reads the token itself.
    assert all(re.search(rf"\b{name}\b", text) for name in given - {"GITHUB_TOKEN"})
    assert {name for each in STEPS for name in each["env"] if re.search(rf"\${{?{name}\b", text)} <= given


def test_other_actions_are_pinned_and_only_keep_facts() -> None:
    [other] = [step for step in ACTION["runs"]["steps"] if "run" not in step]
    assert re.fullmatch(r"actions/cache@[0-9a-f]{40}", other["uses"]) and other["if"] == "steps.base.outputs.facts != ''"


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
def test_scripts_are_strict_and_hold_no_expression(script: Path) -> None:
    text = script.read_text("utf-8")
    assert "${{" not in text
    assert "\nset -euo pipefail\n" in text or script.name == "say.sh"
    assert not re.search(r"python[\w\"$}]* -m|-m costgate", text.replace("-I -m", ""))
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_every_input_and_output_is_used_and_described() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    for name, declared in ACTION["inputs"].items():
        assert declared["description"] and f"inputs.{name}" in text
    for declared in ACTION["outputs"].values():
        assert declared["description"]


def test_the_page_names_every_input_and_output() -> None:
    page = (ROOT / "docs" / "pull-requests.md").read_text("utf-8")
    named = page.partition("[action.yml](../action.yml):")[2].partition("\n\n")[0]
    inputs, outputs = (set(re.findall(r"`([a-z-]+)`", part)) for part in named.split("and out of it"))
    assert (inputs, outputs) == (set(ACTION["inputs"]), set(ACTION["outputs"]))


EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yml"))
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_examples_use_what_the_action_offers(example: Path) -> None:
    workflow = yaml.safe_load(example.read_text("utf-8"))
    assert workflow["permissions"] == {}
    # PyYAML takes the word `on` for true.
    assert "paths" not in str(workflow[True]), "a required check that is filtered away blocks the merge for ever"
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if "/costgate@" in step["uses"]]
    assert len(ours) == 1 and set(ours[0].get("with", {})) <= set(ACTION["inputs"])
    for name in re.findall(r"steps\.costgate\.outputs\.(\w+)", example.read_text("utf-8")):
        assert name in ACTION["outputs"]
    for step in steps:
        assert step in ours or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])
        assert not step["uses"].startswith("actions/checkout@") or step["with"]["persist-credentials"] is False


def test_the_workflow_that_may_write_takes_nothing_of_the_fork() -> None:
    workflow = yaml.safe_load((ROOT / "docs" / "examples" / "fork-comment.yml").read_text("utf-8"))
    [job] = workflow["jobs"].values()
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert [step["uses"].partition("@")[0] for step in job["steps"]] == ["actions/download-artifact", "OWNER/costgate"]
    assert not any("run" in step for step in job["steps"]) and "github.event.pull_request" not in str(job)
    assert job["steps"][-1]["with"]["mode"] == "comment" and "pull-request" not in job["steps"][-1]["with"]


@pytest.mark.parametrize(
    "path",
    [
        "app.py",
        "notebooks/a b.ipynb",
        "AGENTS.md",
        "sub/CLAUDE.md",
        ".github/copilot-instructions.md",
        ".github/prompts/review.prompt.md",
        ".cursor/rules/style.mdc",
        ".cursorrules",
        "src/prompts/system.txt",
        "prompts/nested/deep/answer.yaml",
        "system_prompt.md",
        "chat.prompty",
        "templates/answer.md.j2",
        "plugins/joke/skprompt.txt",
        "costgate.yaml",
    ],
)
def test_the_hook_sees(path: str) -> None:
    assert re.search(HOOKS["costgate"]["files"], path)


@pytest.mark.parametrize(
    "path", ["README.md", "app.pyc", "data.json", "src/promptly.go", "docs/costgate.yaml.txt", "happy"]
)
def test_the_hook_does_not_see(path: str) -> None:
    assert not re.search(HOOKS["costgate"]["files"], path)


def test_hooks_run_the_installed_command_in_one_process() -> None:
    for hook in HOOKS.values():
        assert hook["language"] == "python" and hook["require_serial"] is True
        assert hook["entry"].startswith("costgate ")
    assert HOOKS["costgate-audit"]["stages"] == ["manual"]
