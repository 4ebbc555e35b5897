"""What the quick commands load: the version and a file without calls need none of the heavy libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("jsonschema", "libcst", "requests", "rich", "tiktoken", "tree_sitter", "yaml")
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
    environment = {**os.environ, "COSTGATE_CACHE_DIR": str(folder / ".cache")}
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


def test_a_check_that_was_answered_before_loads_nothing_heavy(project: Path) -> None:
    (project / "app.py").write_text('from openai import OpenAI\nOpenAI().responses.create(model="gpt-4.1", input="x")\n')
    code, _ = loaded(project, "check", "app.py")
    assert loaded(project, "check", "app.py") == (code, [])


def test_a_hook_with_nothing_new_to_say_loads_neither_database_nor_argument_parser(project: Path) -> None:
    (project / "costgate.yaml").write_text("rules:\n  CG301: off\n")
    (project / "app.py").write_text('from openai import OpenAI\nOpenAI().responses.create(model="gpt-4.1", input="x")\n')
    slow = {"argparse", "dataclasses", "json", "pathlib", "sqlite3", "subprocess", "typing"}
    code = CODE.replace("import json, sys", "import sys; before = set(sys.modules)").replace("code = main()", "raise SystemExit(main())")
    code = code.replace("print(json", f"print(sorted({slow} & (set(sys.modules) - before))); raise SystemExit\nprint(json")
    for file in ("plain.py", "app.py"):
        loaded(project, "check", file)
        environment = {**os.environ, "COSTGATE_CACHE_DIR": str(project / ".cache")}
        ran = subprocess.run(
            [sys.executable, "-I", "-c", code, "check", file],
            cwd=project, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert ran.stdout.splitlines()[-1] == "[]"
