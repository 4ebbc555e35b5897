"""The README is true: its output is what the demo prints, its configuration is accepted, its commands exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from costgate.cli import COMMANDS
from costgate.config import parse_config
from costgate.knowledge.strict import load
from costgate.policy.rule import load_rules
from costgate.policy.settings import check_settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")
TEST_COMMAND = "python -m pytest"


@pytest.fixture(scope="module")
def build_readme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_readme", ROOT / "scripts" / "build_readme.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_its_output_is_what_the_demo_prints(build_readme: ModuleType) -> None:
    printed = build_readme.demo()
    assert list(printed) == ["costgate audit", "costgate diff --base main"]
    assert printed["costgate diff --base main"].endswith("exit code 1")
    assert build_readme.filled(TEXT, printed) == TEXT, "python scripts/build_readme.py"
    assert all(f"$ {command}\n{output}\n```" in TEXT for command, output in printed.items())


def test_its_configuration_is_accepted() -> None:
    sample = next(block for block in blocks("yaml") if block.startswith("fail_on"))
    config = parse_config(sample, "README.md")
    assert [budget.tokens for budget in config.budgets] == [250, 2000]
    assert check_settings(load_rules(), config).rules["CG101"].severity == "error"


def test_its_hook_is_one_that_exists() -> None:
    sample = next(block for block in blocks("yaml") if block.startswith("repos"))
    wanted = {hook["id"] for repo in load(sample, "README.md")["repos"] for hook in repo["hooks"]}
    shipped = {hook["id"] for hook in load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"), "hooks")}
    assert wanted <= shipped


def test_its_commands_exist() -> None:
    table = {re.match(r"\| `costgate (\w+)", line) for line in TEXT.splitlines()}
    named = {match[1] for match in table if match} | {"verdict", "comment", "status", "explain"}
    assert named == set(COMMANDS)


def test_the_test_command_is_the_one_that_runs_everywhere() -> None:
    assert f"`{TEST_COMMAND}`" in TEXT
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert f"$(BIN)/{TEST_COMMAND}" in makefile
    assert re.search(rf"^{TEST_COMMAND}\b", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)


def test_nobody_is_told_to_install_another_distribution() -> None:
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        assert not re.search(r"pipx? install (-\S+ )*costgate(?!-ci)\b", path.read_text("utf-8")), path
