"""What a hook costs: single commands in small repositories, as ratios to a bare start of the same interpreter.

    python bench/startup.py [--rounds 15] [--command PATH/TO/costgate] [--output FILE]

Rounds are interleaved, so that a busy moment hits all alike. Without `--command`, this checkout is run by the interpreter
at hand; with it, an installed `costgate`, compared with the interpreter that its script names. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent.parent
OWN = "import sys; sys.path.insert(0, {!r}); from costgate.cli import main; sys.exit(main())"
PLAIN = "def total(prices):\n    return sum(prices)\n"
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
CONFIG = "rules:\n  CG301: off\n"


@dataclass(frozen=True, slots=True)
class Run:
    """A command, the folder it is run in, and what is done before each round."""

    name: str
    command: list[str]
    folder: Path
    ready: Callable[[], None] = lambda: None


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    """A git repository with these files in its only commit."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for words in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "-m", "Files"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def runs(scratch: Path, python: str, costgate: list[str], cache: Path) -> list[Run]:
    """What is measured; the first is what all others are compared with."""
    fresh = lambda: shutil.rmtree(cache, ignore_errors=True)  # noqa: E731
    plain = repository(scratch / "plain", {"plain.py": PLAIN})
    told = repository(scratch / "told", {"plain.py": PLAIN, "costgate.yaml": CONFIG})
    call = repository(scratch / "call", {"app.py": CALL})
    shutil.copytree(HOME / "examples" / "support-bot", scratch / "bot")
    bot = repository(scratch / "bot", {})
    app = next(path.relative_to(bot).as_posix() for path in sorted(bot.rglob("*.py")) if b"create(" in path.read_bytes())
    return [
        Run("python -c pass", [python, "-I", "-c", "pass"], plain),
        Run("--version", [*costgate, "--version"], plain),
        Run("check, no SDK", [*costgate, "check", "plain.py"], plain),
        Run("check, no SDK, with costgate.yaml", [*costgate, "check", "plain.py"], told),
        Run("check, one call, warm", [*costgate, "check", "app.py"], call),
        Run("check, example application, warm", [*costgate, "check", app], bot),
        Run("check, one call, cold", [*costgate, "check", "app.py"], call, fresh),
    ]


def timed(run: Run, environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor that one run takes."""
    run.ready()
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(run.command, cwd=run.folder, env=environment, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            said.seek(0)
            raise SystemExit(f"{run.name}: exit code {process.returncode}: {said.read().decode()}")
    return wall, used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--command", type=Path)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    python, costgate = sys.executable, [sys.executable, "-I", "-c", OWN.format(str(HOME))]
    if options.command is not None:
        python, costgate = options.command.read_text("utf-8").splitlines()[0].removeprefix("#!"), [str(options.command)]
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        environment = {**os.environ, "COSTGATE_CACHE_DIR": str(cache)}
        measured = runs(Path(folder), python, costgate, cache)
        taken: dict[str, list[tuple[float, float]]] = {run.name: [] for run in measured}
        cold = [run for run in measured if "cold" in run.name]
        warm = [run for run in measured if run not in cold]
        for _ in range(options.rounds):
            for run in cold:
                taken[run.name].append(timed(run, environment))
            for run in warm:
                timed(run, environment)  # what the cold run has taken from the cache
            for run in warm:
                taken[run.name].append(timed(run, environment))
    base = taken[measured[0].name]
    lines = [
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the end; {options.rounds} rounds. Ratios are to the",
        "bare start: the median of those of each round, that of the least times, that of the least processor times.",
        "",
        "| what | median ms | least ms | ratio, median | ratio, least | ratio, processor |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in taken.items():
        walls, bare = [each[0] for each in found], [each[0] for each in base]
        ratios = (
            statistics.median(one / other for one, other in zip(walls, bare, strict=True)),
            min(walls) / min(bare),
            min(each[1] for each in found) / min(each[1] for each in base),
        )
        told = " | ".join(f"{each:.1f}" for each in ratios)
        lines.append(f"| {name} | {statistics.median(walls) * 1000:.1f} | {min(walls) * 1000:.1f} | {told} |")
    text = "\n".join(lines) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
