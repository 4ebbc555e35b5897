"""What a run rests on, noted while it runs, so that its answer can be given again as long as all of that is the same."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from costgate.model.config import Config
from costgate.model.tree import Entry, Tree
from costgate.store.answers import digest, is_told, names_of, told_by


@dataclass(slots=True)
class Rest:
    """Digests of what was read, "" for what could not be; the names of the tree; the files that configured the run."""

    root: str = ""
    contents: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    steady: bool = True
    """Whether all of it was the same whenever it was looked at, and nothing else was."""
    _tree: Tree | None = None

    def watch(self, tree: Tree, root: Path) -> Tree:
        """The same tree, with a note of what is read of it."""
        self.root, self._tree = os.path.realpath(root), tree
        self.told = told_by(self.root)
        return _Watched(tree, self)

    def note(self, config: Config, again: Callable[[], Config]) -> None:
        """What a configuration extends. Of packs, nested files and predicates there is no telling: they are asked anew each time."""
        files = [each for each in config.extends if ":" not in each]
        plain = len(files) == len(config.extends) and not config.rule_files and not config.raw.get("nested")
        plain = plain and not config.predicates  # code of another distribution, which may stand in a work tree of its own
        self.told |= told_by(self.root, files)
        # what was just noted is what was read only if reading it once more says the same
        self.steady = self.steady and plain and (not files or again().sha256 == config.sha256)

    def names(self) -> str:
        """A digest of the names of the tree; "" where there is no telling what the run rests on."""
        if self._tree is None or not self.steady or not is_told(self.root, self.told):
            return ""
        return names_of((each.path, each.kind, each.blob) for each in self._tree.entries())


class _Watched:
    """A tree that notes what is read of it."""

    def __init__(self, tree: Tree, rest: Rest) -> None:
        self.label = tree.label
        self._tree, self._rest = tree, rest

    def entries(self) -> tuple[Entry, ...]:
        return self._tree.entries()

    def read(self, path: str) -> bytes:
        try:
            data = self._tree.read(path)
        except (OSError, KeyError):
            self._note(path, "")
            raise
        self._note(path, digest(data))
        return data

    def __contains__(self, path: str) -> bool:
        return path in self._tree

    def _note(self, path: str, found: str) -> None:
        if self._rest.contents.setdefault(path, found) != found:
            self._rest.steady = False
