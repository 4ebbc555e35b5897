"""The list of repositories: which there are, and the name under which each is filed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from costgate.knowledge.strict import Lines, line_of, load_marked, nearest
from costgate.model.error import UserError
from costgate.model.text import decoded

FIELDS = ("source", "name", "ref", "owner", "team")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Item:
    """One repository. `source`: a git URL, or the absolute path of a checkout or folder; `ref` is for URLs only."""

    name: str
    source: str
    ref: str | None = None
    owner: str | None = None
    team: str | None = None

    @property
    def remote(self) -> bool:
        """Whether it has to be cloned."""
        return is_url(self.source)

    @property
    def digest(self) -> str:
        """Names what is said about the repository; another digest is another item."""
        return sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()[:16]


def is_url(source: str) -> bool:
    """Whether git has to fetch it: `https://...`, `ssh://...`, `file://...`, `git@host:path`."""
    return _URL.match(source) is not None


def read_list(path: Path) -> tuple[Item, ...]:
    """The repositories of a list: a folder of checkouts, a text file with one source a line, or YAML.

    Paths are relative to the list's folder. UserError for an empty list, a wrong entry, or a name given twice.
    """
    if path.is_dir():
        entries = [({"source": str(each)}, str(each)) for each in sorted(path.iterdir()) if each.is_dir()]
    elif not path.is_file():
        raise UserError("no such list of repositories", where=str(path))
    else:
        text = decoded(path.read_bytes(), str(path))
        yaml = path.suffix in (".yaml", ".yml")
        entries = list(_of_yaml(text, str(path)) if yaml else _of_lines(text, str(path)))
    if not entries:
        raise UserError("names no repository", where=str(path))
    return tuple(_named(entries, path.parent if path.is_file() else Path()))


def _of_lines(text: str, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if len(words) > 2:
            raise UserError(
                "more than a source and a ref", where=f"{where}:{number}", hint="quote nothing: SOURCE [REF]"
            )
        yield dict(zip(("source", "ref"), words, strict=False)), f"{where}:{number}"


def _of_yaml(text: str, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    data, lines = load_marked(text, where)
    entries = data.get("repositories") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise UserError("lacks `repositories:`, a list", where=where)
    for index, entry in enumerate(entries):
        place = ("repositories", index)
        given = {"source": entry} if isinstance(entry, str) else entry
        if not isinstance(given, dict) or not given.get("source"):
            raise UserError("an entry needs a `source`: a git URL or a path", where=f"{where}:{line_of(lines, place)}")
        _check(given, lines, place, where)
        yield given, f"{where}:{line_of(lines, place)}"


def _check(given: dict[str, Any], lines: Lines, place: tuple[str | int, ...], where: str) -> None:
    for key, value in given.items():
        at = f"{where}:{line_of(lines, (*place, key))}"
        if key not in FIELDS:
            meant = nearest(key, FIELDS)
            raise UserError(f'unknown key "{key}"', where=at, hint=f'did you mean "{meant}"?' if meant else "")
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise UserError(f"{key} must be text", where=at)


def _named(entries: Iterable[tuple[dict[str, Any], str]], folder: Path) -> Iterator[Item]:
    seen: dict[str, str] = {}
    for entry, where in entries:
        source = _source(entry["source"], folder, where)
        ref = entry.get("ref")
        if ref is not None and not is_url(source):
            raise UserError("a ref is for git URLs; a path is read as it is on disk", where=where)
        name = entry.get("name") or _short(source, seen)
        if not _NAME.match(name):
            raise UserError(f"{name!r} is no name", where=where, hint="letters, digits, dot, dash, underscore")
        if name.lower() in seen:  # file systems may not tell cases apart
            raise UserError(f"the name {name!r} is given already", where=where, hint=f"by {seen[name.lower()]}")
        seen[name.lower()] = where
        yield Item(name, source, ref, entry.get("owner"), entry.get("team"))


def _source(given: str, folder: Path, where: str) -> str:
    if given.startswith("-"):
        raise UserError(f"{given!r} is neither a URL nor a path", where=where)
    return given if is_url(given) else str((folder / Path(given).expanduser()).resolve())


def _short(source: str, seen: dict[str, str]) -> str:
    """A name from the last step of the source; with a digest when an entry before has that name."""
    last = re.split(r"[/\\:]", source.rstrip("/\\"))[-1].removesuffix(".git")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip(".-")[:80] or "repository"
    return f"{name}-{sha256(source.encode()).hexdigest()[:8]}" if name.lower() in seen else name
