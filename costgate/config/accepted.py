"""The baseline of a tree: from the file that the configuration names to its entries."""

from __future__ import annotations

from typing import Any

from costgate.judge.baseline import parse_baseline
from costgate.model.error import UserError
from costgate.model.tree import Tree

DEFAULT = "costgate-baseline.json"
"""Where a baseline goes as long as the configuration names no file."""


def tree_baseline(tree: Tree, path: str | None) -> dict[str, dict[str, Any]]:
    """Fingerprint -> entry; nothing without a path. A file that is named and not there is a mistake, not an empty one."""
    if path is None:
        return {}
    try:
        text = tree.read(path).decode("utf-8-sig")
    except KeyError:
        hint = "make it with: costgate baseline create"
        raise UserError(f"no such file in the {tree.label}, though `baseline:` names it", where=path, hint=hint) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", where=path) from error
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8", where=path) from error
    return parse_baseline(text, path)
