"""The SDK files at hand: those of the package, and those that the repository around a folder teaches."""

from __future__ import annotations

import os
from pathlib import Path

from costgate.config import load_config, teach
from costgate.config.taught import FOLDER, FOLDER_PARTS
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.text import decoded
from costgate.model.tree import Entry
from costgate.store.git import find_root
from costgate.store.trees import Folder


class _Near:
    """A folder of which only what teaches is listed, so that a large repository is not gone through."""

    label = "folder"

    def __init__(self, root: Path) -> None:
        self._folder = Folder(root)

    def entries(self) -> tuple[Entry, ...]:
        """The files of the folder that teaches; that folder itself where it is none."""
        for path in FOLDER_PARTS:
            top = self._folder.entry(path.rstrip("/"))
            if top is None or top.kind == "symlink":
                return () if top is None else (top,)
        walked = os.walk(f"{self._folder.root}/{FOLDER}")
        paths = sorted(Path(at, name) for at, folders, names in walked for name in (*folders, *names))
        found = (self._folder.entry(path.relative_to(self._folder.root).as_posix()) for path in paths)
        return tuple(entry for entry in found if entry is not None and entry.kind != "submodule")

    def read(self, path: str) -> bytes:
        """The bytes of one file; KeyError when there is none, OSError when it cannot be read."""
        return self._folder.read(path)

    def __contains__(self, path: str) -> bool:
        return self._folder.entry(path) is not None


def taught_at(start: Path, explicit: Path | None = None) -> Config:
    """The configuration of the repository or folder, with its SDK files as they are on disk."""
    root = find_root(start) or start
    return teach(load_config(root, explicit), _Near(root))


def text_of(path: Path) -> str:
    """The text of one file; UserError where there is none."""
    if not path.is_file():
        raise UserError("no such file", where=str(path))
    return decoded(path.read_bytes(), str(path))
