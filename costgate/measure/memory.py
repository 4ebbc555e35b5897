"""A cache with the values of this run in front, so that nothing is looked up or counted twice."""

from __future__ import annotations

from typing import Any

from costgate.model.tree import Cache


class Remembering:
    """Keeps in memory what it reads from and writes to another cache."""

    def __init__(self, behind: Cache) -> None:
        self._behind = behind
        self._known: dict[tuple[str, str], Any] = {}

    def get(self, kind: str, key: str) -> Any | None:
        """The value of this run, else that of the cache behind."""
        if (kind, key) not in self._known:
            value = self._behind.get(kind, key)
            if value is None:
                return None
            self._known[kind, key] = value
        return self._known[kind, key]

    def put(self, kind: str, key: str, value: Any) -> None:
        """Remember here and behind."""
        self._known[kind, key] = value
        self._behind.put(kind, key, value)
