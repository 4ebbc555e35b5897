"""What the action refuses before it installs anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def bare(runner: Any, project: Any) -> Any:
    """A runner without costgate."""
    runner.given = {}
    runner.workspace.mkdir()
    return runner


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"mode": "everything"}, "::error title=costgate::The mode 'everything' does not exist.\n  Use all, measure"),
        ({"mode": "x\n::warning::y"}, "::error title=costgate::The mode 'x ::warning::y' does not exist."),
        ({"python": "python-that-is-not"}, "costgate needs Python 3.11 or newer, and 'python-that-is-not' is not."),
    ],
)
def test_a_wrong_input(bare: Any, project: Any, inputs: dict[str, str], message: str) -> None:
    outcome = bare.run(project.event(), only={"install"}, **inputs)
    assert outcome.code == 2
    assert message in outcome.log
    assert not any(line.lstrip().startswith("::warning") for line in outcome.log.splitlines())


def test_an_old_python_is_told_apart(bare: Any, project: Any, tmp_path: Path) -> None:
    old = tmp_path / "python3.10"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    outcome = bare.run(project.event(), only={"install"}, python=str(old))
    assert outcome.code == 2 and "actions/setup-python" in outcome.log


def test_what_cannot_be_installed_leaves_nothing_behind(bare: Any, project: Any) -> None:
    bare.environment = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": ""}
    outcome = bare.run(project.event(), only={"install"})
    assert outcome.code == 2 and "costgate could not be installed." in outcome.log
    assert not list((bare.temp / "costgate").iterdir())
