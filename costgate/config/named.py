"""Files of a tree that the configuration names or implies, as text."""

from __future__ import annotations

from costgate.model.error import UserError
from costgate.model.text import decoded
from costgate.model.tree import Tree


def named_text(tree: Tree, path: str, key: str | None, hint: str = "") -> str:
    """The file that `key:` names, or that is there by custom (None). One that is not there is a mistake, not an empty one."""
    try:
        return decoded(tree.read(path), path)
    except KeyError:
        named = f", though `{key}:` names it" if key is not None else ""
        raise UserError(f"no such file in the {tree.label}{named}", where=path, hint=hint) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", where=path) from error


def listed_text(tree: Tree, path: str, most: int) -> str:
    """A file that the tree lists, of at most that many bytes."""
    try:
        data = tree.read(path)
    except (OSError, KeyError) as error:
        why = getattr(error, "strerror", None) or "it is listed and not there"
        raise UserError(f"cannot be read: {why}", where=path) from error
    if len(data) > most:
        raise UserError(f"larger than {most:,} bytes", where=f"{path}:1")
    return decoded(data, path)
