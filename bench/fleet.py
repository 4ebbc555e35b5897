"""How `costgate fleet` scales: repositories replicated from real packages, audited by one worker and by two.

    python bench/fleet.py PACKAGES --count 1000

PACKAGES: a folder with unpacked packages, such as scripts/fetch_corpus.py leaves in build/corpus. Each repository is a
slice of one of them, and a fifth of its files gets a line of its own, so that the cache serves what organisations share
and no more. Prints Markdown. Beyond the cores of this machine the figures are simulated, and say so.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

FILES = 12
OWN = 5
"""Every fifth file is changed."""


def main() -> None:
    """Generate, measure, print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("packages", type=Path)
    arguments.add_argument("--count", type=int, default=1000)
    arguments.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="costgate-bench-") as place:
        folder = Path(place)
        files = generate(options.packages, folder / "repositories", options.count)
        print(f"{options.count:,} generated repositories, {files:,} Python files, replicated from real packages; ", end="")
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the run\n")
        print("| run | wall, s | repositories/s | peak memory of all processes, MB | facts from the cache |")
        print("|---|---|---|---|---|")
        walls = {workers: fresh(folder, workers) for workers in options.workers}
        last = options.workers[-1]
        line(f"{last} workers, everything again, warm cache", *run(folder, last, "--fresh"), folder)
        killed(folder, last)
        simulated(folder, last, walls[last])


def generate(packages: Path, out: Path, count: int) -> int:
    """Write `count` repositories; how many files they have."""
    slices = list(slices_of(packages))
    if not slices:
        raise SystemExit(f"no packages in {packages}")
    files = 0
    for index in range(count):
        folder = out / f"repository-{index:05d}"
        for number, path in enumerate(slices[index % len(slices)]):
            target = folder / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            files += 1
            if number % OWN == 0:
                with target.open("a", encoding="utf-8") as file:
                    file.write(f"\n# repository {index}\n")
    return files


def slices_of(packages: Path) -> Iterator[list[Path]]:
    """Groups of neighbouring files that are read as UTF-8, a dozen each."""
    for package in sorted(path for path in packages.iterdir() if path.is_dir()):
        found = [path for path in sorted(package.rglob("*.py")) if 0 < path.stat().st_size < 60_000]
        for start in range(0, len(found) - FILES, FILES * 7):
            yield found[start : start + FILES]


def fresh(folder: Path, workers: int) -> float:
    """One run without anything kept from before."""
    for name in ("cache", "out"):
        shutil.rmtree(folder / name, ignore_errors=True)
    wall, peak = run(folder, workers)
    line(f"{workers} worker{'s' * (workers > 1)}, cold cache", wall, peak, folder)
    return wall


def start(folder: Path, workers: int, *more: str) -> subprocess.Popen[bytes]:
    """The command, in a process group of its own."""
    words = ["fleet", str(folder / "repositories"), "--out", str(folder / "out"), "--workers", str(workers), "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; from costgate.cli import main; sys.exit(main())", *words, *more],
        env={**os.environ, "COSTGATE_CACHE_DIR": str(folder / "cache")},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def run(folder: Path, workers: int, *more: str) -> tuple[float, float]:
    """Wall time in seconds and the peak of the memory of all processes, in MB."""
    begin = time.monotonic()
    process = start(folder, workers, *more)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, memory(process.pid))
        time.sleep(0.2)
    return time.monotonic() - begin, peak


def memory(pid: int) -> float:
    """Unique memory of a process and all below it, in MB."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            try:
                total += process.memory_full_info().uss
            except psutil.Error:
                continue
    except psutil.Error:
        return 0.0
    return total / 1e6


def killed(folder: Path, workers: int) -> None:
    """A run that is killed when a third is done, and the run after it."""
    for name in ("cache", "out"):
        shutil.rmtree(folder / name, ignore_errors=True)
    goal = len(list((folder / "repositories").iterdir()))
    process = start(folder, workers)
    begin = time.monotonic()
    while len(done(folder)) < goal // 3:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(3)  # auditors notice that nobody is there
    before = len(done(folder))
    print(f"| killed after | {time.monotonic() - begin - 3:.0f} | {before:,} done | | |")
    line("the run after it", *run(folder, workers), folder)
    names = [path.stem for path in done(folder)]
    assert len(names) == len(set(names)) == goal, (len(names), goal)


def done(folder: Path) -> list[Path]:
    """The results that are filed."""
    return [path for path in (folder / "out" / "state").glob("*.json") if not path.name.startswith(".")]


def line(what: str, wall: float, peak: float, folder: Path) -> None:
    """One row of the table."""
    results = [json.loads(path.read_text("utf-8")) for path in done(folder)]
    failed = [each for each in results if each["why"]]
    asked, found = sum(each["asked"] for each in results), sum(each["found"] for each in results)
    print(f"| {what} | {wall:.0f} | {len(results) / wall:.1f} | {peak:.0f} | {found / max(asked, 1):.0%} |", flush=True)
    for each in failed[:3]:
        print(f"|  not audited: {each['name']}: {each['why']} | | | | |")


def simulated(folder: Path, workers: int, wall: float) -> None:
    """What more workers would do to the same jobs, with the overhead measured here and a cache that all share."""
    seconds = [json.loads(path.read_text("utf-8"))["seconds"] for path in sorted(done(folder))]
    overhead = max(0.0, wall - schedule(seconds, workers)) / len(seconds)
    print(f"\nSimulated, from each repository's own time and {overhead * 1000:.0f} ms of dispatch for each:\n")
    print("| workers | wall, s |\n|---|---|")
    for count in (2, 4, 8, 16, 32):
        print(f"| {count} | {schedule(seconds, count) + overhead * len(seconds):.0f} |")


def schedule(seconds: Sequence[float], workers: int) -> float:
    """When the last job ends if each goes to the worker that is free first."""
    free = [0.0] * workers
    for each in seconds:
        heapq.heappush(free, heapq.heappop(free) + each)
    return max(free)


if __name__ == "__main__":
    main()
