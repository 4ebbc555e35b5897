"""The hook as pre-commit installs and runs it, from this repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2]
PRE_COMMIT = shutil.which("pre-commit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

pytestmark = pytest.mark.skipif(PRE_COMMIT is None, reason="pre-commit is not installed")


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a checkout of this repository gives pre-commit: the files a build needs, in one commit."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in ("costgate", "rules"):
        shutil.copytree(SOURCE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "hatch_build.py", ".pre-commit-hooks.yaml"):
        shutil.copy(SOURCE / name, folder / name)
    for name in ("README.md", "LICENSE"):
        if (SOURCE / name).exists():
            shutil.copy(SOURCE / name, folder / name)
        else:
            (folder / name).write_text("costgate\n")
    return folder


@pytest.fixture(scope="module", autouse=True)
def an_index() -> None:
    """pre-commit installs a hook with pip, which takes an index: where there is none, nothing can be said of hooks."""
    asked = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed", "hatchling"]
    if subprocess.run(asked, capture_output=True, timeout=120, check=False).returncode:
        pytest.skip("pip reaches no package index")


@pytest.fixture(scope="module")
def pre_commit_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


ALONE = ["unshare", "--net", "--map-root-user"]
"""Runs a command without a network."""


def _can_be_alone() -> bool:
    return shutil.which(ALONE[0]) is not None and subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0


def _hooked(shop: Any, hooks: Path, home: Path, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **shop.environment, "PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"}
    command = [*before, str(PRE_COMMIT), "run", *arguments]
    return subprocess.run(
        command, cwd=shop.root, env=environment, capture_output=True, text=True, timeout=400, check=False
    )


def test_the_hook(shop: Any, hooks: Path, pre_commit_home: Path, call: str, retried: str) -> None:
    maker = type(shop)(hooks, shop.home)
    maker.git("init", "--quiet", "--initial-branch=main")
    revision = maker.commit({})
    config = f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: costgate\n  - id: costgate-audit\n"
    shop.start({".pre-commit-config.yaml": config, "plain.py": "x = 1\n", "notes.md": "hello\n"})

    shop.write({"notes.md": "hello again\n"})
    shop.git("add", "--all")
    skipped = _hooked(shop, hooks, pre_commit_home)
    assert skipped.returncode == 0 and "Skipped" in skipped.stdout, skipped.stdout + skipped.stderr

    shop.write({"app.py": call, "größe prompt.md": "Be kind.\n"})
    shop.git("add", "--all")
    passed = _hooked(shop, hooks, pre_commit_home)
    assert passed.returncode == 0 and "Passed" in passed.stdout, passed.stdout + passed.stderr

    shop.write({"app.py": retried})
    shop.git("add", "--all")
    failed = _hooked(shop, hooks, pre_commit_home)
    assert failed.returncode == 1 and "app.py:9:20: CG201 " in failed.stdout, failed.stdout + failed.stderr

    if _can_be_alone():
        offline = _hooked(shop, hooks, pre_commit_home, before=tuple(ALONE))
        assert (offline.returncode, offline.stdout) == (failed.returncode, failed.stdout), "once installed it needs no network"

    shop.write({"app.py": call})
    shop.git("add", "--all")
    shop.write({"app.py": retried})
    staged = _hooked(shop, hooks, pre_commit_home)
    assert staged.returncode == 0 and (shop.root / "app.py").read_text() == retried, "what is staged is judged"
    shop.git("add", "--all")

    audit = _hooked(shop, hooks, pre_commit_home, "costgate-audit", "--hook-stage", "manual", "--all-files")
    assert audit.returncode == 0 and "app.py:9" in audit.stdout, audit.stdout + audit.stderr


def _tried(shop: Any, hooks: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`pre-commit try-repo`, as somebody looks a hook over before it goes into a configuration; nothing is kept of it."""
    environment = {**os.environ, **shop.environment, "PRE_COMMIT_HOME": str(shop.home / "tried"), "PRE_COMMIT_COLOR": "never"}
    command = [str(PRE_COMMIT), "try-repo", str(hooks), *arguments]
    return subprocess.run(command, cwd=shop.root, env=environment, capture_output=True, text=True, timeout=400, check=False)


def test_try_repo(shop: Any, hooks: Path, call: str, retried: str) -> None:
    maker = type(shop)(hooks, shop.home)
    if not (hooks / ".git").exists():
        maker.git("init", "--quiet", "--initial-branch=main")
        maker.commit({})
    shop.start({"app.py": call, "loop.py": retried, "notes.md": "hello\n"})

    every = _tried(shop, hooks, "--verbose", "--all-files")
    assert every.returncode == 1, every.stdout + every.stderr
    assert "loop.py:9:20: CG201 " in every.stdout and "hook id: costgate" in every.stdout
    assert "costgate audit" not in every.stdout.replace("hook id: costgate-audit", ""), "the audit waits to be asked for"
