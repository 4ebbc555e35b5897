"""Packs: what ships a configuration and rules, an installed distribution or a folder; read as files, never imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from costgate.model.error import UserError
from costgate.model.text import decoded

GROUP = "costgate.packs"
"""The entry point that makes a distribution a pack; its value is the package that holds costgate.yaml and rules/."""
MAX_FILES = 500
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Pack:
    """What a pack ships: the text of its costgate.yaml, and where each of its rules stands with its text."""

    name: str
    config: bytes
    rules: tuple[tuple[str, str], ...]


def pack_named(name: str, root: str) -> Pack | None:
    """The pack of that distribution name. None when none is installed; UserError for one that lies in the judged tree."""
    from importlib import metadata

    try:
        distribution = metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        return None
    entries = [each for each in distribution.entry_points if each.group == GROUP]
    if len(entries) != 1:
        return None
    folder = entries[0].value.partition(":")[0].replace(".", "/")
    place = Path(str(distribution.locate_file(folder))).resolve()
    _refuse_judged(name, place, Path(root).resolve())
    config = place / "costgate.yaml"
    data = config.read_bytes() if config.is_file() else b"{}\n"
    return Pack(name, data[:MAX_BYTES], tuple(_rules(name, place)))


def folder_pack(
    folder: str, read: Callable[[str], bytes | None], below: Callable[[str], Iterable[str]]
) -> Pack | None:
    """A folder with a costgate.yaml, rules/ or both: of this repository, or of another one that is checked out beside it."""
    config = read(f"{folder}/costgate.yaml")
    paths = sorted(path for path in below(f"{folder}/rules") if path.endswith((".yml", ".yaml")))
    if config is None and not paths:
        return None
    if len(paths) > MAX_FILES:
        raise UserError(f"more than {MAX_FILES} rule files", where=folder)
    files = ((path, read(path)) for path in paths)
    return Pack(folder, (b"{}\n" if config is None else config)[:MAX_BYTES], tuple(_texts(files)))


def files_below(top: Path, folder: str) -> tuple[str, ...]:
    """The paths, from `top`, of all files in a folder of it."""
    return tuple(file.relative_to(top).as_posix() for file in sorted((top / folder).rglob("*")) if file.is_file())


def _texts(files: Iterable[tuple[str, bytes | None]]) -> Iterator[tuple[str, str]]:
    for path, data in files:
        if data is None or len(data) > MAX_BYTES:
            raise UserError(f"larger than {MAX_BYTES:,} bytes, or not to be read", where=path)
        yield path, decoded(data, path)


def _refuse_judged(name: str, place: Path, root: Path) -> None:
    """A pull request could write the pack that judges it, unless it lies in the environment that runs this."""
    home = Path(sys.prefix).resolve()
    environment = home != root and place.is_relative_to(home)
    if place.is_relative_to(root) and not environment:
        raise UserError(f"the pack {name} lies in the tree that it would judge", where=str(place), hint="install it elsewhere")


def _rules(name: str, place: Path) -> Iterator[tuple[str, str]]:
    files = sorted(file for file in (place / "rules").rglob("*.y*ml") if file.is_file())
    if len(files) > MAX_FILES:
        raise UserError(f"more than {MAX_FILES} rule files", where=name)
    for file in files:
        shown = f"{name}:{file.relative_to(place).as_posix()}"
        if file.stat().st_size > MAX_BYTES:
            raise UserError(f"larger than {MAX_BYTES:,} bytes", where=shown)
        yield shown, decoded(file.read_bytes(), shown)
