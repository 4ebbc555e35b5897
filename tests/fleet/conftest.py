"""Repositories to audit, real ones made with git, and a fleet of them."""

from __future__ import annotations

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from costgate.fleet.work import Circumstances

if find_spec("distributed") is None:  # the extra `fleet` is not installed
    collect_ignore_glob = ["test_*.py"]

CALL = """
from openai import OpenAI
client = OpenAI()

def answer(question):
    return client.chat.completions.create(
        model="{model}", max_tokens=200, messages=[{{"role": "user", "content": question}}]
    )
"""


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def repository(folder: Path, model: str = "gpt-4.1-mini") -> Path:
    folder.mkdir(parents=True)
    (folder / "app.py").write_text(CALL.format(model=model))
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


@pytest.fixture
def given(tmp_path: Path) -> Circumstances:
    (tmp_path / "out").mkdir()
    return Circumstances("run", str(tmp_path / "out"), str(tmp_path / "cache"), "2026-11-01", None, 60.0)


@pytest.fixture(autouse=True)
def _this_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers and auditors start as processes of their own and must find the code under test."""
    source = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH")))))
