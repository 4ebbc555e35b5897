"""What a look at each file's bytes tells, kept by content, folder by folder, so that only changed files are looked at again.

The first look at a tree takes the digest of each file, too, so that none is read once for that and once more for what it tells.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, MutableMapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeAlias, TypeVar

from costgate.model.tree import Cache, NoCache
from costgate.read.extract import key_of
from costgate.read.workers import shared_among

T = TypeVar("T", bool, list[str])


@dataclass(frozen=True, slots=True)
class Scanned:
    """What earlier looks told of the files of a tree. `contents`: the digest of each file, as far as it is known; the first
    look takes up that of each Python file which it reads.

    An entry holds files of one folder under their contents: one with other contents is not in it. Of another tree with the
    same names there, it is at worst written over, and what it held is looked at again.
    """

    cache: Cache = field(default_factory=NoCache)
    contents: MutableMapping[str, str] = field(default_factory=dict)
    made_by: str = ""
    """What looks: the code, and what it looks for."""

    def of(self, kind: str, paths: Iterable[str], scan: Scan[T]) -> Iterator[tuple[str, T]]:
        """What is told of each file, in their order, by what was kept of it, else by a look. What cannot be read is left out."""
        folders = [self._folder(kind, list(files), scan) for _, files in groupby(sorted(paths), posixpath.dirname)]
        looking = Looking(scan, {path: folder.kept for folder in folders for path in folder.new if self._is_unknown(path, scan)})
        with closing(_looks([path for folder in folders for path in folder.new], looking)) as looks:
            folders.reverse()
            while folders:  # what was kept of a large tree is let go of as it is taken up
                yield from self._of_folder(kind, folders.pop(), looks)

    def _is_unknown(self, path: str, scan: Scan[T]) -> bool:
        """Whether a look at a file has to tell its content, too."""
        return scan.first and path.endswith(".py") and path not in self.contents and not isinstance(self.cache, NoCache)

    def _folder(self, kind: str, files: list[str], scan: Scan[T]) -> _Folder[T]:
        asked = any(path in self.contents or self._is_unknown(path, scan) for path in files)
        key = self._key(files) if asked and not isinstance(self.cache, NoCache) else ""
        found = self.cache.get(kind, key) if key else None
        kept = found if isinstance(found, dict) else {}
        told = {path: each for path in files if (each := scan.known(kept.get(self.contents.get(path)))) is not None}
        return _Folder(key, files, kept, told, [path for path in files if path not in told])

    def _of_folder(self, kind: str, folder: _Folder[T], looks: Iterator[Look[T]]) -> Iterator[tuple[str, T]]:
        told: dict[str, T] = {}
        for path in folder.files:
            seen, found = (None, folder.told[path]) if path in folder.told else next(looks)
            if seen is not None:
                self.contents[path] = seen
            if found is None:
                continue
            content = self.contents.get(path)
            if content is not None:
                told[content] = found
            yield path, found
        if folder.key and told != folder.kept:
            self.cache.put(kind, folder.key, told)

    def _key(self, files: list[str]) -> str:
        names = "\0".join((self.made_by, *files))
        return hashlib.sha256(names.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Scan(Generic[T]):
    """How a file is looked at: `bytes_of` gives its bytes, None where it cannot be read, `told` what these tell, and `known`
    what was kept, or None. `first`: whether these bytes are those that stand in the tree, and nothing else has told of them."""

    bytes_of: Callable[[str], bytes | None]
    told: Callable[[str, bytes], T]
    known: Callable[[object], T | None]
    first: bool = False


@dataclass(frozen=True, slots=True)
class _Folder(Generic[T]):
    """The files of one folder: what was kept there, what of it is of these files, and those that have to be looked at."""

    key: str
    files: list[str]
    kept: Mapping[str, object]
    told: Mapping[str, T]
    new: list[str]


Look: TypeAlias = tuple[str | None, T | None]
"""The content of a file, where it is asked for, and what a look at it told; None for what could not be read."""


@dataclass(frozen=True, slots=True)
class Looking(Generic[T]):
    """How files are looked at. `kept`: of those whose content is asked for, what was kept in their folder."""

    scan: Scan[T]
    kept: Mapping[str, Mapping[str, object]]

    def at(self, path: str) -> Look[T]:
        """A look at one file."""
        data = self.scan.bytes_of(path)
        if data is None:
            return None, None
        if path not in self.kept:
            return None, self.scan.told(path, data)
        content = key_of(data)
        found = self.scan.known(self.kept[path].get(content))
        return content, self.scan.told(path, data) if found is None else found


def _looks(paths: list[str], looking: Looking[T]) -> Generator[Look[T], None, None]:
    """A look at each file, from as many processes as pay."""
    with closing(shared_among(looking, _apart, paths)) as looks:
        for path, look in zip(paths, looks, strict=True):
            yield looking.at(path) if look[1] is None else look


def _apart(looking: Looking[T], path: str) -> Look[T]:
    """The look of another process. Nothing where this one has to look again, as reading the file is noted, or why it fails."""
    return looking.at(path) if path.endswith(".py") else (None, None)


def is_flag(kept: object) -> bool | None:
    """A yes or no as it was kept."""
    return kept if isinstance(kept, bool) else None

