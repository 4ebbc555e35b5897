"""What would make a finding go away: a few edits, and whether they keep what the program does."""

from __future__ import annotations

from dataclasses import dataclass

from costgate.model.value import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes `start` to `end` of a file become `text`; `span` is the same place in lines and columns."""

    path: str
    start: int
    end: int
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Fix:
    """The edits for one finding. `safe`: every request that worked is answered as before."""

    fingerprint: str
    rule: str
    safe: bool
    edits: tuple[Edit, ...]
