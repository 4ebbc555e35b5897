"""Functions of the tree that say what an agent is told: given as its instructions, or under a decorator of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.things import Args, Choice, Func, Nope, Obj, Partial, Seq, Thing, choice

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module


def spoken(ev: Evaluator, thing: Thing) -> Thing:
    """Instructions with what their functions give back."""
    if isinstance(thing, Choice):
        return choice([spoken(ev, each) for each in thing.options])
    if isinstance(thing, Seq):
        return Seq(tuple(spoken(ev, each) for each in thing.items), thing.more)
    if isinstance(thing, Func) or isinstance(thing, Partial) and isinstance(thing.target, Func):
        path = thing.path if isinstance(thing, Func) else ""
        return ev.call(thing, Args(), path, None)
    return thing


def decorated(ev: Evaluator, target: Obj | None) -> tuple[Thing, ...]:
    """What the functions give back that stand below a decorator of an object, in the file that makes it."""
    words = ev.catalog.objects[target.kind]["says"] if target is not None else ()
    module = ev.project.module(target.span.path) if target is not None and words else None
    if module is None or target is None:
        return ()
    found: list[Thing] = []
    for scope, start, word in _decorators(module, tuple(words)):
        owner = start[1] - len(word) - 1
        thing = ev.slice(Frame(module, module.scope(scope)[ol.S_PARENT], start[0], {}, start[0]), start[0], owner)
        if isinstance(thing, Obj) and (thing.kind, thing.span) == (target.kind, target.span):
            made = ev.call(Func(module.path, scope), Args(), module.path, None)
            found.append(Nope(f"what {module.qualified(scope)} says", (module.span(start[0]),)) if isinstance(made, Nope) else made)
    return tuple(found)


def _decorators(module: Module, words: tuple[str, ...]) -> list[tuple[int, tuple[int, int], str]]:
    """Functions below `@owner.word` or `@owner.word(...)`: the scope, where that name stands, and the word."""
    rows: list[tuple[int, tuple[int, int], str]] = []
    for scope, row in enumerate(module.facts["scopes"]):
        for start, end in row[ol.S_DECORATORS] if row[ol.S_KIND] == "def" else ():
            name = module.text(start, end).partition("(")[0].rstrip()
            word = name.rpartition(".")[2]
            if word in words and word != name:
                rows.append((scope, (start, start + len(name.encode())), word))
    return rows
