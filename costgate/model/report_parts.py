"""The small parts that everything in a report is made of."""

from __future__ import annotations

from typing import TypedDict


class RangeDoc(TypedDict):
    """low, likely, high: int for tokens, decimal string for money."""

    low: int | str
    likely: int | str | None
    high: int | str | None
    unbounded: bool
    basis: str


class GapDoc(TypedDict):
    """Something we could not know."""

    path: str | None
    line: int | None
    what: str
    why: str
