"""Which files can hold a call: a byte scan for the names that SDK data gives, before anything is decoded."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import ahocorasick

from costgate.read.hints import LINE, OPEN, Hints

_CALLED = re.compile(rb"\s*\(")
_GIVEN = re.compile(rb"\s*\(\s*+(?!\))")
_ENDED = re.compile(rb"/?[\"'?]")
_PIECE = 1 << 20
"""Bytes searched at once: of each, a copy is made."""
_WORD = re.compile(rb"\w")
_PAYS = 2_000_000
"""After so many bytes it pays to make what passes over files quickly: that takes as long as a search of half of them."""
_IMPORTS = re.compile(rb"\bimport\b|\bfrom[ \t]+\Z|[\"']\Z")
_LISTED = re.compile(rb"[ \t]*(?:as[ \t]+\w+[ \t]*)?(?:[,)\\]|\r?\n|\Z)")


class Scan:
    """Looks for many texts at once, some of which count only by what stands around them.

    `words` stand alone, `plain` anywhere; `modules` are words that an import names, or a string: many are plain English.
    `called` are followed by an opening parenthesis, `given` by one with something in it, `ended` by the end of a string, or of
    an address's path.
    """

    def __init__(
        self,
        words: Iterable[str] = (),
        plain: Iterable[str] = (),
        called: Iterable[str] = (),
        ended: Iterable[str] = (),
        modules: Iterable[str] = (),
        given: Iterable[str] = (),
    ) -> None:
        kinds: dict[str, list[str]] = {}
        every = {"word": words, "plain": plain, "called": called, "given": given, "ended": ended, "module": modules}
        for kind, texts in every.items():
            for text in set(texts):
                kinds.setdefault(text.encode().decode("latin-1"), []).append(kind)
        self._automaton = ahocorasick.Automaton()
        for text, found in kinds.items():
            self._automaton.add_word(text, (len(text), tuple(found)))
        self._automaton.make_automaton()
        self._longest = max(map(len, kinds), default=0)
        self._kinds = kinds
        self._searched = 0
        self._hints: Hints | None = None

    def search(self, data: bytes, start: int = 0, end: int | None = None) -> bool:
        """Whether one of the texts is there, between two offsets."""
        data = data[start:end] if start or end is not None else data
        return bool(self._longest) and self._perhaps(data) and any(self._holds(data, *each) for each in self._found(data))

    def texts(self, data: bytes) -> set[str]:
        """Those of the texts that count wherever they stand that are there."""
        found = self._found(data) if self._longest and self._perhaps(data) else ()
        return {data[start:end].decode() for start, end, kinds in found if "plain" in kinds}

    def _perhaps(self, data: bytes) -> bool:
        if self._hints is not None:
            return self._hints.search(data)
        self._searched += len(data)
        if self._searched > _PAYS:
            modules = {text.encode("latin-1") for text, kinds in self._kinds.items() if "module" in kinds}
            texts = (text.encode("latin-1") for text, kinds in self._kinds.items() if kinds != ["module"])
            self._hints = Hints(texts, modules)
        return True

    def _found(self, data: bytes) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        for base in range(0, len(data), _PIECE):
            first = max(base - self._longest, 0)
            for last, (length, kinds) in self._automaton.iter(data[first : base + _PIECE].decode("latin-1")):
                yield first + last + 1 - length, first + last + 1, kinds

    @staticmethod
    def _holds(data: bytes, start: int, end: int, kinds: Iterable[str]) -> bool:
        around = data[max(start - 1, 0) : start] + data[end : end + 1]
        counts = {
            "plain": True,
            "word": not _WORD.search(around),
            "module": not _WORD.search(around) and _is_imported(data, start, end),
            "called": _CALLED.match(data, end) is not None,
            "given": _GIVEN.match(data, end) is not None,
            "ended": _ENDED.match(data, end) is not None,
        }
        return any(counts[kind] for kind in kinds)


def _is_imported(data: bytes, start: int, end: int) -> bool:
    """Whether a name stands in an import, on a line of a list that may be one of an import, or at the start of a string."""
    line = data[max(start - LINE, 0) : start].rpartition(b"\n")[2]
    if _IMPORTS.search(line) is not None:
        return True
    listed = len(line) < LINE and not line.strip() and _LISTED.match(data, end) is not None
    return listed and OPEN.search(data) is not None


def wanted(knowledge: Mapping[str, Any], needles: Collection[str] = (), marks: Iterable[str] = (), own: Iterable[str] = ()) -> Scan:
    """The ends of call paths and the model endpoints of raw HTTP, with names of modules and marks of SDKs.

    `own`: what a tree may have itself, its names for calls and modules that are generated: these count wherever they stand.
    The end of a path that is known without its SDK counts where something is passed: it is known by that.
    """
    http, tails = knowledge["http"], knowledge["tails"]
    return Scan(
        words=own,
        modules=(*(each.split(".")[0] for each in needles if not each.startswith("from ")), *marks),
        plain=(*(each for each in needles if each.startswith("from ")), *http["needles"]),
        called=(f".{tail}" for tail in tails if tail not in knowledge["untyped"]),
        given=(f".{tail}" for tail in tails if tail in knowledge["untyped"]),
        ended=http["quoted"],
    )


def ends(http: Mapping[str, Any]) -> Scan:
    """The ends of addresses; those that other services have too only where the string, or its path, ends there."""
    return Scan(plain=http["needles"], ended=http["quoted"])
