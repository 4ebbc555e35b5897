"""The measuring bench: costgate beside other tools on the same trees, in one run. Prints a Markdown table.

    python bench/run.py TREE ... [--rounds 3] [--grow 1000,10000] [--command PATH/TO/costgate] [--tools DIR] [--output FILE]

Without `--command`, this checkout is run by the interpreter that runs the bench, which compiles the SDK data anew each time
and, where the environment forbids bytecode on disk, every module. `--tools` is the `bin` folder of an environment that holds the others, as bench/tools.txt pins them; a tool that is not
there is listed as missing. `--grow` copies the first tree until it has that many files. Nothing here is a test: what it
prints depends on the machine, and says how busy that was.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent.parent
START = [sys.executable, "-I", "-c", "pass"]
SCAN = (
    "import sys, pathlib, re; p = re.compile(rb'openai|anthropic|litellm');"
    "print(sum(bool(p.search(f.read_bytes())) for f in pathlib.Path(sys.argv[1]).rglob('*.py')))"
)


SEMGREP = ["semgrep", "scan", "--config", str(HOME / "bench" / "semgrep.yaml"), "--metrics=off", "--disable-version-check", "--quiet"]
LONG = 60
"""Seconds after which a tool is not run again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One run: seconds by the clock, seconds of processors, peak memory of all its processes in MB, what they share once."""

    wall: float
    cpu: float
    memory: float


def commands(tree: Path, own: list[str], tools: Path | None, cache: Path) -> Iterator[tuple[str, list[str], Callable[[], None]]]:
    """What is run on a tree: a name, the command, what to do before each round. `own`: how costgate is started."""
    audit = [*own, "audit", str(tree), "--format", "json", "--output", os.devnull, "--fail-on", "never"]
    fresh = lambda: shutil.rmtree(cache, ignore_errors=True)  # noqa: E731
    yield "python -c pass", START, _nothing
    yield "scan of the bytes", [sys.executable, "-I", "-c", SCAN, str(tree)], _nothing
    yield "costgate audit, cold", audit, fresh
    yield "costgate audit, warm", audit, _nothing
    yield "costgate audit, one processor, cold", ["taskset", "-c", "0", *audit], fresh
    files = sorted(tree.rglob("*.py"), key=lambda path: path.stat().st_size)
    if files:
        yield "costgate check, smallest file", [*own, "check", str(files[0])], _nothing
    others = {
        "ruff": ["ruff", "check", "--no-cache", "--select", "E,F,B", "--exit-zero", "--quiet", str(tree)],
        "semgrep": [*SEMGREP, str(tree)],
        "tokentoll": ["tokentoll", "scan", str(tree)],
        "llmdoctor": ["llmdoctor", "doctor", str(tree)],
        "tokenlint": ["tokenlint", str(tree)],
    }
    for name, (program, *rest) in others.items():
        found = shutil.which(program, path=None if tools is None else str(tools))
        yield name, [found, *rest] if found else [], _nothing


def _nothing() -> None:
    return None


def measured(command: list[str], folder: Path) -> Taken:
    """Run a command once, in a session of its own, and watch the memory of everything that it starts."""
    before, start = os.times(), time.perf_counter()
    environment = {**os.environ, "COSTGATE_CACHE_DIR": str(folder)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment, start_new_session=True)
    peak = [0]
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, peak, over))
    watch.start()
    process.wait()
    wall = time.perf_counter() - start
    over.set()
    watch.join()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Taken(wall, cpu, peak[0] / 1e6)


def _watch(session: int, peak: list[int], over: threading.Event) -> None:
    while not over.wait(0.05):
        total = 0
        for each in Path("/proc").iterdir():
            try:
                total += _memory(each) if each.name.isdigit() and os.getsid(int(each.name)) == session else 0
            except (OSError, LookupError):
                continue
        peak[0] = max(peak[0], total)


def _memory(process: Path) -> int:
    """The bytes that a process takes; what several share since one is a copy of the other is divided among them."""
    told = dict(line.split(":", 1) for line in (process / "smaps_rollup").read_text().splitlines()[1:])
    return int(told["Pss"].split()[0]) * 1024


def rows(label: str, tree: Path, rounds: int, own: list[str], tools: Path | None) -> Iterator[str]:
    """The lines of the table for one tree. Ratios are to the start of an interpreter and to ruff."""
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch) / "cache"
        runs = [(name, command, ready) for name, command, ready in commands(tree, own, tools, cache)]
        taken: dict[str, list[Taken]] = {name: [] for name, _, _ in runs}
        for _ in range(rounds):  # interleaved, so that a busy minute hits all alike
            for name, command, ready in runs:
                if command and not (taken[name] and taken[name][0].wall > LONG):
                    ready()
                    taken[name].append(measured(command, cache))
    base = {name: statistics.median(each.cpu for each in taken[name]) for name in ("python -c pass", "ruff") if taken[name]}
    for name, found in taken.items():
        if not found:
            yield f"| {label} | {name} | not installed | | | | | |"
            continue
        walls, cpus = [each.wall for each in found], [each.cpu for each in found]
        middle = statistics.median(cpus)
        ratios = [f"{middle / base[each]:.1f}" if base.get(each) else "" for each in ("python -c pass", "ruff")]
        spread = f"{min(walls):.2f}-{max(walls):.2f}"
        memory = f"{max(each.memory for each in found):.0f}"
        yield f"| {label} | {name} | {statistics.median(walls):.2f} | {spread} | {middle:.2f} | {ratios[0]} | {ratios[1]} | {memory} |"


def grown(tree: Path, count: int, folder: Path) -> Path:
    """A tree of `count` Python files, made of copies of another."""
    files = sorted(tree.rglob("*.py"))
    for index in range(count):
        source = files[index % len(files)]
        target = folder / f"copy{index // len(files)}" / source.relative_to(tree)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return folder


def main() -> None:
    """Measure, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--grow", default="")
    parser.add_argument("--command", type=Path)
    parser.add_argument("--tools", type=Path)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    checkout = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(HOME)!r}); from costgate.cli import main; sys.exit(main())"]
    own = checkout if options.command is None else [str(options.command)]
    lines = [
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start; {options.rounds} rounds, medians.",
        "",
        "| tree | what | wall s | spread | CPU s | x start | x ruff | peak MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for tree in options.trees:
        lines += rows(f"{tree.name}, {sum(1 for _ in tree.rglob('*.py')):,} files", tree.resolve(), options.rounds, own, options.tools)
    for count in filter(None, options.grow.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            made = grown(options.trees[0].resolve(), int(count), Path(folder))
            lines += rows(f"{options.trees[0].name} copied to {int(count):,} files", made, 1, own, options.tools)
    text = "\n".join(lines) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
