"""What the quick commands load: the version and a file without calls need none of the heavy libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("git", "jsonschema", "libcst", "requests", "rich", "tiktoken", "tree_sitter", "yaml")
CODE = f"""
import json, sys
sys.path.insert(0, {str(ROOT)!r})
from costgate.cli import main
try:
    code = main()
except SystemExit as end:
    code = end.code
print(json.dumps([code or 0, sorted(set({HEAVY!r}) & set(sys.modules))]))
"""


def loaded(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    environment = {**os.environ, "COSTGATE_CACHE_DIR": str(folder / "cache")}
    ran = subprocess.run(
        [sys.executable, "-I", "-c", CODE, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    code, modules = json.loads(ran.stdout.splitlines()[-1])
    return code, modules


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "plain.py").write_text("def total(prices):\n    return sum(prices)\n", "utf-8")
    return tmp_path


def test_version_loads_nothing_heavy(project: Path) -> None:
    assert loaded(project, "--version") == (0, [])


def test_check_of_a_file_without_calls_loads_nothing_heavy(project: Path) -> None:
    loaded(project, "check", "plain.py")  # the first run compiles the knowledge
    assert loaded(project, "check", "plain.py") == (0, [])


def test_check_of_a_file_with_calls_does_load_a_parser(project: Path) -> None:
    (project / "app.py").write_text('from openai import OpenAI\nOpenAI().responses.create(model="gpt-4.1", input="x")\n')
    _, modules = loaded(project, "check", "app.py")
    assert {"libcst", "tree_sitter"} <= set(modules)
