"""Which submodules a change may move without anybody needing to know what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from costgate.model.snapshot import Reading
from costgate.model.tree import Tree


def moved(base: Tree, head: Tree) -> frozenset[str]:
    """Submodules of both sides that stand at another commit."""
    old = {entry.path: entry.blob for entry in base.entries() if entry.kind == "submodule"}
    new = {entry.path: entry.blob for entry in head.entries() if entry.kind == "submodule"}
    return frozenset(path for path in old.keys() & new.keys() if new[path] is not None and old[path] != new[path])


def unneeded(paths: Iterable[str], sides: Iterable[tuple[Tree, Reading]]) -> frozenset[str]:
    """Those of the paths that no file on which a call rests so much as names."""
    known = frozenset(paths)
    if not known:
        return known
    texts = [data for tree, reading in sides for data in _rested_on(tree, reading)]
    return frozenset(path for path in known if not any(_word(path).search(data) for data in texts))


def _rested_on(tree: Tree, reading: Reading) -> Iterable[bytes]:
    files = {site.span.path for site in reading.calls}.union(*reading.consulted.values())
    for path in sorted(files):
        try:
            yield tree.read(path)
        except (OSError, KeyError):
            continue


def _word(path: str) -> re.Pattern[bytes]:
    """The folder's own name, as an import, a dotted name or a path would hold it."""
    name = path.rpartition("/")[2]
    return re.compile(rb"(?<![A-Za-z0-9_])" + re.escape(name.encode("utf-8", "surrogateescape")) + rb"(?![A-Za-z0-9_])")
