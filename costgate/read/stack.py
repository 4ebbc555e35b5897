"""Room on the interpreter's stack for expressions that are followed through one another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

CALLS = 2_500
"""Of Python, which take no stack of the machine."""


@contextmanager
def roomy() -> Iterator[None]:
    """Raise the limit on nested calls, and put it back: how deep we read must not depend on how deep our caller is."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, CALLS))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
