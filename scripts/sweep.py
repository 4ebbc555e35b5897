"""Audits hundreds of packages, each on its own, and says what crashed, what hung, what was left out and where the time went.

    python scripts/sweep.py fetch     # the wheels of scripts/sweep.txt, checked against their SHA-256, into build/sweep
    python scripts/sweep.py run       # one audit after the other; goes on where it stopped
    python scripts/sweep.py report    # the table of it

Wheels are only unzipped; nothing of them is run. Those with compiled parts are the ones for CPython 3.13 on Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from threading import Timer
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PINS = Path(__file__).with_suffix(".txt")
DEST = ROOT / "build" / "sweep"
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux2014_x86_64", "any")
KEPT = frozenset({".py", ".ipynb", ".toml", ".yaml", ".yml", ".json", ".txt", ".md", ".cfg", ".ini", ".j2", ".jinja", ".jinja2", ".prompty"})
MAX_MEMBER = 100_000_000
UNSEEN = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
"""Folders that an audit of a plain folder leaves out, beside hidden ones."""
COMMAND = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from costgate.cli import main; sys.exit(main())"


def fetch(dest: Path) -> int:
    """Downloads and unpacks what is not there yet. Returns pip's exit code."""
    archives, trees = dest / "archives", dest / "trees"
    archives.mkdir(parents=True, exist_ok=True)
    platforms = [word for each in PLATFORMS for word in ("--platform", each)]
    command = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--require-hashes", "--only-binary", ":all:",
               "--ignore-requires-python", "--python-version", "3.13", *platforms, "-d", str(archives), "-r", str(PINS)]  # fmt: skip
    code = subprocess.run(command, check=False).returncode
    for wheel in sorted(archives.glob("*.whl")):
        tree = trees / wheel.name.split("-")[0]
        if not tree.exists():
            unpack(wheel, tree)
    print(f"{len(list(trees.iterdir()))} packages in {trees}")
    return code


def unpack(wheel: Path, tree: Path) -> None:
    """The files of a wheel that an audit may look at; a name that leads out of the folder is left out."""
    partial = tree.with_name(f".{tree.name}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = PurePosixPath(member.filename)
            inside = not path.is_absolute() and ".." not in path.parts and "\\" not in member.filename
            if inside and path.suffix in KEPT and not member.is_dir() and member.file_size <= MAX_MEMBER:
                target = partial / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(member))
    partial.rename(tree)


def run(dest: Path, limit: float, names: Sequence[str]) -> int:
    """Audits each package that has no result yet. Returns 0; what went wrong is in the results."""
    results = dest / "results.jsonl"
    done = {each["name"] for each in read(results)}
    trees = sorted(each for each in (dest / "trees").iterdir() if not each.name.startswith("."))
    random.Random(1).shuffle(trees)  # a run that is stopped has seen some of everything
    for tree in trees:
        if tree.name in done or names and tree.name not in names:
            continue
        result = audit(tree, limit, dest / "cache")
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        print(f"{result['name']}: {result['outcome']}, {result['files']} files, {result['cpu']:.1f} s", flush=True)
    return 0


def audit(tree: Path, limit: float, cache: Path) -> dict[str, Any]:
    """One audit in a process of its own: how it ended, what it took, what it read and left out."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "report.json"
        command = [sys.executable, "-I", "-c", COMMAND, "audit", str(tree), "--format", "json", "--output", str(output)]
        environment = {**os.environ, "COSTGATE_CACHE_DIR": str(cache)}
        started = time.monotonic()
        with (Path(folder) / "errors.txt").open("wb+") as errors:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
            timer = Timer(limit, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            hung, code = not timer.is_alive(), os.waitstatus_to_exitcode(status)
            process.returncode = code
            timer.cancel()
            seconds = time.monotonic() - started
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace")[-2000:]
        report = json.loads(output.read_text("utf-8")) if output.exists() else None
    found = [path for path in sources(tree) if path.suffix == ".py"]
    empty = code == 2 and "no Python files to read" in said
    result: dict[str, Any] = {
        "name": tree.name,
        "outcome": "hung" if hung else "nothing to read" if empty else "read" if code == 0 and report else "crashed",
        "seconds": round(seconds, 2),
        "cpu": round(usage.ru_utime + usage.ru_stime, 2),
        "megabytes": usage.ru_maxrss // 1024,
        "files": len(found),
        "bytes": sum(path.stat().st_size for path in found),
        "said": said,
    }
    if report:
        coverage = report["coverage"]
        result |= {name: coverage[name] for name in ("read", "skipped", "calls", "counted")}
        result["tree"] = coverage["files"]
        result["findings"] = len(report["findings"])
    return result


def sources(tree: Path) -> Iterator[Path]:
    """The files that an audit of the folder has to account for."""
    for folder, folders, files in os.walk(tree):
        folders[:] = [each for each in folders if not each.startswith(".") and each not in UNSEEN]
        yield from (Path(folder) / each for each in files)


def read(results: Path) -> list[dict[str, Any]]:
    """The results so far."""
    return [json.loads(line) for line in results.read_text("utf-8").splitlines()] if results.exists() else []


def report(dest: Path) -> int:
    """Prints the sums, what went wrong, why files were left out, and the slowest. Returns 1 when something went wrong."""
    found = read(dest / "results.jsonl")
    outcomes = Counter(each["outcome"] for each in found)
    print(f"{len(found)} packages: {', '.join(f'{number} {name}' for name, number in outcomes.items())}")
    good = [each for each in found if each["outcome"] == "read"]
    print(f"{sum(each['files'] for each in found):,} Python files, {sum(each['bytes'] for each in found) / 1e6:,.0f} MB, "
          f"{sum(each['read'] for each in good):,} read in depth, {sum(each['calls'] for each in good):,} calls, "
          f"{sum(each['cpu'] for each in found):,.0f} processor seconds, at most {max(each['megabytes'] for each in found):,} MB in one process")  # fmt: skip
    lost = [each for each in good if each["tree"] < each["files"]]
    why = Counter(skipped["why"].split(":")[0] for each in good for skipped in each["skipped"])
    print(f"\nleft out or read in part: {sum(why.values())}")
    for reason, number in why.most_common():
        print(f"  {number:5} {reason}")
    print("\nslowest, in processor seconds")
    for each in sorted(found, key=lambda each: -each["cpu"])[:15]:
        print(f"  {each['cpu']:7.1f} s  {each['megabytes']:5} MB  {each['files']:6} files  {each.get('calls', 0):5} calls  {each['name']}")
    wrong = [each for each in found if each["outcome"] in ("hung", "crashed")]
    for each in wrong:
        print(f"\n{each['name']}: {each['outcome']}\n{each['said']}")
    for each in lost:
        print(f"\n{each['name']}: {each['files']} files, {each['tree']} accounted for")
    return 1 if wrong or lost else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Fetches, runs or reports."""
    parser = argparse.ArgumentParser(description="Audit hundreds of packages and say what went wrong.")
    parser.add_argument("step", choices=("fetch", "run", "report"))
    parser.add_argument("names", nargs="*", help="packages to audit (default: all)")
    parser.add_argument("--dest", type=Path, default=DEST, help="folder of wheels, trees and results (default: build/sweep)")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which an audit counts as hung (default: 900)")
    options = parser.parse_args(argv)
    if options.step == "fetch":
        return fetch(options.dest)
    return run(options.dest, options.limit, options.names) if options.step == "run" else report(options.dest)


if __name__ == "__main__":
    sys.exit(main())
