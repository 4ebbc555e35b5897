"""A first look at single files, on bytes alone and without any parser: can this file matter to the bill?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent.parent / "knowledge"
HUGE = 60_000_000
_ENDS = ('"', "'", "?", '/"', "/'", "/?")


def may_matter(file: Path, needles: list[bytes]) -> bool:
    """Whether a file holds a call, or is no Python file (a prompt or a setting that a call may read)."""
    if file.suffix != ".py" or file.stat().st_size >= HUGE:
        return True
    data = file.read_bytes()
    return b"costgate:" in data or any(needle in data for needle in needles)


def teaches(root: Path) -> bool:
    """Whether a folder seems to have SDK files or aliases of its own, which make other files matter than the names shipped."""
    if any((root / ".costgate" / "sdks").glob("*.y*ml")):
        return True
    configs = [root / name for name in ("costgate.yaml", "costgate.yml", "pyproject.toml")]
    told = [file.read_bytes() for file in configs if file.is_file() and file.stat().st_size < HUGE]
    return any(b"sdks" in data or b"aliases" in data for data in told)


def is_told(root: Path) -> bool:
    """Whether a folder has a configuration or rules of its own."""
    if (root / ".costgate").is_dir() or any((root / name).exists() for name in ("costgate.yaml", "costgate.yml")):
        return True
    project = root / "pyproject.toml"
    return project.is_file() and b"costgate" in project.read_bytes()


def needles(get: Callable[[str, str], Any], put: Callable[[str, str, Any], None]) -> list[bytes]:
    """Texts of which a file with a call has one at least; remembered under the knowledge files' sizes and times.

    Wider than the prefilter (no word boundaries), and ready without compiling an expression of that size.
    """
    state = hashlib.sha256()
    for folder in ("sdks", "retries", "http"):
        for path in sorted((_HERE / folder).glob("*.yaml")):
            about = path.stat()
            state.update(f"{path.name}\0{about.st_size}\0{about.st_mtime_ns}\0".encode())
    known = get("needles", state.hexdigest())
    if not isinstance(known, list):
        from costgate.knowledge.sdks import compiled

        made = compiled(())
        known = sorted({*(each.split(".")[0] if not each.startswith("from ") else each for each in made["needles"])})
        known += [*made["marks"], *(f".{tail}" for tail in made["tails"])]
        known += [*made["http"]["needles"], *(f"{each}{end}" for each in made["http"]["quoted"] for end in _ENDS)]
        put("needles", state.hexdigest(), known)
    return [str(each).encode() for each in known]
