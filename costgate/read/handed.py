"""Functions of the tree that a call hands to the model as tools."""

from __future__ import annotations

from costgate.read import outline as ol
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.modules import Module
from costgate.read.things import Func, Obj, Rec, Seq, Thing, options_of

TOOL = "tool"
"""How the names begin of what makes a tool of an agent out of the function below: `@agent.tool`."""


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


def decorated_tool(ev: Evaluator, module: Module, scope: int) -> tuple[str, ...]:
    """The function of a scope as path::function, where a decorator gives it to an agent."""
    row = module.scope(scope)
    for start, end in row[ol.S_DECORATORS] if row[ol.S_KIND] == "def" else ():
        name = module.text(start, end).partition("(")[0].rstrip()
        if not name.rpartition(".")[2].startswith(TOOL):
            continue
        thing = ev.slice(Frame(module, row[ol.S_PARENT], start, {}, start), start, start + len(name.encode()))
        if isinstance(thing, Obj) and ev.catalog.objects[thing.kind]["site"] == "agent":
            return (f"{module.path}::{module.qualified(scope)}",)
    return ()
