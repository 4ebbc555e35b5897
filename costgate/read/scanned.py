"""What a look at each file's bytes tells, kept by content, folder by folder, so that only changed files are looked at again."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

from costgate.model.tree import Cache, NoCache

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
        for _, files in groupby(sorted(paths), posixpath.dirname):
            yield from self._of_files(kind, list(files), scan)

    def _of_files(self, kind: str, files: list[str], scan: Scan[T]) -> Iterator[tuple[str, T]]:
        key = "" if isinstance(self.cache, NoCache) or self.contents.keys().isdisjoint(files) else self._key(files)
        kept = self.cache.get(kind, key) if key else None
        known = kept if isinstance(kept, dict) else {}
        told: dict[str, T] = {}
        for path in files:
            content = self.contents.get(path)
            found = scan.known(known.get(content)) if content is not None else None
            if found is None:
                found = scan.told(path)
            if found is None:
                continue
            if content is not None:
                told[content] = found
            yield path, found
        if key and told != known:
            self.cache.put(kind, key, told)

    def _key(self, files: list[str]) -> str:
        names = "\0".join((self.made_by, *files))
        return hashlib.sha256(names.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Scan(Generic[T]):
    """How a file is looked at: `told` gives what its bytes tell, None where it cannot be read; `known` what was kept, or None."""

    told: Callable[[str], T | None]
    known: Callable[[object], T | None]


def is_flag(kept: object) -> bool | None:
    """A yes or no as it was kept."""
    return kept if isinstance(kept, bool) else None

