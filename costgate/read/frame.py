"""Where an expression is evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field

from costgate.read.modules import Module
from costgate.read.things import Env


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an expression is evaluated: module, scope, offset, bound parameters; `base` is where its slice starts."""

    module: Module
    scope: int
    at: int | None
    env: Env = field(default_factory=dict)
    base: int = 0
