"""Functions of the tree that a call hands to the model as tools."""

from __future__ import annotations

from costgate.read.evaluate import Evaluator
from costgate.read.things import Func, Rec, Seq, Thing, options_of


def tool_functions(ev: Evaluator, thing: Thing | None) -> tuple[str, ...]:
    """Each as path::function, as far as they are seen."""
    found: list[str] = []
    for option in options_of(thing) if thing is not None else ():
        for item in option.items if isinstance(option, Seq) else (option,):
            inner = item.args.positional[0] if isinstance(item, Rec) and item.args.positional else item
            module = ev.project.module(inner.path) if isinstance(inner, Func) else None
            if module is not None and isinstance(inner, Func):
                found.append(f"{inner.path}::{module.qualified(inner.scope)}")
    return tuple(dict.fromkeys(found))
