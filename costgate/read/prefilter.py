"""Which files can hold a call: a byte scan for the names that SDK data gives, before anything is decoded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any


def pattern(needles: Iterable[str], tails: Iterable[str], http: Mapping[str, Any]) -> re.Pattern[bytes]:
    """One expression over the names of modules, the ends of call paths and the model endpoints of raw HTTP."""
    words = sorted({needle.split(".")[0] for needle in needles if not needle.startswith("from ")}, key=len, reverse=True)
    imports = [needle.encode() for needle in needles if needle.startswith("from ")]
    ends = [re.escape(tail.encode()) + rb"\s*\(" for tail in sorted(tails, key=len, reverse=True)]
    names = rb"\b(?:" + b"|".join(re.escape(word.encode()) for word in words) + rb")\b"
    addresses = needle(http["needles"], http["quoted"]).pattern
    return re.compile(b"|".join([names, *map(re.escape, imports), *(rb"\." + end for end in ends), addresses]))


def needle(sure: Iterable[str], quoted: Iterable[str]) -> re.Pattern[bytes]:
    """The ends of addresses; those that other services have too only where the string, or its path, ends there."""
    ends = [re.escape(each.encode()) for each in sure]
    ends += [re.escape(each.encode()) + rb"/?[\"'?]" for each in quoted]
    return re.compile(b"|".join(ends))
