"""What holds for one run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from costgate.model.tree import Cache


@dataclass(frozen=True, slots=True)
class Setting:
    """The date that verdicts may depend on (YYYY-MM-DD), the cache, an explicit file, a threshold, a persona."""

    as_of: str
    cache: Cache
    config: Path | None = None
    fail_on: str | None = None
    persona: str | None = None
