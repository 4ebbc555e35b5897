"""What a copy of this process must not use, though it finds it in its memory: open databases, and processes it talks to."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Holder(Protocol):
    """Something that holds what belongs to one process."""

    def left_behind(self) -> object:
        """Begin anew, in a copy of the process. What was held is given back, to be neither used nor closed."""
        ...


_holders: WeakSet[Holder] = WeakSet()
_left: list[object] = []


def of_this_process(holder: Holder) -> None:
    """From now on, a copy of this process has `holder` begin anew."""
    _holders.add(holder)


def _leave() -> None:
    _left.extend([holder.left_behind() for holder in _holders])


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave)
