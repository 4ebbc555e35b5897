"""What a change costs in a large repository, beside an audit of it. Prints a Markdown table.

    python bench/change.py --apps DIR ... --plain DIR ... [--files 10000] [--changed 10]

The repository is made of the applications, one folder each, and of files of the plain folders until it has so many; where
these are not enough they are copied once more. Changed are files of one application, a line of text or a limit each, in
turn of every application. Nothing here is a test: what it prints depends on the machine, and says how busy that was.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OWN = [sys.executable, "-c", "import sys; from costgate.cli import main; sys.exit(main())"]
QUIET = ["--format", "json", "--output", os.devnull, "--fail-on", "never"]


def main() -> None:
    """Build the repository, run, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--apps", nargs="+", type=Path, required=True)
    arguments.add_argument("--plain", nargs="+", type=Path, required=True)
    arguments.add_argument("--files", type=int, default=10_000)
    arguments.add_argument("--changed", type=int, default=10)
    arguments.add_argument("--without-full", action="store_true", help="leave out the change read with --full")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "repository", Path(folder) / "cache"
        llm, plain = _build(root, asked.apps, asked.plain, asked.files)
        os.environ["COSTGATE_CACHE_DIR"] = os.fspath(cache)
        rows = _Rows()
        rows["audit, cold"] = [_fresh(cache, root, "audit", ".")]
        rows["audit, warm"] = [_taken(root, "audit", ".")]
        for number, app in enumerate(asked.apps):
            files = _change(root, app.name, asked.changed, number)
            name = f"{len(files)} files of {app.name}"
            rows[f"diff, {name}, cold"] = [_fresh(cache, root, "diff", "--base", "HEAD~1")]
            if number == 0:
                rows[f"diff, {name}, warm"] = [_taken(root, "diff", "--base", "HEAD~1")]
                if not asked.without_full:
                    rows[f"diff --full, {name}, cold"] = [_fresh(cache, root, "diff", "--full", "--base", "HEAD~1")]
                rows[f"check, {files[0]}, cold"] = [_fresh(cache, root, "check", files[0])]
                rows[f"check, {files[0]}, other file checked before"] = [_taken(root, "check", files[-1])]
        print(f"{llm} files of applications, {plain} others; load of the machine {os.getloadavg()[0]:.1f}\n")
        print("| what | seconds | processor seconds | of the cold audit |\n|---|---|---|---|")
        whole = statistics.median(cpu for _, cpu in rows["audit, cold"])
        for name, taken in rows.items():
            wall, cpu = (statistics.median(each[at] for each in taken) for at in (0, 1))
            print(f"| {name} | {wall:.1f} | {cpu:.1f} | {cpu / whole:.2f} |")


class _Rows(dict[str, list[tuple[float, float]]]):
    """What was measured, told while the rest is still to come."""

    def __setitem__(self, name: str, taken: list[tuple[float, float]]) -> None:
        super().__setitem__(name, taken)
        print(f"{name}: {taken[-1][0]:.1f} s, {taken[-1][1]:.1f} s of processors", file=sys.stderr, flush=True)


def _build(root: Path, apps: list[Path], plain: list[Path], most: int) -> tuple[int, int]:
    for app in apps:
        shutil.copytree(app, root / "apps" / app.name, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    llm = sum(1 for _ in root.rglob("*.py"))
    left, copies = most - llm, 0
    while left > 0:
        before = left
        for source in (path for folder in plain for path in sorted(folder.rglob("*.py"))):
            target = root / f"vendor{copies}" / os.path.relpath(source, plain[0].parent).replace("..", "up")
            if left > 0 and source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                left -= 1
        copies += 1
        if left == before:
            break
    _git(root, "init", "-q")
    _commit(root, "base")
    return llm, most - llm - left


def _change(root: Path, app: str, count: int, seed: int) -> list[str]:
    """Alter some files of an application that hold a figure or a text, and commit."""
    _git(root, "checkout", "-q", "--detach", _base(root))
    files = sorted((root / "apps" / app).rglob("*.py"))
    random.Random(seed).shuffle(files)
    found: list[str] = []
    for path in files:
        text = path.read_text("utf-8", "replace")
        if len(found) < count and text.strip():
            path.write_text(f"{text.rstrip()}\n\nCHANGED_{seed} = 'A text that was not there before'\n", "utf-8")
            found.append(os.fspath(path.relative_to(root)))
    _commit(root, "change")
    return found


def _base(root: Path) -> str:
    printed = _git(root, "rev-list", "--max-parents=0", "HEAD").split()
    return printed[0]


def _commit(root: Path, message: str) -> None:
    _git(root, "add", "-A", "-f")
    _git(root, "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-q", "-m", message)


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout


def _fresh(cache: Path, root: Path, *words: str) -> tuple[float, float]:
    shutil.rmtree(cache, ignore_errors=True)
    return _taken(root, *words)


def _taken(root: Path, *words: str) -> tuple[float, float]:
    """Seconds by the clock, and of processors with those of all children."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([*OWN, *words, *QUIET], cwd=root, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.decode("utf-8", "replace"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begun, spent


if __name__ == "__main__":
    main()
