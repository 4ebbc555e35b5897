"""Readings of whole trees that an earlier run has made, known again by the content of all that was read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costgate.model.loading import Loading
from costgate.model.snapshot import Reading
from costgate.model.tree import Cache, NoCache, Tree
from costgate.read.extract import key_of
from costgate.read.packed import UnpackError, pack, unpack
from costgate.read.watched import Watched

if TYPE_CHECKING:
    from costgate.read.focus import Focus

_HERE = Path(__file__).parent
READERS = (_HERE, _HERE / "prompts", _HERE.parent / "model", _HERE.parent / "knowledge")
"""The folders with the code and the data that decide what is read."""
_KIND = "reading"
_LISTED = "listed"


def reading_of(
    tree: Tree,
    knowledge: Mapping[str, Any],
    cache: Cache,
    tell: Callable[[int, int], None],
    *,
    reach: bool,
    focus: Focus | None = None,
    apart: bool = True,
) -> Reading:
    """The reading of a tree: the remembered one where nothing that it rests on has changed, else a new one.

    A tree that no run has read is read at once, and its digests are taken on the way. `apart`: whether other processes may do
    that in place of this one, where nobody notes what it reads.
    """
    if isinstance(cache, NoCache):
        return _read(tree, knowledge, cache, tell, {}, reach=reach, focus=focus)
    listing = _listing(tree) if focus is None else ""
    is_new = apart and focus is None and cache.get(_LISTED, listing) is None
    contents = _contents(tree, focus, read=not is_new)
    if not is_new:
        known = _known(tree, cache.get(_KIND, _key(tree, knowledge, contents, reach=reach, focus=focus)))
        if known is not None:
            return known
    watched = Watched(tree, lambda path: _is_keyed(path, focus))
    reading = _read(watched, knowledge, cache, tell, contents, reach=reach, focus=focus)
    key = _key(tree, knowledge, contents, reach=reach, focus=focus)
    try:
        cache.put(_KIND, key, {"data": watched.others, "reading": pack(reading)})
    except UnpackError:  # a part of no plain kind: made anew each time
        return reading
    if focus is None:
        cache.put(_LISTED, listing, 1)
    return reading


def is_remembered(tree: Tree, knowledge: Mapping[str, Any], cache: Cache, *, reach: bool) -> bool:
    """Whether an earlier run has read the whole of a tree with these paths and this code."""
    if isinstance(cache, NoCache) or cache.get(_LISTED, _listing(tree)) is None:
        return False
    return cache.get(_KIND, _key(tree, knowledge, _contents(tree, None), reach=reach)) is not None


def _read(
    tree: Tree,
    knowledge: Mapping[str, Any],
    cache: Cache,
    tell: Callable[[int, int], None],
    contents: dict[str, str],
    *,
    reach: bool,
    focus: Focus | None,
) -> Reading:
    with Loading():
        from costgate.read.link import read_tree
        from costgate.read.scanned import Scanned

    scanned = Scanned(cache, contents, _known_by(knowledge))
    return read_tree(tree, knowledge, cache, tell, reach=reach, focus=focus, scanned=scanned)


def _known(tree: Tree, found: Any) -> Reading | None:
    if not isinstance(found, dict) or not isinstance(found.get("data"), dict):
        return None
    if any(_content(tree, path) != content for path, content in found["data"].items()):
        return None
    try:
        reading = unpack(found.get("reading"))
    except UnpackError:
        return None
    return reading if isinstance(reading, Reading) else None


def _content(tree: Tree, path: str) -> str | None:
    try:
        return key_of(tree.read(path))
    except (OSError, KeyError):
        return None


def _known_by(knowledge: Mapping[str, Any]) -> str:
    """What is known of SDKs, and the code that reads."""
    return f"{reader()} {knowledge['digest']} {sorted(knowledge['aliases'].items())}"


def _key(
    tree: Tree, knowledge: Mapping[str, Any], contents: Mapping[str, str], *, reach: bool, focus: Focus | None = None
) -> str:
    """All paths of the tree, the content of its Python files, what is known of SDKs, and the code that reads.

    With a focus, of the files in it: what else a reading opens is noted as it does so. A file without content could not be read.
    """
    state = hashlib.sha256(f"{_known_by(knowledge)} {reach}".encode())
    for group in () if focus is None else (focus.files, focus.around):
        state.update("\n".join(sorted(group)).encode(errors="surrogatepass") + b"\0")
    for entry in tree.entries():
        content = contents.get(entry.path) if entry.kind == "file" and _is_keyed(entry.path, focus) else ""
        state.update(f"{entry.path}\0{entry.kind}\0{content}\0".encode(errors="surrogatepass"))
    return state.hexdigest()


def _contents(tree: Tree, focus: Focus | None, *, read: bool = True) -> dict[str, str]:
    """The content of each Python file, as far as it can be read; without `read`, as far as it is known.

    To share this out takes more of the processors than it saves time.
    """
    files = (each for each in tree.entries() if each.kind == "file" and _is_keyed(each.path, focus))
    found = ((each.path, each.blob or (_content(tree, each.path) if read else None)) for each in files)
    return {path: content for path, content in found if content is not None}


def _is_keyed(path: str, focus: Focus | None) -> bool:
    """Whether what a file holds is a part of the key."""
    return path.endswith(".py") and (focus is None or path in focus.files or path in focus.around)


def _listing(tree: Tree) -> str:
    """A digest of the names of a tree, which costs no look at a file."""
    names = "\n".join(f"{entry.path}\0{entry.kind}" for entry in tree.entries())
    return hashlib.sha256(f"{reader()}\n{names}".encode(errors="surrogatepass")).hexdigest()


@once
def reader() -> str:
    """A digest of the code and the packaged data that decide what is read."""
    state = hashlib.sha256()
    for folder in READERS:
        for path in sorted(each for each in folder.iterdir() if each.suffix in (".py", ".yaml")):
            state.update(path.name.encode() + b"\0" + path.read_bytes())
    return state.hexdigest()
