"""Audits of a small bot at several commits, made by the command as users run it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from costgate.cli import main
from costgate.model.report import Report

if find_spec("duckdb") is None:  # the extra `fleet` is not installed
    collect_ignore_glob = ["test_*.py"]

CODE = """
from openai import OpenAI

def answer(question):
    return OpenAI().chat.completions.create(
        model="{model}", max_tokens=100, messages=[{{"role": "system", "content": "{words}"}}]
    )
"""
CONFIG = """
workloads:
- name: answers
  owner: {owner}
  sites: ["app.py::answer"]
  traffic: {traffic}/month
  input_tokens: 1000
  output_tokens: 100
  budgets: {{cost_per_month: {budget}}}
"""


@pytest.fixture
def audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Report]:
    """Audits a repository after a commit of what is given; commits are a day apart."""
    monkeypatch.setenv("COSTGATE_CACHE_DIR", str(tmp_path / "cache"))
    days: dict[str, int] = {}

    def make(
        name: str = "bot",
        model: str = "gpt-4.1",
        traffic: int | None = 100_000,
        owner: str = "ann",
        budget: str = "1000",
        words: str = "Be kind.",
    ) -> Report:
        folder = tmp_path / "repos" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "app.py").write_text(CODE.format(model=model, words=words))
        config = "" if traffic is None else CONFIG.format(owner=owner, traffic=traffic, budget=budget)
        (folder / "costgate.yaml").write_text(config)
        days[name] = days.get(name, 0) + 1
        date = f"2026-10-{days[name]:02d}T12:00:00"
        words_of = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        if days[name] == 1:
            subprocess.run(["git", "init", "--quiet", folder], check=True)
        stamp = {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date, "PATH": "/usr/bin:/bin:/usr/local/bin"}
        subprocess.run(["git", "-C", folder, "add", "."], check=True)
        subprocess.run(
            ["git", "-C", folder, *words_of, "commit", "--quiet", "--allow-empty", "-m", "x"], check=True, env=stamp
        )
        output = tmp_path / f"{name}-{days[name]}.json"
        main(["audit", str(folder), "--format", "json", "--output", str(output), "--as-of", "2026-11-01"])
        report: Report = json.loads(output.read_text())
        report["provenance"]["repository"] = name
        return report

    return make
