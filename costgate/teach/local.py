"""The SDK files at hand: those of the package, and those that the repository around a folder teaches."""

from __future__ import annotations

from pathlib import Path

from costgate.config import load_config, teach
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.text import decoded
from costgate.store.git import find_root
from costgate.store.trees import FilesTree

FOLDER = Path(".costgate") / "sdks"


def taught_at(start: Path, explicit: Path | None = None) -> Config:
    """The configuration of the repository or folder, with its SDK files as they are on disk."""
    root = find_root(start) or start
    files = {f"{FOLDER.as_posix()}/{path.name}": text_of(path) for path in sorted((root / FOLDER).glob("*.y*ml"))}
    return teach(load_config(root, explicit), FilesTree(files))


def text_of(path: Path) -> str:
    """The text of one file; UserError where there is none."""
    if not path.is_file():
        raise UserError("no such file", where=str(path))
    return decoded(path.read_bytes(), str(path))
