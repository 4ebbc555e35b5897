"""The texts that `costgate init` writes: the configuration with proposals of the audit, the hook, the pipelines."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from costgate.model.report import CallDoc, Report
from costgate.start.source import Source

HOOK_CONFIG = ".pre-commit-config.yaml"
_OURS = "OWNER/costgate@v0.1.0"
_ADVICE = re.compile(r" *# (HOST/)?OWNER is where ")
_MOST = 12
_HOLES = 6
_PROSE = (".md", ".txt", ".j2", ".jinja", ".jinja2", ".prompt", ".prompty", ".tmpl", ".yaml", ".yml", ".json")
_ROOM = 20
"""Per cent that a proposed budget leaves above what a prompt has today."""


def configuration(report: Report, baseline: str | None) -> str:
    """costgate.yaml: what is in force from the first day, and below it, as comments, what only the team can know."""
    lines = ["# The policy of costgate. In a pull request the base branch's version judges.", "fail_on: error", ""]
    if baseline:
        lines.append("# Findings that were there on the first day; `costgate baseline update` drops those that are mended.")
        lines += [f"baseline: {baseline}", ""]
    lines += [*_budgets(report), *_profiles(report), *_workloads(report)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _budgets(report: Report) -> Iterator[str]:
    files: Counter[str] = Counter()
    for one in report["prompts"]:
        if one["path"].endswith(_PROSE) and _writable(one["path"]):
            high = one["tokens"]["high"]
            files[one["path"]] += int(one["tokens"]["low"] if high is None else high)
    if files:
        yield f"# Tokens that a prompt may have: what it has today, and {_ROOM}% more."
        yield "budgets:"
        for path, tokens in files.most_common(_MOST):
            yield f"  - {{path: {_quoted(path)}, tokens: {_roomy(tokens)}}}"
        yield ""


def _roomy(tokens: int) -> int:
    more = max(tokens * (100 + _ROOM) // 100, tokens + 20)
    return -(-more // 10) * 10


def _profiles(report: Report) -> Iterator[str]:
    open_calls = [
        call
        for call in report["calls"]
        if call["counted"] and _writable(_site(call)) and any(map(_unbounded, call["prompt"]["holes"]))
    ]
    if not open_calls:
        return
    sites: dict[str, dict[str, None]] = {}
    for call in open_calls:
        holes = (hole["name"] for hole in call["prompt"]["holes"] if _unbounded(hole))
        sites.setdefault(_site(call), {}).update(dict.fromkeys(holes))
    yield "# What fills these prompts at run time is not known. Say how many tokens it may be, and their cost has an upper end."
    yield "# profiles:"
    for site, names in list(sites.items())[:_MOST]:
        yield f"#   - sites: {_quoted(site)}"
        yield f"#     holes: {{{', '.join(f'{_quoted(name)}: 20..400' for name in list(names)[:_HOLES])}}}"
    if len(sites) > _MOST:
        yield f"#   and {len(sites) - _MOST} more: costgate audit"
    yield ""


def _unbounded(hole: object) -> bool:
    return isinstance(hole, dict) and hole["high"] is None


def _site(call: CallDoc) -> str:
    return f"{call['path']}::{call['function']}" if call["function"] else call["path"]


def _workloads(report: Report) -> Iterator[str]:
    calls = [
        call for call in report["calls"] if call["counted"] and not call["context"]["test"] and _writable(call["path"])
    ]
    groups = _folders([call["path"] for call in calls])
    if not groups:
        return
    yield "# Features that send requests, by the folders that the audit found. With traffic, each has a price a month."
    yield "# workloads:"
    for folder, paths in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))[:_MOST]:
        name = "".join(char if char.isascii() and char.isalnum() else "-" for char in folder).strip("-").lower()
        sites = [f"{folder}/**"] if folder else sorted(set(paths))
        yield f"#   - name: {name or 'main'}  # {len(paths)} call{'' if len(paths) == 1 else 's'}"
        yield f"#     sites: [{', '.join(map(_quoted, sites))}]"
        yield "#     traffic: 1_000/day"


def _folders(paths: Sequence[str]) -> dict[str, list[str]]:
    """Paths by the first folder in which they differ, so that no folder lies in another; files beside them under ''."""
    parts = [path.split("/")[:-1] for path in paths]
    shared = 0
    while len(paths) > 1 and len({tuple(folders[: shared + 1]) for folders in parts}) == 1 and len(parts[0]) > shared:
        shared += 1
    groups: dict[str, list[str]] = {}
    for path, folders in zip(paths, parts, strict=True):
        groups.setdefault("/".join(folders[: shared + 1]) if len(folders) > shared else "", []).append(path)
    if set(groups) == {""} and shared:
        return {"/".join(parts[0][:shared]): list(paths)}
    return groups


def _quoted(text: str) -> str:
    """As a YAML string that stays on its line, whatever the text."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _writable(text: str) -> bool:
    """Whether a text file can hold it: a path on disk may be no UTF-8."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def hook(source: Source | None) -> str:
    """.pre-commit-config.yaml."""
    return "repos:\n" + hook_entry(source)


def hook_entry(source: Source | None) -> str:
    """What belongs under `repos:`: the hook of a repository, or else the command that is installed on this machine."""
    if source:
        return f"  - repo: {_quoted(source.url)}\n    rev: {_quoted(source.rev)}\n    hooks:\n      - id: costgate\n"
    return (
        "  - repo: local\n    hooks:\n      - id: costgate\n        name: costgate\n        entry: costgate check\n"
        "        language: system  # the costgate on the PATH: everyone who commits has to install it\n"
        "        require_serial: true\n"
        f"        files: '{'|'.join(_files())}'\n"
    )


def _files() -> list[str]:
    """As in .pre-commit-hooks.yaml, which a test compares."""
    found: list[str] = json.loads(files("costgate.start").joinpath("hook.json").read_text("utf-8"))["files"]
    return found


def pipeline(name: str, source: Source | None, action: str | None) -> str:
    """A packaged pipeline, with the places that costgate and its action are had from where they are known."""
    package = Path(__file__).parent.parent
    places: Sequence[Path] = (package / "_ci", package.parent / "docs" / "ci", package.parent / "docs" / "examples")
    text = next(place / name for place in places if (place / name).is_file()).read_text("utf-8")
    if source:
        text = text.replace(f"git+https://HOST/{_OURS}", source.requirement)
    if action:
        text = text.replace(_OURS, action)
    return text if _OURS in text else "\n".join(line for line in text.split("\n") if not _ADVICE.match(line))


def owners(paths: Sequence[str], owner: str) -> list[str]:
    """Lines for CODEOWNERS that keep the policy in its owner's hands."""
    width = max(map(len, paths), default=0) + 1
    return [f"{'/' + path:<{width}} {owner}" for path in paths]
