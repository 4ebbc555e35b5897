"""The hash of a line by which code scanning knows a finding again when code above it moves.

It is the one that GitHub's uploader computes where a SARIF file has none: over the hundred UTF-16 units from the line's
start on that are no blanks, as a number in base 37, with a count of earlier lines that have the same.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

_UNITS, _BASE, _WRAP = 100, 37, 1 << 64
_BLANK = str.maketrans("", "", " \t")
_END = "\uffff"


def line_hashes(text: str, lines: Collection[int]) -> dict[int, str]:
    """Line -> hash, for those of `lines` (from 1) that the text has."""
    wanted = set(lines)
    rows = [row.translate(_BLANK) for row in _lines(text)]
    rows[-1] += _END
    whole = "".join(rows).encode("utf-16-le", "surrogatepass")
    starts, start = [], 0
    for row in rows:
        starts.append(start)
        start += len(row.encode("utf-16-le", "surrogatepass"))
    seen: dict[bytes, int] = {}
    found = {}
    for number, at in enumerate(islice(starts, max(wanted, default=0)), 1):
        window = whole[at : at + 2 * _UNITS]
        seen[window] = seen.get(window, 0) + 1
        if number in wanted:
            found[number] = f"{_number(window):x}:{seen[window]}"
    return found


def _lines(text: str) -> list[str]:
    """Each with its end as one line feed; the last without."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [f"{row}\n" for row in rows[:-1]] + rows[-1:]


def _number(window: bytes) -> int:
    value = 0
    for at in range(0, 2 * _UNITS, 2):
        value = value * _BASE + int.from_bytes(window[at : at + 2], "little")
    return value % _WRAP
