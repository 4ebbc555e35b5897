"""Lock files and requirements: text to versions. A version is exact, "<X" for the newest below X, or "" where left open."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

Pin: TypeAlias = "tuple[str, int]"
"""A version and the 1-based line that says so."""

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;#@)]*)")
_SPECIFIER = re.compile(r"(===|==|~=|!=|<=|>=|<|>|\^|~)?\s*v?([\w.!+*-]+)")
_NUMBERS = re.compile(r"\d{1,9}(?:\.\d{1,9})*")


def kind_of(path: str) -> str | None:
    """Which reader a path asks for; None for every other file."""
    name = posixpath.basename(path)
    if name in READERS:
        return name
    inside = posixpath.basename(posixpath.dirname(path)) == "requirements"
    return "requirements" if name.endswith(".txt") and (name.startswith("requirements") or inside) else None


def _toml_lock(text: str) -> dict[str, Pin]:
    packages = tomllib.loads(text).get("package", ())
    rows = [each for each in packages if isinstance(each, dict)] if isinstance(packages, list) else []
    found = ((str(each.get("name")), each.get("version")) for each in rows)
    lines = _package_lines(text)
    return _united((name, (version, lines.get(name, 1))) for name, version in found if isinstance(version, str))


def _package_lines(text: str) -> dict[str, int]:
    """The line of each package's version; the TOML parser of the standard library keeps none."""
    lines: dict[str, int] = {}
    name = None
    for number, row in enumerate(text.splitlines(), 1):
        if row.startswith("["):
            name = None
        elif row.startswith("name = "):
            name = row.partition("=")[2].strip().strip("\"'")
        elif row.startswith("version = ") and name is not None:
            lines.setdefault(name, number)
    return lines


def _pipfile_lock(text: str) -> dict[str, Pin]:
    data = json.loads(text)
    rows = text.splitlines()
    parts = [data.get(part) for part in ("default", "develop")] if isinstance(data, dict) else []
    found = [(name, about) for part in parts if isinstance(part, dict) for name, about in part.items()]
    return _united(
        (name, (_settled(about["version"]), _line(rows, f'"{name}"')))
        for name, about in found
        if isinstance(about, dict) and isinstance(about.get("version"), str)
    )


def _requirements(text: str) -> dict[str, Pin]:
    found = []
    for number, row in enumerate(text.splitlines(), 1):
        if row.strip() and not row.lstrip().startswith(("#", "-")):
            found += [(name, (version, number)) for name, version in _required(row.partition(" --")[0].rstrip("\\ "))]
    return _united(found)


def _pyproject(text: str) -> dict[str, Pin]:
    data = tomllib.loads(text)
    rows = text.splitlines()
    found = [each for requirement in _listed(data) for each in _required(requirement)]
    found += _poetry(data)
    return _united((name, (version, _line(rows, name))) for name, version in found)


def _listed(data: Mapping[str, Any]) -> Iterator[str]:
    """Every requirement that a pyproject.toml spells as text."""
    project, uv = _table(data, "project"), _table(data, "tool", "uv")
    lists = [project.get("dependencies"), uv.get("dev-dependencies")]
    for groups in (
        _table(project, "optional-dependencies"),
        _table(data, "dependency-groups"),
        _table(data, "tool", "pdm", "dev-dependencies"),
    ):
        lists += groups.values()
    for each in lists:
        yield from (item for item in each if isinstance(item, str)) if isinstance(each, list) else ()


def _poetry(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    tool = _table(data, "tool", "poetry")
    tables = [_table(tool, "dependencies"), _table(tool, "dev-dependencies")]
    tables += [_table(tool, "group", name, "dependencies") for name in _table(tool, "group")]
    for table in tables:
        for name, given in table.items():
            said = given.get("version") if isinstance(given, dict) else given
            if isinstance(said, str):
                yield name, "" if "||" in said else _settled(f"=={said}" if said[:1].isdigit() and "*" not in said else said)


def _table(data: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for name in path:
        inner = data.get(name)
        data = inner if isinstance(inner, dict) else {}
    return data


def _required(requirement: str) -> Iterator[tuple[str, str]]:
    match = _REQUIREMENT.match(requirement)
    if match is not None:
        yield match[1], _settled(match[2])


def _settled(specifiers: str) -> str:
    """The one version that specifiers allow, else the newest that they do, as far as they say."""
    ceilings = []
    for operator, version in _SPECIFIER.findall(specifiers):
        numbers = _NUMBERS.match(version)
        if numbers is None:
            continue
        parts = [int(part) for part in numbers[0].split(".")]
        if operator in ("==", "===", "<=") and "*" not in version:
            return str(version)
        if operator == "<":
            ceilings.append(parts)
        elif operator in ("==", "") and "*" in version:
            ceilings.append(_raised(parts, len(parts) - 1))
        elif operator == "~=":
            ceilings.append(_raised(parts, max(len(parts) - 2, 0)))
        elif operator == "~":
            ceilings.append(_raised(parts, min(len(parts) - 1, 1)))
        elif operator == "^":
            ceilings.append(_raised(parts, next((at for at, part in enumerate(parts) if part), len(parts) - 1)))
    return "<" + ".".join(map(str, min(ceilings))) if ceilings else ""


def _raised(parts: list[int], at: int) -> list[int]:
    return [*parts[:at], parts[at] + 1]


def _united(found: Iterable[tuple[str, Pin]]) -> dict[str, Pin]:
    """One version for each name: what is fixed wins over what is open; two that differ leave it open."""
    pins: dict[str, Pin] = {}
    for name, pin in found:
        known = pins.get(name)
        if known is None or not known[0]:
            pins[name] = pin
        elif pin[0] and pin[0] != known[0]:
            pins[name] = ("", known[1])
    return pins


def _line(rows: list[str], word: str) -> int:
    spelled = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", re.IGNORECASE)
    return next((number for number, row in enumerate(rows, 1) if spelled.search(row)), 1)


READERS: Mapping[str, Callable[[str], dict[str, Pin]]] = {
    "uv.lock": _toml_lock,
    "poetry.lock": _toml_lock,
    "pdm.lock": _toml_lock,
    "Pipfile.lock": _pipfile_lock,
    "requirements": _requirements,
    "pyproject.toml": _pyproject,
}
"""By name, the most exact first."""
