"""Globs and paths of the configuration: what a tree can hold, and nothing that leads out of it."""

from __future__ import annotations

from collections.abc import Iterable

from costgate.config.check import spell
from costgate.config.document import Document


def globs(document: Document, place: tuple[str | int, ...], written: Iterable[str]) -> tuple[str, ...]:
    """A list of globs."""
    return tuple(glob(document, (*place, index), each) for index, each in enumerate(written))


def glob(document: Document, place: tuple[str | int, ...], written: str) -> str:
    """One glob; UserError for one that no path of the tree can match, or that takes paths back."""
    if "\\" in written:
        raise document.error(place, f"{spell(place)} has a backslash", "paths are written with / on every system")
    if ".." in written.partition("::")[0].split("/"):
        raise document.error(place, f"{spell(place)} leaves the root", "paths are relative to the root")
    if written.startswith("!"):
        raise document.error(place, f"{spell(place)} begins with !, and a glob cannot take paths back")
    return written.removeprefix("./")
