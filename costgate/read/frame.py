"""Where an expression is evaluated."""

from __future__ import annotations

from typing import NamedTuple

from costgate.read.modules import Module
from costgate.read.things import Env

_UNBOUND: Env = {}


class Frame(NamedTuple):
    """Where an expression is evaluated: module, scope, offset, bound parameters; `base` is where its slice starts.

    A tuple, since one is made for every step and every name: a frozen dataclass takes three times as long to make.
    """

    module: Module
    scope: int
    at: int | None
    env: Env = _UNBOUND
    base: int = 0
