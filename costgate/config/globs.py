"""Globs of a configuration: those that stay inside the root, as they are kept."""

from __future__ import annotations

from collections.abc import Iterable

from costgate.config.check import spell
from costgate.config.document import Document


def globs_at(document: Document, place: tuple[str | int, ...], globs: Iterable[str]) -> tuple[str, ...]:
    """Several globs; `place` is where their list stands."""
    return tuple(glob_at(document, (*place, index), glob) for index, glob in enumerate(globs))


def glob_at(document: Document, place: tuple[str | int, ...], glob: str) -> str:
    """One glob without its ./, or a UserError at `place`."""
    if "\\" in glob:
        raise document.error(place, f"{spell(place)} has a backslash", "paths are written with / on every system")
    if ".." in glob.partition("::")[0].split("/"):
        raise document.error(place, f"{spell(place)} leaves the root", "paths are relative to the root")
    if glob.startswith("!"):
        raise document.error(place, f"{spell(place)} begins with !, and a glob cannot take paths back")
    return glob.removeprefix("./")
