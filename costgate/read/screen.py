"""A first look at single files, on bytes alone and without any parser: can this file matter to the bill?"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from costgate.model.tree import Cache

_HERE = Path(__file__).parent.parent / "knowledge"
HUGE = 60_000_000


def may_matter(file: Path, cache: Cache) -> bool:
    """Whether a file holds a call, or is no Python file (a prompt or a setting that a call may read)."""
    if file.suffix != ".py":
        return True
    data = file.read_bytes() if file.stat().st_size < HUGE else b""
    return not data or _pattern(cache).search(data) is not None or b"costgate:" in data


def _pattern(cache: Cache) -> re.Pattern[bytes]:
    """The prefilter, remembered under a digest of the knowledge files' names, sizes and times."""
    state = hashlib.sha256()
    for folder in ("sdks", "retries"):
        for path in sorted((_HERE / folder).glob("*.yaml")):
            about = path.stat()
            state.update(f"{path.name}\0{about.st_size}\0{about.st_mtime_ns}\0".encode())
    known = cache.get("prefilter", state.hexdigest())
    if not isinstance(known, str):
        from costgate.knowledge.sdks import load_sdks
        from costgate.read.prefilter import pattern

        made = load_sdks()
        known = pattern(made["needles"], made["tails"]).pattern.decode("latin-1")
        cache.put("prefilter", state.hexdigest(), known)
    return re.compile(known.encode("latin-1"))
