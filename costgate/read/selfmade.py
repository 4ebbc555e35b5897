"""What an instance holds that a class builds itself: its class methods that give back `cls(...)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.things import Cls, Inst, options_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

MAX_FACTORIES = 4


def built_by_itself(ev: Evaluator, cls: Cls) -> Iterator[Inst]:
    """The instances that the class methods of a class build and give back."""
    module = ev.project.module(cls.path)
    if module is None:
        return
    word = module.scope(cls.scope)[ol.S_NAME]
    left = MAX_FACTORIES
    for scope in module.methods.get(cls.scope, ()):
        decorators = {module.text(*each).strip() for each in module.scope(scope)[ol.S_DECORATORS]}
        for jump in module.jumps.get(scope, ()) if decorators & {"classmethod", "staticmethod"} else ():
            if jump[ol.J_KIND] != "return" or not left:
                continue
            said = module.text(jump[ol.J_START], min(jump[ol.J_END], jump[ol.J_START] + 200))
            guard = (cls.path, scope, jump[ol.J_START], "return")
            if not said.startswith(("cls(", f"{word}(")) or guard in ev.pending:
                continue
            left -= 1
            ev.pending.add(guard)
            try:
                made = ev.slice(Frame(module, scope, jump[ol.J_START]), jump[ol.J_START], jump[ol.J_END])
            finally:
                ev.pending.discard(guard)
            yield from (each for each in options_of(made) if isinstance(each, Inst) and each.cls == cls and each.args is not None)
