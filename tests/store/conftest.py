"""Real repositories, made by real git, with nothing of the developer's own configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from costgate.store.git import Repository, open_repository

IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Someone"), ("EMAIL", "someone@example.org"), ("DATE", "2026-01-02T03:04:05Z"))
}


class Shell:
    """git and files in one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str, **environment: str) -> str:
        """Run git here and return what it prints."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env={**os.environ, **environment}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, path: str, content: str | bytes) -> None:
        """Write one file, with its folders."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str = "change") -> str:
        """Add everything and commit it; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An empty repository on the branch main."""
    root = tmp_path / "project"
    root.mkdir()
    made = Shell(root)
    made.git("init", "--quiet", "--initial-branch=main")
    return made


@pytest.fixture
def repository(shell: Shell) -> Iterator[Repository]:
    """The same, opened."""
    with open_repository(shell.root) as opened:
        yield opened
