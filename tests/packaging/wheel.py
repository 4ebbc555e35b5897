"""What a wheel must hold, and must not. Usage: python tests/packaging/wheel.py WHEEL"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMPILED = "costgate/knowledge/compiled.json"
"""Made by hatch_build.py."""
DATA = (".yaml", ".yml", ".json", ".ranks", ".typed", ".j2", ".css", ".js")


def expected() -> set[str]:
    """Every module and data file of the package, and every rule, by its place in the wheel."""
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "costgate").rglob("*")
        if path.is_file() and path.suffix in (".py", *DATA) or path.name == "py.typed"
    }
    rules = {
        f"costgate/_rules/{path.relative_to(ROOT / 'rules').as_posix()}"
        for pattern in ("**/*.yml", "*.json")
        for path in (ROOT / "rules").glob(pattern)
    }
    pipelines = {f"costgate/_ci/{path.name}" for path in (ROOT / "docs" / "ci").glob("*.yml")}
    return package | rules | pipelines | {"costgate/_ci/pull-request.yml", COMPILED}


def members(wheel: Path) -> set[str]:
    """The files of a wheel without its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@cache
def moved() -> dict[str, str]:
    """Folders of the repository and their places in the wheel, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    sources: dict[str, str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"]
    return sources


def placed(name: str) -> str:
    """The place in the wheel of a file of the repository, moved with its folder."""
    for folder, place in moved().items():
        if name.startswith(f"{folder}/"):
            return f"{place}{name[len(folder) :]}"
    return name


def tracked() -> set[str]:
    """What git knows of, by its place in the wheel."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True)
    return {placed(name) for name in listed.stdout.split("\0") if name}


def main(wheel: str) -> int:
    """Compare and say what differs; the exit code."""
    found = members(Path(wheel))
    complaints = [f"missing: {name}" for name in sorted(expected() - found)]
    if (ROOT / ".git").exists():
        complaints += [f"not tracked by git: {name}" for name in sorted(found - tracked() - {COMPILED})]
    for line in complaints:
        print(line, file=sys.stderr)
    print(f"{len(found)} files in the wheel, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
