"""Two snapshots side by side: who is who, and what changed."""

from __future__ import annotations

from costgate.compare.change import compare

__all__ = ["compare"]
