"""The contract check over every SDK: each in a virtual environment of its own, with the version that was checked.

Usage: python scripts/contracts.py [--folder FOLDER] [--keep] [--newest] [ID...]

Installs from PyPI, runs scripts/check_sdks.py there, and prints what was looked up and what is wrong. An SDK that does
not install is listed with the reason. Exits 1 when a name is missing. `--newest` installs the newest release instead of
the one checked, which shows what a new release renamed. Uses uv where it is on the path, else pip.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costgate.knowledge.sdks import load_sdks
from costgate.knowledge.strict import load

ROOT = Path(__file__).resolve().parents[1]
ALONGSIDE = ROOT / "scripts" / "contracts.yaml"
INSTALL_SECONDS = 900
CHECK_SECONDS = 600


@dataclass(frozen=True)
class Outcome:
    """How one SDK did: `state` is checked | missing | skipped | not installed | not run."""

    name: str
    state: str
    lines: tuple[str, ...]


def main(arguments: list[str]) -> int:
    """Check the SDKs named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="ID")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "contracts")
    parser.add_argument("--keep", action="store_true", help="keep the environments")
    parser.add_argument("--newest", action="store_true", help="the newest release instead of the one checked")
    options = parser.parse_args(arguments)
    knowledge = load_sdks()
    known = {**knowledge["sdks"], **knowledge["retries"]["libraries"]}
    strange = sorted(set(options.names) - known.keys())
    if strange:
        parser.error(f"no SDK or library is called {strange[0]}")
    alongside = load(ALONGSIDE.read_text("utf-8"), ALONGSIDE.name)
    outcomes = []
    for name in options.names or sorted(known):
        outcome = _checked(name, known[name], alongside, options)
        outcomes.append(outcome)
        print(f"{outcome.name}: {outcome.state}", *(f"  {line}" for line in outcome.lines), sep="\n", flush=True)
    for state in ("checked", "missing", "not installed", "not run", "skipped"):
        names = [each.name for each in outcomes if each.state == state]
        print(f"{len(names):3} {state}: {', '.join(names)}")
    return 1 if any(each.state in ("missing", "not run") for each in outcomes) else 0


def _checked(name: str, about: dict[str, Any], alongside: dict[str, Any], options: argparse.Namespace) -> Outcome:
    if name in alongside["skip"]:
        return Outcome(name, "skipped", (alongside["skip"][name],))
    folder = options.folder / name
    try:
        why = _install(folder, list(_requirements(name, about, alongside, options.newest)))
        return Outcome(name, "not installed", (why,)) if why else _run(name, folder)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def _requirements(name: str, about: dict[str, Any], alongside: dict[str, Any], newest: bool) -> Iterator[str]:
    extras = alongside["extras"].get(name)
    pin = "" if newest else f"=={about['checked']['version'].partition(',')[0]}"
    yield about["distribution"] + (f"[{','.join(extras)}]" if extras else "") + pin
    yield from alongside["with"].get(name, ())
    yield "PyYAML"


def _install(folder: Path, requirements: list[str]) -> str | None:
    """Make an environment and install into it; the reason when that does not work."""
    uv = shutil.which("uv")
    shutil.rmtree(folder, ignore_errors=True)
    if uv is not None:
        made = [uv, "venv", "--quiet", "--python", sys.executable, str(folder)]
        install = [uv, "pip", "install", "--quiet", "--python", str(_python(folder)), *requirements]
    else:
        made = [sys.executable, "-m", "venv", str(folder)]
        install = [str(_python(folder)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    for command in (made, install):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"took more than {INSTALL_SECONDS} seconds"
        if done.returncode:
            return " ".join(done.stderr.split())[-400:] or f"exit code {done.returncode}"
    return None


def _run(name: str, folder: Path) -> Outcome:
    environment = {key: value for key, value in os.environ.items() if not key.endswith(("_API_KEY", "_TOKEN"))}
    environment |= {"PYTHONPATH": str(ROOT), "HOME": str(folder)}
    command = [str(_python(folder)), str(ROOT / "scripts" / "check_sdks.py"), name]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=CHECK_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome(name, "not run", (f"took more than {CHECK_SECONDS} seconds",))
    lines = tuple(line for line in done.stdout.splitlines() if line.startswith(name))
    looked = any(": looked up " in line for line in lines)
    if done.returncode not in (0, 1) or not looked:
        return Outcome(name, "not run", (*lines, *done.stderr.strip().splitlines()[-1:]))
    return Outcome(name, "missing" if done.returncode else "checked", lines)


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
