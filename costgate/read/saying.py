"""Functions of the tree that say what an agent is told: given as its instructions, or under a decorator of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.things import Args, Choice, Func, Nope, Obj, Partial, Seq, Thing, choice

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

MAX_FILES = 40
"""Files that are looked into for what they say to one agent."""


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
    """What the functions give back that stand below a decorator of an object, in the file that makes it or another."""
    words = ev.catalog.objects[target.kind]["says"] if target is not None else ()
    if target is None or not words:
        return ()
    found: list[Thing] = []
    for path in _saying(ev, target, words):
        module = ev.project.module(path)
        found += _below(ev, module, target, words) if module is not None else ()
    return tuple(found)


def _saying(ev: Evaluator, target: Obj, words: Sequence[str]) -> list[str]:
    """The file that makes the object, and those with such decorators."""
    own = target.span.path
    return [own, *[path for path in ev.mentions.decorating(tuple(words), own) if path != own][:MAX_FILES]]


def _below(ev: Evaluator, module: Module, target: Obj, words: Sequence[str]) -> Iterator[Thing]:
    for scope, start, word in _decorators(module, tuple(words)):
        owner = start[1] - len(word) - 1
        thing = ev.slice(Frame(module, module.scope(scope)[ol.S_PARENT], start[0], {}, start[0]), start[0], owner)
        if isinstance(thing, Obj) and (thing.kind, thing.span) == (target.kind, target.span):
            ev.touched.add(module.path)
            made = ev.call(Func(module.path, scope), Args(), module.path, None)
            yield Nope(f"what {module.qualified(scope)} says", (module.span(start[0]),)) if isinstance(made, Nope) else made


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
