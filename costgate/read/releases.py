"""Which release of a distribution holds for a file: the nearest lock files and requirements, read and never run."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from typing import Any

from costgate.model.call import Release
from costgate.model.finding import Gap
from costgate.model.tree import Cache, Tree
from costgate.model.value import Span
from costgate.read.locks import READERS, Pin, kind_of

VERSION = 1
"""Part of the cache's key; to be raised when lock files are read differently."""
MAX_BYTES = 20_000_000


class Releases:
    """Distribution and path -> release, asked of the folder of the path first, then of those above it."""

    def __init__(self, tree: Tree, cache: Cache) -> None:
        self.tree = tree
        self.cache = cache
        self.gaps: dict[str, Gap] = {}
        self._files: dict[str, list[tuple[int, str]]] = {}
        self._pins: dict[str, dict[str, Pin]] = {}
        for entry in tree.entries():
            kind = kind_of(entry.path) if entry.kind == "file" else None
            if kind is not None:
                folder = posixpath.dirname(entry.path)
                if kind == "requirements" and posixpath.basename(folder) == "requirements":
                    folder = posixpath.dirname(folder)
                self._files.setdefault(folder, []).append((list(READERS).index(kind), entry.path))

    def of(self, distribution: str, path: str) -> Release | None:
        """The release of a distribution that holds for a file; None where nothing in the tree fixes one."""
        name = plain(distribution)
        folder = posixpath.dirname(path)
        while True:
            for _, file in sorted(self._files.get(folder, ())):
                found = self._read(file).get(name)
                if found is not None and found[0]:
                    return Release(distribution, found[0], Span(file, found[1]))
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def held(self, entry: Mapping[str, Any], path: str) -> Mapping[str, Any]:
        """An entry of the knowledge as it holds for the release that a file gets; without one, for the newest known."""
        until = entry.get("until")
        if not until:
            return entry
        releases = {name: self.of(name, path) for each in until for name in each["of"]}
        chosen = next((each for each in until if any(_before(releases[name], each["version"]) for name in each["of"])), None)
        made = dict(entry) if chosen is None else _over(entry, chosen)
        told: dict[str, Release] = {}
        for each in until:
            names = chosen["of"] if chosen is not None else each["of"]
            release = next((found for name in names if (found := releases[name])), None) or Release(names[0], None, None)
            for role in (*each["defaults"], *each.get("gone", ()), *each["args"]):
                if told.get(role, release).version is None or role not in told:
                    told[role] = release
        del made["until"]
        meant = {role: release for role, release in told.items() if any(_meant(entry, each, role) for each in until)}
        return {**made, "released": meant, "defaults": _stamped(made["defaults"], told)}

    def _read(self, path: str) -> Mapping[str, Pin]:
        if path not in self._pins:
            self._pins[path] = self._load(path)
        return self._pins[path]

    def _load(self, path: str) -> dict[str, Pin]:
        kind = kind_of(path)
        try:
            data = self.tree.read(path)
        except (OSError, KeyError):
            return self._missed(path, "it cannot be read", 1)
        if len(data) > MAX_BYTES:
            return self._missed(path, f"{len(data):,} bytes are more than is read", 1)
        key = f"{VERSION}.{kind}.{hashlib.sha256(data).hexdigest()}"
        known = self.cache.get("releases", key)
        if isinstance(known, dict):
            return {name: (version, line) for name, (version, line) in known.items()}
        try:
            found = READERS[str(kind)](data.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            line = re.search(r"line (\d+)", str(error))
            said = "it is nested too deep" if isinstance(error, RecursionError) else "it does not parse"
            return self._missed(path, said, int(line[1]) if line else 1)
        pins = {plain(name): pin for name, pin in found.items()}
        self.cache.put("releases", key, pins)
        return pins

    def _missed(self, path: str, why: str, line: int) -> dict[str, Pin]:
        self.gaps[path] = Gap("version", f"no versions are known from {path}: {why}", Span(path, line))
        return {}


def plain(name: str) -> str:
    """A distribution's name as packaging compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _before(release: Release | None, version: str) -> bool:
    """Whether a release is older than a version; the newest below a bound, where only that is known."""
    if release is None or release.version is None:
        return False
    if release.version.startswith("<"):
        return _order(release.version[1:]) <= _order(version)
    return _order(release.version) < _order(version)


def _order(version: str) -> tuple[tuple[int, ...], bool]:
    """Release numbers without trailing zeros, and whether it is final: a release candidate comes before."""
    match = re.match(r"v?(?:\d+!)?(\d{1,9}(?:\.\d{1,9})*)(.*)", version.strip())
    if match is None:
        return (), True
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers), re.match(r"[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|dev)", match[2], re.IGNORECASE) is None


def _meant(entry: Mapping[str, Any], until: Mapping[str, Any], role: str) -> bool:
    """Whether what is passed for a role means something else in another release, not only what holds without it."""
    now, then = (each["defaults"].get(role, {}).get("counts") for each in (entry, until))
    return role in until["args"] or role in until["defaults"] and now != then


def _over(entry: Mapping[str, Any], until: Mapping[str, Any]) -> dict[str, Any]:
    made = {**entry, "args": {**entry["args"], **until["args"]}}
    for key in ("counts", "units"):
        both = {**entry.get(key, {}), **until.get(key, {})}
        made |= {key: both} if both else {}
    defaults = {**entry["defaults"], **until["defaults"]}
    made["defaults"] = {role: value for role, value in defaults.items() if role not in until.get("gone", ())}
    return made


def _stamped(defaults: Mapping[str, Any], told: Mapping[str, Release]) -> dict[str, Any]:
    """Defaults that know which release they are of; one that a release lacks is no limit, and says that too."""
    made = dict(defaults)
    for role, release in told.items():
        if role in made or role != "retries":
            made[role] = {**made.get(role, {"unbounded": True}), "release": release}
    return made
