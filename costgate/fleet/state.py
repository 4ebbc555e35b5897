"""What a fleet run has done so far: one small file for each repository, and its report beside it.

Files appear whole or not at all, so a run that is killed leaves nothing half done; a rerun takes up what is there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from costgate.store.replace import write_whole

DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one repository.

    `run` names the circumstances (version, configuration, date) it was made under, `item` the entry of the list. `stamp`
    is what was read: a commit, or a digest of a folder. `asked` and `found`: entries looked up in the cache.
    """

    name: str
    item: str
    run: str
    state: str
    why: str | None
    stamp: str | None
    seconds: float
    asked: int = 0
    found: int = 0


def reports(folder: Path) -> Path:
    """Where the reports are."""
    return folder / "reports"


def load(folder: Path, name: str) -> Result | None:
    """The result filed under a name, None without one, or with one that is damaged or of another version."""
    try:
        data: Any = json.loads((folder / "state" / f"{name}.json").read_text("utf-8"))
        return Result(**data)
    except (OSError, ValueError, TypeError):
        return None


def save(folder: Path, result: Result) -> None:
    """File a result. OSError when the disk is full or the folder cannot be written."""
    write(folder / "state" / f"{result.name}.json", json.dumps(asdict(result)))


def write(path: Path, text: str) -> None:
    """Write a file whole, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(str(path), text.encode())
