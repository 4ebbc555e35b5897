"""Where the repository begins that a path lies in, told without git: the hook asks it of every commit."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def find_root(path: Path) -> Path | None:
    """The top level of the repository that a path lies in; None outside of any."""
    from pathlib import Path

    found = top_of(os.fspath(path))
    return None if found is None else Path(found)


def top_of(path: str) -> str | None:
    """The same of plain text."""
    folder = os.path.realpath(path)
    while True:
        mark = f"{folder.rstrip('/')}/.git"
        if os.path.isfile(mark) or os.path.lexists(f"{mark}/HEAD"):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
