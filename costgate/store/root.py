"""Where the repository begins that a path lies in, told without git: the hook asks it of every commit."""

from __future__ import annotations

import os
from pathlib import Path


def find_root(path: Path) -> Path | None:
    """The top level of the repository that a path lies in; None outside of any."""
    start = Path(os.path.realpath(path))
    for folder in (start, *start.parents):
        mark = folder / ".git"
        if mark.is_file() or (mark / "HEAD").exists() or (mark / "HEAD").is_symlink():
            return folder
    return None
