"""A run in a copy of a process that has everything loaded says what a process says that a shell has started."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

RUNS = (
    ("audit", "--as-of", "2026-11-22"),
    ("diff", "--base", "main", "--as-of", "2026-11-22", "--format", "json"),
    ("diff", "--base", "nowhere"),
    ("check", "app.py", "größe.py"),
    ("baseline", "create"),
    ("baseline", "create"),
    ("--version",),
    ("diff", "--help"),
    (),
    ("audti",),
)


@pytest.fixture
def warm(shop: Any) -> Any:
    if shop.ready is None:
        pytest.skip("a process cannot be copied here")
    return shop


def test_both_say_the_same(warm: Any, call: str, retried: str) -> None:
    warm.start({"app.py": call, "größe.py": "x = 1\n"})
    warm.commit({"app.py": retried})
    said = {}
    for cold in (True, False):
        warm.cold = cold
        said[cold] = [warm.run(*arguments) for arguments in RUNS]
        (warm.root / "costgate-baseline.json").unlink()
    assert said[False] == said[True]
    assert {ran.code for ran in said[True]} == {0, 1, 2}


def test_no_run_leaves_anything_to_the_next(warm: Any, call: str, retried: str, tmp_path: Path) -> None:
    warm.start({"app.py": call})
    other = tmp_path / "other"
    other.mkdir()
    (other / "app.py").write_text(retried)
    before = warm.run("check", "app.py")
    loud = {**warm.environment, "FORCE_COLOR": "1", "COSTGATE_CACHE_DIR": str(tmp_path / "elsewhere")}
    code, out, _ = warm.ready.run(["check", "app.py", "--fail-on", "error"], other, loud)
    assert code == 1 and b"\x1b[" in out and (tmp_path / "elsewhere").is_dir()
    assert warm.run("check", "app.py") == before


def test_a_script_is_given_its_own_output_and_ends_as_the_run_does(warm: Any, retried: str, tmp_path: Path) -> None:
    warm.write({"app.py": retried})
    script = warm.ready.script(tmp_path / "costgate")
    command = f"{script} check app.py | head -c 5; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=warm.root, env={**warm.environment, "PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "app.p", "")
