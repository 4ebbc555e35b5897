"""The baseline of a tree: from the file that the configuration names to its entries."""

from __future__ import annotations

from typing import Any

from costgate.config.named import named_text
from costgate.judge.baseline import parse_baseline
from costgate.model.tree import Tree

DEFAULT = "costgate-baseline.json"
"""Where a baseline goes as long as the configuration names no file."""


def tree_baseline(tree: Tree, path: str | None, *, named: bool = True) -> dict[str, dict[str, Any]]:
    """Fingerprint -> entry; nothing without a path. A file that is named and not there is a mistake, not an empty one.

    `named`: whether the configuration names it.
    """
    if path is None:
        return {}
    return parse_baseline(named_text(tree, path, "baseline" if named else None, "make it with: costgate baseline create"), path)
