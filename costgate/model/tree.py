"""What the core asks of the outside: a tree of files, and a place to remember derived facts."""

from __future__ import annotations

import marshal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree. `path` is POSIX, relative to the root; `blob` its git blob id where known without reading.

    `kind`: file | symlink | submodule | folder (one that cannot be looked into). Only a file is read.
    """

    path: str
    blob: str | None = None
    size: int | None = None
    kind: str = "file"


class Tree(Protocol):
    """A commit, the index, or a folder as a set of files. Reading never leaves the tree."""

    label: str

    def entries(self) -> tuple[Entry, ...]:
        """Every file, sorted by path."""
        ...

    def read(self, path: str) -> bytes:
        """The bytes of one file; KeyError when the tree has no such file, OSError when it cannot be read."""
        ...

    def __contains__(self, path: str) -> bool: ...


class Cache(Protocol):
    """Content-addressed JSON values. A damaged or missing entry is a miss; writing never fails the run."""

    def get(self, kind: str, key: str) -> Any | None:
        """The remembered JSON value or None."""
        ...

    def put(self, kind: str, key: str, value: Any) -> None:
        """Remember a JSON value."""
        ...


class NoCache:
    """A cache that forgets."""

    def get(self, kind: str, key: str) -> Any | None:
        """Never anything."""

    def put(self, kind: str, key: str, value: Any) -> None:
        """Forget it."""


class Lent:
    """A cache of another process: it is read, and what should be put is kept for that one to put, packed small."""

    def __init__(self, cache: Cache) -> None:
        self.puts: list[tuple[str, str, bytes]] = []
        self.cache = cache

    def get(self, kind: str, key: str) -> Any | None:
        """The remembered JSON value or None."""
        return self.cache.get(kind, key)

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keep a JSON value for the one who lent the cache; one that is nested too deeply is forgotten."""
        with suppress(ValueError):
            self.puts.append((kind, key, marshal.dumps(value)))


def give_back(puts: Iterable[tuple[str, str, bytes]], cache: Cache) -> None:
    """Put what somebody kept to whom a cache was lent, in a process of this very run."""
    for kind, key, packed in puts:
        cache.put(kind, key, marshal.loads(packed))  # noqa: S302 - packed by this very run
