"""What a look at each file's bytes tells, kept by content, folder by folder, so that only changed files are looked at again."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

from costgate.model.tree import Cache, NoCache
from costgate.read.workers import cores, forks, shared_with

MANY = 2_000
"""Files that are worth other processes: to begin these takes as long as to look at some hundreds."""
SHARE = 64
T = TypeVar("T", bool, list[str])


@dataclass(frozen=True, slots=True)
class Scanned:
    """What earlier looks told of the files of a tree. `contents`: the digest of each file, where it is known without reading.

    An entry holds files of one folder under their contents: one with other contents is not in it. Of another tree with the
    same names there, it is at worst written over, and what it held is looked at again.
    """

    cache: Cache = field(default_factory=NoCache)
    contents: Mapping[str, str] = field(default_factory=dict)
    made_by: str = ""
    """What looks: the code, and what it looks for."""

    def of(self, kind: str, paths: Iterable[str], scan: Scan[T]) -> Iterator[tuple[str, T]]:
        """What is told of each file, in their order, by what was kept of it, else by a look. What cannot be read is left out."""
        folders = [self._folder(kind, list(files), scan) for _, files in groupby(sorted(paths), posixpath.dirname)]
        with closing(_looks([path for folder in folders for path in folder.new], scan)) as looks:
            folders.reverse()
            while folders:  # what was kept of a large tree is let go of as it is taken up
                yield from self._of_folder(kind, folders.pop(), looks)

    def _folder(self, kind: str, files: list[str], scan: Scan[T]) -> _Folder[T]:
        key = "" if isinstance(self.cache, NoCache) or self.contents.keys().isdisjoint(files) else self._key(files)
        kept = self.cache.get(kind, key) if key else None
        known = kept if isinstance(kept, dict) else {}
        told = {path: found for path in files if (found := scan.known(known.get(self.contents.get(path)))) is not None}
        odd = {self.contents[path] for path in told} != known.keys()
        return _Folder(key, files, told, [path for path in files if path not in told], odd)

    def _of_folder(self, kind: str, folder: _Folder[T], looks: Iterator[T | None]) -> Iterator[tuple[str, T]]:
        told: dict[str, T] = {}
        for path in folder.files:
            found = folder.told[path] if path in folder.told else next(looks)
            if found is None:
                continue
            content = self.contents.get(path)
            if content is not None:
                told[content] = found
            yield path, found
        if folder.key and (folder.new or folder.odd):
            self.cache.put(kind, folder.key, told)

    def _key(self, files: list[str]) -> str:
        names = "\0".join((self.made_by, *files))
        return hashlib.sha256(names.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Scan(Generic[T]):
    """How a file is looked at: `told` gives what its bytes tell, None where it cannot be read; `known` what was kept, or None."""

    told: Callable[[str], T | None]
    known: Callable[[object], T | None]


@dataclass(frozen=True, slots=True)
class _Folder(Generic[T]):
    """The files of one folder: what was kept of them, and those that have to be looked at."""

    key: str
    files: list[str]
    told: Mapping[str, T]
    new: list[str]
    odd: bool
    """Whether what is kept is not of these files, one for one."""


def _looks(paths: list[str], scan: Scan[T]) -> Generator[T | None, None, None]:
    """What a look at each file tells, from as many processes as pay."""
    if len(paths) < MANY or cores() < 2 or not forks():
        yield from map(scan.told, paths)
        return
    shares = [paths[at : at + SHARE] for at in range(0, len(paths), SHARE)]
    with closing(shared_with(scan, _apart, shares)) as parts:
        for share, part in zip(shares, parts, strict=True):
            for path, found in zip(share, part, strict=True):
                yield scan.told(path) if found is None else found


def _apart(scan: Scan[T], paths: Sequence[str]) -> list[T | None]:
    """The looks of another process. None where this one has to look again, as reading the file is noted, or why it fails."""
    return [scan.told(path) if path.endswith(".py") else None for path in paths]


def is_flag(kept: object) -> bool | None:
    """A yes or no as it was kept."""
    return kept if isinstance(kept, bool) else None

