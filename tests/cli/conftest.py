"""The command as a user runs it: a process of its own, in real repositories, with nobody's configuration.

Most are copies of one that has everything loaded (tests/ready.py); those of a `cold` shop, and those that are given something
in the environment that could matter before `main` runs, are started as a shell would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2]
COMMAND = (
    sys.executable,
    "-I",
    "-c",
    f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from costgate.cli import main; sys.exit(main())",
)
HARMLESS = {"PATH", "COSTGATE_CACHE_DIR"}
WHO = {f"GIT_{who}_{what}": "dev@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """What was printed, which has to be JSON and nothing else."""
        made: dict[str, Any] = json.loads(self.out)
        return made

    def mistake(self, *words: str) -> None:
        """A user's mistake: exit code 2, nothing on standard output, a line that holds all of these words."""
        assert (self.code, self.out) == (2, ""), self
        assert self.err.startswith("costgate: ") and "Traceback" not in self.err
        for word in words:
            assert word in self.err, self.err


@dataclass
class Shop:
    """A folder with files, and a repository once `init` has run."""

    root: Path
    home: Path
    ready: Any = None
    extra: dict[str, str] = field(default_factory=dict)
    cold: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the caller's but the path."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "COSTGATE_CACHE_DIR": str(self.home / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "TMPDIR": str(self.home),
            "LC_ALL": "C.UTF-8",
            **WHO,
            **self.extra,
        }

    def git(self, *arguments: str) -> str:
        """One git command; its output."""
        command = ["git", "-C", str(self.root), *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Files by path."""
        for name, data in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode() if isinstance(data, str) else data)

    def commit(self, files: Mapping[str, str | bytes]) -> str:
        """Write, add everything, commit; the commit's id."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "Change")
        return self.git("rev-parse", "HEAD")

    def start(self, files: Mapping[str, str | bytes]) -> None:
        """A repository with these files on main, and a branch `feature` checked out."""
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit(files)
        self.git("checkout", "--quiet", "-b", "feature")

    def run(self, *arguments: str, cwd: Path | None = None) -> Ran:
        """costgate with these arguments."""
        if self.ready and not self.cold and self.extra.keys() <= HARMLESS:
            code, out, err = self.ready.run(arguments, cwd or self.root, self.environment)
            return Ran(code, out.decode(), err.decode())
        command = [*COMMAND, *arguments]
        done = subprocess.run(
            command, cwd=cwd or self.root, env=self.environment, capture_output=True, timeout=120, check=False
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def diff(self, *arguments: str) -> Ran:
        """The change against main as JSON."""
        return self.run("diff", "--base", "main", "--format", "json", *arguments)


CALL = '''from openai import OpenAI

client = OpenAI()


def answer(question: str) -> str:
    reply = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "system", "content": "You are helpful."}, {"role": "user", "content": question}],
        max_tokens=200,
    )
    return reply.choices[0].message.content
'''

RETRIED = '''from openai import OpenAI, RateLimitError

client = OpenAI()


def answer(question: str) -> str:
    while True:
        try:
            return client.responses.create(model="gpt-4o-mini", input=question, max_output_tokens=200).output_text
        except RateLimitError:
            continue
'''


@pytest.fixture
def call() -> str:
    """A file with one call that no rule of severity error minds."""
    return CALL


@pytest.fixture
def retried() -> str:
    """The same call, repeated without end."""
    return RETRIED


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def shop(tmp_path: Path, shared_home: Path, ready: Any) -> Shop:
    root = tmp_path / "shop"
    root.mkdir()
    return Shop(root, shared_home, ready)
