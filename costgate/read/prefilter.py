"""Which files can hold a call: a byte scan for the names that SDK data gives, before anything is decoded."""

from __future__ import annotations

import re
from collections.abc import Iterable


def pattern(needles: Iterable[str], tails: Iterable[str]) -> re.Pattern[bytes]:
    """One expression over the names of modules and the ends of call paths."""
    words = sorted({needle.split(".")[0] for needle in needles if not needle.startswith("from ")}, key=len, reverse=True)
    imports = [needle.encode() for needle in needles if needle.startswith("from ")]
    ends = [re.escape(tail.encode()) + rb"\s*\(" for tail in sorted(tails, key=len, reverse=True)]
    names = rb"\b(?:" + b"|".join(re.escape(word.encode()) for word in words) + rb")\b"
    return re.compile(b"|".join([names, *map(re.escape, imports), *(rb"\." + end for end in ends)]))
