"""Trees that are read from disk or from memory; a path never leads out of its root, and a link is never followed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from costgate.knowledge.prompt_files import prompt_folders
from costgate.model.tree import Entry, Tree

MAX_BYTES = 64_000_000
"""A larger file is refused with OSError: whatever it is, no person wrote it."""

_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


# without O_NONBLOCK, opening a pipe would wait for a writer
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class FolderTree:
    """A folder of no repository.

    Left out are hidden folders (but `.costgate` and those of prompts), virtual environments and installed packages.
    """

    def __init__(self, root: Path, label: str = "folder") -> None:
        self.label = label
        self._folder = Folder(root)

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        found = map(self._folder.entry, _walk(self._folder.root))
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


def is_lfs_pointer(data: bytes) -> bool:
    """Whether these bytes stand for a large file that was not fetched."""
    return len(data) < 1024 and data.startswith(b"version https://git-lfs.github.com/spec/v1\n")


class Folder:
    """A folder on disk that nothing is read outside of."""

    def __init__(self, root: Path) -> None:
        self.root = os.path.realpath(root)
        self._passable: dict[str, bool] = {}

    def entry(self, path: str) -> Entry | None:
        """What stands at a path; None for nothing, or for a device or pipe."""
        try:
            status = os.lstat(f"{self.root}/{path}")
        except (OSError, ValueError):
            return None
        if stat.S_ISREG(status.st_mode):
            return Entry(path, size=status.st_size)
        if stat.S_ISLNK(status.st_mode):
            return Entry(path, kind="symlink")
        return Entry(path.rstrip("/"), kind="submodule") if stat.S_ISDIR(status.st_mode) else None

    def read(self, path: str) -> bytes:
        """The bytes of a regular file that is reached without passing a symbolic link."""
        inside, _, name = path.rpartition("/")
        if path.startswith("/") or "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
            raise KeyError(path)
        if not self._is_passable(inside):
            raise OSError(errno.ELOOP, "behind a symbolic link, which is not followed", path)
        try:
            handle = os.open(f"{self.root}/{inside}/{name}", _FLAGS)
        except FileNotFoundError:
            raise KeyError(path) from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise OSError(errno.ELOOP, "a symbolic link, which is not followed", path) from error
            raise
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "not a regular file", path)
        with os.fdopen(handle, "rb") as file:
            if status.st_size > MAX_BYTES:
                raise OSError(errno.EFBIG, f"larger than {MAX_BYTES:,} bytes", path)
            return file.read(MAX_BYTES + 1)

    def _is_passable(self, inside: str) -> bool:
        known = self._passable.get(inside)
        if known is None:
            folder = f"{self.root}/{inside}".rstrip("/")
            known = self._passable[inside] = os.path.realpath(folder) == os.path.normpath(folder)
        return known


def _walk(root: str) -> Iterator[str]:
    folders = [""]
    while folders:
        prefix = folders.pop()
        try:
            with os.scandir(f"{root}/{prefix}") as members:
                for member in members:
                    if not member.is_dir(follow_symlinks=False):
                        yield prefix + member.name
                    elif not _skipped(Path(member)):
                        folders.append(f"{prefix}{member.name}/")
        except OSError:  # listed as what cannot be read, so that it is not dropped in silence
            yield prefix.rstrip("/")


def _skipped(folder: Path) -> bool:
    hidden = folder.name.startswith(".") and folder.name != ".costgate" and folder.name not in prompt_folders()
    return hidden or folder.name in _SKIPPED or (folder / "pyvenv.cfg").exists()
