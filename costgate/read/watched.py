"""A tree that notes which files other than Python's are read, and what they held."""

from __future__ import annotations

from collections.abc import Callable

from costgate.model.tree import Entry, Tree
from costgate.read.extract import key_of


def is_python(path: str) -> bool:
    """Whether a file is one of Python, by its name."""
    return path.endswith(".py")


class Watched:
    """`others`: the blob id of what each of these files held when it was read; None where it could not be read.

    `apart` are the files that whoever remembers the reading knows of anyway: the Python files of the tree, or of a focus.
    """

    def __init__(self, tree: Tree, apart: Callable[[str], bool] = is_python) -> None:
        self.label = tree.label
        self.others: dict[str, str | None] = {}
        self._tree, self._apart = tree, apart

    def entries(self) -> tuple[Entry, ...]:
        """Every file, sorted by path."""
        return self._tree.entries()

    def read(self, path: str) -> bytes:
        """The bytes of one file."""
        if self._apart(path):
            return self._tree.read(path)
        self.others[path] = None
        data = self._tree.read(path)
        self.others[path] = key_of(data)
        return data

    def __contains__(self, path: str) -> bool:
        return path in self._tree
