"""The trees that bench/run.py measures: the packages of the labelled corpus, and well-known ones without LLM calls.

    python scripts/fetch_corpus.py
    python bench/trees.py FOLDER

Leaves `FOLDER/llm` and `FOLDER/general`: the Python files of the packages whose calls or prompts are labelled (not of those
held out), and of those that bench/general.txt pins, from PyPI.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import yaml

HOME = Path(__file__).parent.parent


def main() -> None:
    """Make both trees."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    folder = arguments.parse_args().folder
    for name, made in (("llm", llm(folder / "llm")), ("general", general(folder / "general"))):
        files = list(made.rglob("*.py"))
        lines = sum(file.read_bytes().count(b"\n") for file in files)
        print(f"{name}: {len(files):,} files, {lines:,} lines, {sum(file.stat().st_size for file in files) / 1e6:,.0f} MB")


def llm(out: Path) -> Path:
    """The Python files of the labelled corpus."""
    packages = HOME / "build" / "corpus"
    lists = [HOME / "tests" / "corpus" / "packages.yaml", HOME / "tests" / "corpus" / "prompts" / "packages.yaml"]
    for name in {package["name"] for each in lists for package in yaml.safe_load(each.read_bytes())["packages"]}:
        for file in (packages / name).rglob("*.py"):
            target = out / file.relative_to(packages)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return out


def general(out: Path) -> Path:
    """The Python files of the pinned packages."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="costgate-bench-") as place:
        pins = HOME / "bench" / "general.txt"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", place, "--requirement", pins], check=True)
        for wheel in sorted(Path(place).glob("*.whl")):
            with zipfile.ZipFile(wheel) as packed:
                packed.extractall(out, [name for name in packed.namelist() if name.endswith(".py")])
    return out


if __name__ == "__main__":
    main()
