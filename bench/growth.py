"""How time and memory of each command grow with the tree. Prints a Markdown table.

    python bench/growth.py UNIT [--files 1000,10000,100000] [--changed 10] [--only audit,check] [--keep FOLDER]

UNIT is a folder of packages, a few of them with calls. The trees are copies of it side by side, in each of which the
packages have a name of their own, so that no copy is known from another one and no import leads to the wrong one. Nothing
here is a test: what it prints depends on the machine. Processor seconds are those of all processes, memory is the most that
one of them held.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent.parent
OWN = "import sys; from costgate.cli import main; sys.exit(main())"
QUIET = ("--output", os.devnull, "--format", "json", "--fail-on", "never")
CALL = "from openai import OpenAI\n\nanswer = OpenAI().responses.create(model='gpt-4o', input='hello', max_output_tokens=20)\n"
WATCHED = """
import os, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, check=False)
children = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.returncode, children.ru_utime + children.ru_stime, children.ru_maxrss)
sys.stderr.buffer.write(done.stderr)
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """One run: processor seconds, and the most memory of one process in MB."""

    seconds: float
    memory: float


def main() -> None:
    """Make each tree, run on it, print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("unit", type=Path)
    arguments.add_argument("--files", default="1000,10000,100000")
    arguments.add_argument("--changed", type=int, default=10)
    arguments.add_argument("--app", help="the package of the unit whose first files change; the first one unless given")
    arguments.add_argument("--only", default="check,diff,audit")
    arguments.add_argument("--keep", type=Path, help="a folder in which the trees stay for the next time")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="costgate-growth-") as folder:
        print("| files | what | processor seconds | MB |\n|---|---|---|---|")
        for count in map(int, asked.files.split(",")):
            root = (asked.keep or Path(folder)) / str(count)
            if not root.exists():
                grown(asked.unit, root, count)
            for what, spent in runs(root, Path(folder) / "cache", asked.changed, asked.app, asked.only.split(",")):
                print(f"| {count:,} | {what} | {spent.seconds:.1f} | {spent.memory:.0f} |", flush=True)


def grown(unit: Path, root: Path, count: int) -> None:
    """A repository of that many Python files, and one commit more in which some of the first copy's are changed."""
    names = sorted(each.name for each in unit.iterdir() if each.is_dir())
    word = re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b")
    files = [(each.relative_to(unit).as_posix(), each.read_text("utf-8", "replace")) for each in sorted(unit.rglob("*.py"))]
    for number in range(count):
        copy, at = divmod(number, len(files))
        path, text = files[at]
        target = root / f"part{copy:03}" / word.sub(rf"\1_{copy:03}", path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(word.sub(rf"\1_{copy:03}", text), "utf-8")
    git(root, "init", "-q")
    commit(root, "base")


def runs(root: Path, cache: Path, changed: int, app: str | None, only: list[str]) -> Iterator[tuple[str, Spent]]:
    """Each command on a repository as `grown` makes it; what is changed for it is put back."""
    if "check" in only:
        (root / "called.py").write_text(CALL, "utf-8")
        yield "check, one file with a call, cold", run(root, cache, "check", "called.py", fresh=True, quiet=())
        yield "check, nothing changed", run(root, cache, "check", "called.py", quiet=())
        (root / "called.py").write_text(CALL.replace("hello", "hello there"), "utf-8")
        yield "check, that file changed", run(root, cache, "check", "called.py", quiet=())
        (root / "called.py").unlink()
    if "diff" in only:
        change(root, changed, app)
        yield f"diff, {changed} files changed, cold", run(root, cache, "diff", "--base", "HEAD~1", fresh=True)
        git(root, "reset", "-q", "--hard", "HEAD~1")
    if "audit" in only:
        yield "audit, cold", run(root, cache, "audit", ".", fresh=True)
        yield "audit, warm", run(root, cache, "audit", ".")


def change(root: Path, changed: int, app: str | None) -> None:
    """Alter the first files of a package that have more than a few lines, and commit."""
    inside = root / "part000" / f"{app}_000" if app else root / "part000"
    files = [each for each in sorted(inside.rglob("*.py")) if each.stat().st_size > 2_000][:changed]
    for each in files:
        each.write_text(each.read_text("utf-8") + "\n\nCHANGED = 'A text that was not there before'\n", "utf-8")
    commit(root, "change")


def run(root: Path, cache: Path, *words: str, fresh: bool = False, quiet: tuple[str, ...] = QUIET) -> Spent:
    """A command, seen from outside."""
    if fresh:
        shutil.rmtree(cache, ignore_errors=True)
    around = {**os.environ, "PYTHONPATH": str(HOME), "COSTGATE_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", WATCHED, sys.executable, "-c", OWN, *words, *quiet]
    done = subprocess.run(command, cwd=root, env=around, capture_output=True, text=True, check=True)
    code, seconds, memory = done.stdout.split()
    if code not in ("0", "1"):
        raise SystemExit(done.stderr)
    return Spent(float(seconds), int(memory) / 1024)


def commit(root: Path, message: str) -> None:
    git(root, "add", "-A", "-f")
    git(root, "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0", "commit", "-q", "-m", message)


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


if __name__ == "__main__":
    main()
