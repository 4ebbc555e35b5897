"""What lies below a folder on disk: nothing outside of it is read, and no link is followed. Loads nothing heavy."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 64_000_000
"""A larger file is refused with OSError: whatever it is, no person wrote it."""

_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})

# without O_NONBLOCK, opening a pipe would wait for a writer
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Inside:
    """A folder on disk that nothing is read outside of."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.path.realpath(root)
        self._passable: dict[str, bool] = {}

    def at(self, path: str) -> tuple[str, int] | None:
        """Kind (file | symlink | folder) and size of what stands at a path; None for nothing, or for a device or pipe.

        What cannot be looked at, such as a path that is too long, is taken for a file, or a folder where a slash ends it:
        reading it says why.
        """
        try:
            status = os.lstat(f"{self.root}/{path}")
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        except OSError:
            return ("folder" if path.endswith("/") else "file"), 0
        if stat.S_ISREG(status.st_mode):
            return "file", status.st_size
        if stat.S_ISLNK(status.st_mode):
            return "symlink", 0
        return ("folder", 0) if stat.S_ISDIR(status.st_mode) else None

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
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", path)
            if status.st_size > MAX_BYTES:
                raise OSError(errno.EFBIG, f"larger than {MAX_BYTES:,} bytes", path)
            return _all_of(handle, status.st_size)
        finally:
            os.close(handle)

    def walk(self, kept: frozenset[str]) -> Iterator[str]:
        """The paths of all files but those in hidden folders (other than `kept`), environments and installed packages.

        A path that ends in a slash is that of a folder that cannot be looked into, so that it is not dropped in silence.
        """
        folders = [""]
        while folders:
            prefix = folders.pop()
            try:
                with os.scandir(f"{self.root}/{prefix}") as members:
                    for member in members:
                        if not member.is_dir(follow_symlinks=False):
                            yield prefix + member.name
                        elif not _skipped(member, kept):
                            folders.append(f"{prefix}{member.name}/")
            except OSError:
                yield prefix

    def _is_passable(self, inside: str) -> bool:
        known = self._passable.get(inside)
        if known is None:
            folder = f"{self.root}/{inside}".rstrip("/")
            known = self._passable[inside] = os.path.realpath(folder) == os.path.normpath(folder)
        return known


def _all_of(handle: int, size: int) -> bytes:
    """All bytes of an open file, which may be more or less than it said a moment ago; a file object costs as much again."""
    data = os.read(handle, size + 1)
    while len(data) <= MAX_BYTES and (more := os.read(handle, 1_000_000)):
        data += more
    return data


def _skipped(folder: os.DirEntry[str], kept: frozenset[str]) -> bool:
    name = folder.name
    hidden = name.startswith(".") and name != ".costgate" and name not in kept
    return hidden or name in _SKIPPED or os.path.exists(f"{folder.path}/pyvenv.cfg")
