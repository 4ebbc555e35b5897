"""One line of the table of facts: a path that a rule may name, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from costgate.policy.derive import Datum


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the table. `item`: what the members of a list are; `unit`: tokens, money or days."""

    path: str
    type: str
    read: Callable[[Any], Datum]
    doc: str
    unit: str = ""
    item: str = ""

    @property
    def subject(self) -> str:
        """The first part of the path: the name of the view that the fact is read from."""
        return self.path.partition(".")[0]
