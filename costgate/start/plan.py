"""What `costgate init` would do to a repository: which files it writes, and which it leaves alone and why."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from costgate.model.error import UserError
from costgate.start import texts
from costgate.start.source import Source

CONFIG = "costgate.yaml"


@cache
def forges() -> dict[str, dict[str, str]]:
    """By name: the file that a pipeline goes into, the packaged one, and how a repository of it is known."""
    found: dict[str, dict[str, str]] = json.loads(files("costgate.start").joinpath("forges.json").read_text("utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """One file. `kept` says why it is left alone, empty when `text` is to be written; `advice` is what to do instead."""

    path: str
    text: str
    kept: str = ""
    advice: str = ""


def forge_of(root: Path, remote: str) -> str | None:
    """Where the repository lives, by the files in it, else by its remote's host; None when nothing says."""
    for name, known in forges().items():
        if (root / known["mark"]).exists():
            return name
    host = remote.partition("://")[2].partition("/")[0] or remote.partition(":")[0]
    return next((name for name, known in forges().items() if known["host"] in host.lower()), None)


def configured(root: Path) -> str | None:
    """The configuration that the repository has already, in whichever file."""
    for name in (CONFIG, "costgate.yml"):
        if _there(root, name):
            return name
    try:
        project = (root / "pyproject.toml").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return "pyproject.toml" if "[tool.costgate" in project else None


def steps(
    root: Path, *, config: str, hook: bool, forge: str | None, source: Source | None, action: str | None
) -> Iterator[Step]:
    """The files in the order in which they are written. `config` is the text of costgate.yaml."""
    known = configured(root)
    yield Step(CONFIG, config, f"{known} is there" if known else "")
    if hook:
        yield _hook(root, source)
    if forge:
        yield _pipeline(root, forge, source, action)


def _hook(root: Path, source: Source | None) -> Step:
    path = texts.HOOK_CONFIG
    if not _there(root, path):
        return Step(path, texts.hook(source))
    if "costgate" in _text(root, path):
        return Step(path, "", "it has the hook")
    return Step(path, "", "it is yours", f"add under `repos:` of {path}:\n\n{texts.hook_entry(source)}")


def _pipeline(root: Path, forge: str, source: Source | None, action: str | None) -> Step:
    known = forges()[forge]
    path, text = known["path"], texts.pipeline(known["pipeline"], source, action or (source.action if source else None))
    if not _there(root, path):
        return Step(path, text)
    if "costgate" in _text(root, path):
        return Step(path, "", "it runs costgate")
    return Step(path, "", "it is yours", f"add to {path}:\n\n{text}")


def _there(root: Path, path: str) -> bool:
    return os.path.lexists(root / path)


def _text(root: Path, path: str) -> str:
    try:
        return (root / path).read_text("utf-8", errors="replace")
    except OSError:
        return ""


def write(root: Path, step: Step) -> None:
    """Make the file. UserError when something stands there meanwhile, or a link leads out of the repository."""
    path = root / step.path
    if not Path(os.path.realpath(path)).is_relative_to(Path(os.path.realpath(root))):
        raise UserError("a link leads out of the repository", where=step.path, hint="remove the link")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(step.text)
    except FileExistsError:
        raise UserError("is there already", where=step.path, hint="move it away, or leave it out") from None
