"""Room on the interpreter's stack for expressions that are followed through one another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

CALLS = 9_000
"""Of Python, which take no stack of the machine: up to 40 for each of the expressions that ask for one another."""


@contextmanager
def roomy() -> Iterator[None]:
    """Raise the limit on nested calls, and put it back: how deep we read must not depend on how deep our caller is."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, CALLS))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
