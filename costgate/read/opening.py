"""Which files may open a file of code that others name, by the folders that have to be written on the way to it."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable


def writing_ways(paths: Iterable[str], files: Iterable[str], bytes_of: Callable[[str], bytes]) -> set[str]:
    """Of some files those in which the way to one of `paths` may begin.

    A path is seen from the top of the tree, or from a folder that the code is in. So the first folder that is on the way to
    a file, but not to the code, has to be written: in whole, or its beginning where the rest is filled in; or one that both
    are in, where what follows is filled in. Where there is none, the name is all it takes.
    """
    targets = [posixpath.dirname(path).split("/") if "/" in path else [] for path in paths]
    by_folder: dict[str, list[str]] = defaultdict(list)
    for file in files:
        by_folder[posixpath.dirname(file)].append(file)
    found: set[str] = set()
    for folder, inside in by_folder.items():
        own = folder.split("/") if folder else []
        depths = [_common(own, target) for target in targets]
        if any(depth == len(target) for depth, target in zip(depths, targets, strict=True)):
            found.update(inside)
            continue
        words = frozenset(target[depth] for depth, target in zip(depths, targets, strict=True))
        wanted = _written(words, frozenset(own[: max(depths, default=0)]))
        found.update(file for file in inside if wanted(bytes_of(file)))
    return found


def _common(one: list[str], other: list[str]) -> int:
    return next((at for at, (own, its) in enumerate(zip(one, other, strict=False)) if own != its), min(len(one), len(other)))


def _written(words: frozenset[str], shared: frozenset[str]) -> Callable[[bytes], bool]:
    """What tells whether some bytes hold a word or how it begins, or one that is `shared` in a text."""
    whole = [word.encode(errors="surrogatepass") for word in words]
    begun = {word[:end] for word in whole for end in range(1, len(word))}
    ways = [rb"[\"'/]" + _any_of(begun) + rb"(?:[{%]|[\"'][ \t]*\+)"] if begun else []
    if shared:
        ways.append(rb"[\"'/]" + _any_of(word.encode(errors="surrogatepass") for word in shared) + rb"[\"'/{%]")
    filled = re.compile(b"|".join(ways)) if ways else None

    def holds(data: bytes) -> bool:
        return any(word in data for word in whole) or filled is not None and filled.search(data) is not None

    return holds


def _any_of(texts: Iterable[bytes]) -> bytes:
    return b"(?:" + b"|".join(map(re.escape, sorted(texts, key=len, reverse=True))) + b")"
