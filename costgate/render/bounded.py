"""Texts of a report cut to what its schema takes, so that whatever the judged tree says, its saved report is read again."""

from __future__ import annotations

import hashlib
from typing import Any

LONGEST = 4_000
LONGEST_PATH = 65_536
_KEPT = frozenset({"help", "text"})
"""What a rule says, and code to be put in: half of that would be wrong."""


def bounded(node: Any, name: str = "") -> Any:
    """The same part of a document; a text that is too long ends in a digest of all of it, so that what was one stays one."""
    if isinstance(node, dict):
        return {key: bounded(value, key) for key, value in node.items()}
    if isinstance(node, list):
        return [bounded(each, name) for each in node]
    most = LONGEST_PATH if name == "path" else LONGEST
    if not isinstance(node, str) or len(node) <= most or name in _KEPT:
        return node
    return f"{node[: most - 20]}… {hashlib.sha256(node.encode(errors='surrogatepass')).hexdigest()[:16]}"
