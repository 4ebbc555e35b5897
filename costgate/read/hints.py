"""Expressions that pass over most files in which none of many texts stands, at the speed of a search for one byte.

An expression that begins with one plain byte is looked for as fast as that byte. So each begins where a text has a mark
that is rare in code, or with what has to stand before a name that is imported.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

LINE = 400
"""So far before a name it is looked what stands on its line; some generated lines have no end."""
OPEN = re.compile(rb"import[^\n(\\]{0,400}[(\\]")
"""What a list of imported names over several lines begins with."""
_MARKS = b"./:"
_SPACE = rb"[ \t\r\v\f]{0,400}+"


class Hints:
    """`texts` may stand anywhere, `modules` where `costgate.read.prefilter` counts them. Finds more than it should."""

    def __init__(self, texts: Iterable[bytes], modules: Iterable[bytes]) -> None:
        groups: dict[bytes, set[bytes]] = defaultdict(set)
        for text in texts:
            at = min((found for mark in _MARKS if (found := text.find(mark)) >= 0), default=0)
            groups[text[at : at + 1] if at or text[:1] in _MARKS else text[:4]].add(text[at:])
        self._anywhere = [re.compile(_any_of(group)) for group in groups.values()]
        names = _any_of(set(modules))
        self._listed: re.Pattern[bytes] | None = None
        if not names:
            return
        self._anywhere += [
            re.compile(b'"' + names),
            re.compile(b"'" + names),
            re.compile(rb"from[ \t]+" + names),
            re.compile(rb"import[^\n]{0,%d}?\b" % LINE + names),
        ]
        self._listed = re.compile(rb"\n" + _SPACE + names)
        self._first = re.compile(_SPACE + names)

    def search(self, data: bytes) -> bool:
        """Whether one of the texts may be there."""
        if any(each.search(data) for each in self._anywhere):
            return True
        if self._listed is None or not OPEN.search(data):
            return False
        return self._listed.search(data) is not None or self._first.match(data) is not None


def _any_of(texts: set[bytes]) -> bytes:
    """An expression of several texts in which those that begin alike share their beginning; "" for none."""
    tree: dict[int, Any] = {}
    for text in sorted(texts, key=len):  # one that begins with another is found by that
        node: dict[int, Any] | None = tree
        for byte in text[:-1]:
            node = node.setdefault(byte, {}) if node is not None else None
        if node is not None and text:
            node.setdefault(text[-1], None)
    return _written(tree) if tree else b""


def _written(tree: dict[int, Any]) -> bytes:
    ways = [re.escape(bytes((byte,))) + (b"" if below is None else _written(below)) for byte, below in sorted(tree.items())]
    return ways[0] if len(ways) == 1 else b"(?:" + b"|".join(ways) + b")"
