"""A team's own rules: the YAML files in `.costgate/rules/` of a tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from costgate.config.named import listed_text
from costgate.model.error import UserError
from costgate.model.report import ExceptionDoc
from costgate.model.tree import Tree

TEAM_FOLDER = ".costgate/rules/"
FOLDER_PARTS = (".costgate/", TEAM_FOLDER)
ENDINGS = (".yml", ".yaml")
MAX_FILES = 500
MAX_BYTES = 200_000
"""For one file. Far more than a rule with its examples needs, and little enough to check before every run."""


def team_rules(tree: Tree) -> tuple[tuple[str, str], ...]:
    """Path and text of every rule file, sorted. UserError for one that cannot be read: no rule is left out in silence."""
    entries = [each for each in tree.entries() if each.path.startswith(TEAM_FOLDER) or f"{each.path}/" in FOLDER_PARTS]
    for entry in entries:
        if entry.kind != "file":
            raise UserError(f"is a {entry.kind}, which is not followed", where=entry.path, hint="keep the files themselves")
    paths = [entry.path for entry in entries if entry.path.endswith(ENDINGS) and entry.path.startswith(TEAM_FOLDER)]
    if len(paths) > MAX_FILES:
        raise UserError(f"more than {MAX_FILES} rule files", where=TEAM_FOLDER)
    return tuple((path, listed_text(tree, path, MAX_BYTES)) for path in sorted(paths))


def rules_changed(
    base: Tree, head: Tree, old: Iterable[tuple[str, str]] = (), new: Iterable[tuple[str, str]] = ()
) -> tuple[ExceptionDoc, ...]:
    """For the report: every rule file that the head adds, removes or alters, none of which is in force for it.

    `old`, `new`: the rule files of what the two configurations extend.
    """
    before, after = {**dict(old), **dict(team_rules(base))}, {**dict(new), **dict(team_rules(head))}
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return tuple(_changed(path, before, after) for path in changed)


def _changed(path: str, before: Mapping[str, str], after: Mapping[str, str]) -> ExceptionDoc:
    way = "added" if path not in before else "removed" if path not in after else "altered"
    reason = f"rule file {way} (not in force here)"
    return {"kind": "policy", "change": way, "rules": [], "path": path, "line": 1, "reason": reason}
