"""Trees that are read from disk or from memory; a path never leads out of its root, and a link is never followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from costgate.knowledge.prompt_files import prompt_folders
from costgate.model.tree import Entry, Tree
from costgate.store.inside import MAX_BYTES, Inside

__all__ = ["MAX_BYTES", "EditedTree", "FilesTree", "Folder", "FolderTree", "is_lfs_pointer"]


class FolderTree:
    """A folder of no repository.

    Left out are hidden folders (but `.costgate` and those of prompts), virtual environments and installed packages.
    """

    def __init__(self, root: Path, label: str = "folder") -> None:
        self.label = label
        self._folder = Folder(root)

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        found = [closed(path) if path.endswith("/") else self._folder.entry(path) for path in self._folder.walk()]
        return {entry.path: entry for entry in sorted(filter(None, found), key=lambda entry: entry.path)}

    def entries(self) -> tuple[Entry, ...]:
        """Every file, sorted by path."""
        return tuple(self._entries.values())

    def read(self, path: str) -> bytes:
        """The bytes of one file: KeyError when there is no such file, OSError when it cannot be read."""
        return self._folder.read(path)

    def __contains__(self, path: str) -> bool:
        return path in self._entries


class EditedTree:
    """A tree with other bytes in some of its files."""

    def __init__(self, tree: Tree, files: Mapping[str, bytes]) -> None:
        self.label = tree.label
        self._tree, self._files = tree, files

    def entries(self) -> tuple[Entry, ...]:
        """The entries of the tree; an edited file has no blob."""
        known = self._tree.entries()
        return tuple(replace(each, blob=None) if each.path in self._files else each for each in known)

    def read(self, path: str) -> bytes:
        """The edited bytes where there are some."""
        return self._files[path] if path in self._files else self._tree.read(path)

    def __contains__(self, path: str) -> bool:
        return path in self._tree


class FilesTree:
    """Files in memory, by path."""

    def __init__(self, files: Mapping[str, bytes | str], label: str = "files") -> None:
        self.label = label
        self._files = {path: data.encode() if isinstance(data, str) else data for path, data in sorted(files.items())}

    def entries(self) -> tuple[Entry, ...]:
        """Every file, sorted by path."""
        return tuple(Entry(path, size=len(data)) for path, data in self._files.items())

    def read(self, path: str) -> bytes:
        """The bytes of one file; KeyError when there is no such file."""
        return self._files[path]

    def __contains__(self, path: str) -> bool:
        return path in self._files


def closed(path: str) -> Entry:
    """A folder that cannot be looked into."""
    return Entry(path.rstrip("/"), kind="folder")


def is_lfs_pointer(data: bytes) -> bool:
    """Whether these bytes stand for a large file that was not fetched."""
    return len(data) < 1024 and data.startswith(b"version https://git-lfs.github.com/spec/v1\n")


class Folder:
    """A folder on disk that nothing is read outside of."""

    def __init__(self, root: Path) -> None:
        self._inside = Inside(root)
        self.root = self._inside.root
        self.read = self._inside.read

    def entry(self, path: str) -> Entry | None:
        """What stands at a path; None for nothing, or for a device or pipe."""
        found = self._inside.at(path)
        if found is None:
            return None
        kind, size = found
        if kind == "file":
            return Entry(path, size=size)
        return Entry(path, kind="symlink") if kind == "symlink" else Entry(path.rstrip("/"), kind="submodule")

    def walk(self) -> Iterator[str]:
        """The paths of all files that count where there is no repository."""
        return self._inside.walk(prompt_folders())
