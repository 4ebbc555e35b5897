"""Exact token counts of short texts, looked up in the rank data as it lies on disk: no encoder has to be built for a prompt.

The same answer as the library's or none. None is given for a text that is not short, for a character whose class may
differ between versions of Unicode, and once so much was counted that building the encoder pays.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

from costgate.knowledge.ranks import pattern, sections, table

WORTH_AN_ENCODER = 40_000
"""Characters in one run after which the library's encoder is quicker, its making included."""
_LONGEST_PIECE = 400
_MOST_CLASSES = 120
_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space as the library's expressions mean it; Python's has some control characters more."""
_FOLDED = frozenset("\u017f\u212a")
"""Letters that are an ASCII letter where case does not count."""
_PARTS = re.compile(r"\\p\{(\w+)\}|\\s|\\S|\[|\]|\$|\\.")
_CASES = {"L": ("Lu", "Ll", "Lt", "Lm", "Lo"), "N": ("Nd", "Nl", "No"), "M": ("Mn", "Mc", "Me")}


def count(text: str, encoding: str) -> int | None:
    """The tokens of a text; None where the library has to say."""
    return _counter(encoding).count(text)


@cache
def _counter(encoding: str) -> _Counter:
    return _Counter(encoding)


class _Counter:
    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._left = WORTH_AN_ENCODER
        self._data = b""
        self._sections: dict[int, tuple[int, int]] = {}
        self._known: dict[bytes, int] = {}

    def count(self, text: str) -> int | None:
        self._left -= len(text)
        if self._left < 0:
            return None
        classes = _classes(text)
        if classes is None:
            return None
        if not self._data:
            self._data = table(self._encoding)
            self._sections = {length: (start, number) for length, start, number in sections(self._data)}
        total = 0
        for piece in _split(self._encoding, classes).findall(text):
            found = self._piece(piece.encode())
            if found is None:
                return None
            total += found
        return total

    def _piece(self, piece: bytes) -> int | None:
        known = self._known.get(piece)
        if known is None:
            if len(piece) > _LONGEST_PIECE:
                return None
            known = 1 if self._rank(piece) is not None else self._merged(piece)
            self._known[piece] = known
        return known

    def _merged(self, piece: bytes) -> int:
        """How many tokens are left when the pair of the lowest rank is joined, again and again, the first of equals."""
        parts = [piece[at : at + 1] for at in range(len(piece))]
        ranks = [self._rank(one + other) for one, other in pairwise(parts)]
        while True:
            best = min((rank for rank in ranks if rank is not None), default=None)
            if best is None:
                return len(parts)
            at = ranks.index(best)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
            del ranks[at]
            if at < len(ranks):
                ranks[at] = self._rank(parts[at] + parts[at + 1])
            if at:
                ranks[at - 1] = self._rank(parts[at - 1] + parts[at])

    def _rank(self, token: bytes) -> int | None:
        length = len(token)
        if length not in self._sections:
            return None
        data, (start, number) = self._data, self._sections[length]
        low, high = 0, number
        while low < high:
            middle = (low + high) // 2
            at = start + middle * length
            if data[at : at + length] < token:
                low = middle + 1
            else:
                high = middle
        at = start + low * length
        if low == number or data[at : at + length] != token:
            return None
        at = start + number * length + 3 * low
        return int.from_bytes(data[at : at + 3], "big")


def _classes(text: str) -> tuple[tuple[str, str], ...] | None:
    """The characters beyond ASCII, with the class of each; None where one is of a class that is not sure."""
    if text.isascii():
        return ()
    found = sorted({character for character in text if character > "\x7f"})
    classes = tuple((character, unicodedata.category(character)) for character in found)
    if len(found) > _MOST_CLASSES or any(kind in ("Cn", "Cs") or each in _FOLDED for each, kind in classes):
        return None
    return classes


@cache
def _split(encoding: str, classes: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """The library's expression in Python's dialect, for texts that hold no other characters beyond ASCII than these."""
    written: list[str] = []
    inside = False
    at = 0
    whole = pattern(encoding)
    for found in _PARTS.finditer(whole):
        written.append(whole[at : found.start()])
        at = found.end()
        word = found.group()
        if word in ("[", "]"):
            inside = word == "["
        elif word == "$":
            word = r"\Z"
        elif word == r"\S":
            word = f"[^{_SPACE}]"
        elif word == r"\s":
            word = _SPACE if inside else f"[{_SPACE}]"
        elif found.group(1):
            members = _members(found.group(1), classes)
            word = members if inside else f"[{members}]" if members else "(?!)"
        written.append(word)
    written.append(whole[at:])
    return re.compile(re.sub(r"\(\?i:", "(?ai:", "".join(written)))


def _members(name: str, classes: tuple[tuple[str, str], ...]) -> str:
    kinds = _CASES.get(name, (name,))
    own = {"Lu": "A-Z", "Ll": "a-z", "Nd": "0-9"}
    return "".join(own.get(kind, "") for kind in kinds) + "".join(each for each, kind in classes if kind in kinds)
