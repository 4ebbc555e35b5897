"""Who extends whom: the bases of a class of the tree, its heirs, what is abstract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.modules import is_test
from costgate.read.things import (
    Cls,
    Func,
    Ref,
    Thing,
)

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

MAX_BASES = 12
MAX_HEIRS = 24


def lineage(ev: Evaluator, cls: Cls) -> tuple[list[Cls], list[str]]:
    """A class and its bases in the tree, nearest first, and the dotted names of bases outside."""
    known = ev.lineages.get(cls)
    if known is not None:
        return known
    found: list[Cls] = []
    foreign: list[str] = []
    ev.lineages[cls] = (found, foreign)
    todo = [cls]
    while todo and len(found) < MAX_BASES:
        each = todo.pop(0)
        if each in found:
            continue
        found.append(each)
        with ev.aside():
            bases = _bases(ev, each)
        for base in bases:
            if isinstance(base, Cls):
                todo.append(base)
            elif isinstance(base, Ref):
                foreign.append(base.dotted)
    return found, foreign


def _bases(ev: Evaluator, cls: Cls) -> list[Thing]:
    module = ev.project.module(cls.path)
    if module is None:
        return []
    row = module.scope(cls.scope)
    frame = Frame(module, row[ol.S_PARENT], row[ol.S_START])
    result = []
    for start, end in row[ol.S_BASES]:
        term = module.term(start, end)
        if term[0] == "item":
            term = term[1]
        if term[0] in ("name", "attr"):
            result.append(ev.term(term, frame))
    return result


def heirs(ev: Evaluator, cls: Cls) -> list[Cls]:
    """Classes that extend a class, directly or through others; those of tests only for a class of tests."""
    if cls not in ev.heirs:
        ev.heirs[cls] = _heirs(ev, cls)
    return ev.heirs[cls]


def _heirs(ev: Evaluator, cls: Cls) -> list[Cls]:
    module = ev.project.module(cls.path)
    names = [] if module is None else [str(module.scope(cls.scope)[ol.S_NAME])]
    found: list[Cls] = []
    for name in names:
        for path in ev.mentions.extending(name)[:MAX_HEIRS]:
            if not is_test(path) or is_test(cls.path):
                ev.project.module(path)
        for path, scope in ev.project.extending(name):
            each = Cls(path, scope)
            if is_test(path) and not is_test(cls.path):
                continue
            if each != cls and each not in found and cls in lineage(ev, each)[0]:
                found.append(each)
                other = ev.project.module(path)
                assert other is not None
                names.append(str(other.scope(scope)[ol.S_NAME]))
        if len(found) >= MAX_HEIRS:
            break
    return found[:MAX_HEIRS]


def abstract(ev: Evaluator, cls: Cls) -> bool:
    """Whether a class has abstract methods of its own, so that only its heirs are built."""
    module = ev.project.module(cls.path)
    scopes = module.methods.get(cls.scope, ()) if module is not None else ()
    return any(is_abstract(ev, Func(cls.path, scope)) for scope in scopes)


def is_abstract(ev: Evaluator, thing: Thing) -> bool:
    module = ev.project.module(thing.path) if isinstance(thing, Func) else None
    if module is None or not isinstance(thing, Func):
        return False
    return any(module.text(*each).rpartition(".")[2].startswith("abstract") for each in module.scope(thing.scope)[ol.S_DECORATORS])


def defines(ev: Evaluator, cls: Cls, name: str) -> bool:
    """Whether a class itself says something of an attribute: in its body, or in a method."""
    module = ev.project.module(cls.path)
    if module is None:
        return False
    if (cls.scope, name) in module.bindings:
        return True
    rows = ((scope, module.scope(scope)) for scope in module.methods.get(cls.scope, ()))
    return any((scope, f"{row[ol.S_PARAMS][0][ol.P_NAME]}.{name}") in module.bindings for scope, row in rows if row[ol.S_PARAMS])
