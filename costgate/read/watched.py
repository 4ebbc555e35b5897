"""A tree that notes which files are read that nothing else tells of, and what they held."""

from __future__ import annotations

from collections.abc import Callable

from costgate.model.tree import Entry, Tree
from costgate.read.extract import key_of


class Watched:
    """`others`: the blob id of what each of these files held when it was read; None where it could not be read.

    `is_known`: whether what a file holds is noted elsewhere.
    """

    def __init__(self, tree: Tree, is_known: Callable[[str], bool] = lambda path: True) -> None:
        self.label = tree.label
        self.others: dict[str, str | None] = {}
        self._tree, self._is_known = tree, is_known

    def entries(self) -> tuple[Entry, ...]:
        """Every file, sorted by path."""
        return self._tree.entries()

    def read(self, path: str) -> bytes:
        """The bytes of one file."""
        if self._is_known(path):
            return self._tree.read(path)
        self.others[path] = None
        data = self._tree.read(path)
        self.others[path] = key_of(data)
        return data

    def __contains__(self, path: str) -> bool:
        return path in self._tree
