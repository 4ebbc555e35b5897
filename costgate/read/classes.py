"""Attributes of classes and instances of the tree: what bodies, methods, bases and heirs say of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from costgate.knowledge.assembled import filled_attributes
from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.assigned import assigned, named_settings, real
from costgate.read.bulk import replaced
from costgate.read.classwide import set_on_class
from costgate.read.constructed import foreign_args
from costgate.read.fields import own_of
from costgate.read.lineage import MAX_HEIRS, abstract, defines, heirs, is_abstract, lineage
from costgate.read.selfmade import built_by_itself
from costgate.read.things import (
    MAX_OPTIONS,
    Cls,
    Func,
    Inst,
    Nope,
    Obj,
    Ref,
    Str,
    Thing,
    choice,
    is_open,
    is_prose,
)

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

INSTANCE = "the instance"
"""In place of a parameter: what is asked for depends on which instance a method is called on."""


def class_attribute(ev: Evaluator, cls: Cls, name: str) -> Thing:
    """`Class.name`."""
    for each in lineage(ev, cls)[0]:
        found = own_of(ev, each, name, None)
        given = [] if name.startswith("__") or isinstance(found, Func) else set_on_class(ev, each, name)
        if found is not None or given:
            return choice([*given, *([found] if found is not None else [])])
    for dotted in lineage(ev, cls)[1]:
        if ev.catalog.knows(f"{dotted}.{name}"):
            return Ref(f"{dotted}.{name}")
    return Nope(f"no `{name}` is seen on the class")


def instance_attribute(ev: Evaluator, inst: Inst, name: str) -> Thing:
    """`instance.name`: what a constructor argument, a method or the class says, base classes included.

    In a method of a base class the instance may be one of an heir: what they say holds as well.
    """
    if name == "__class__":
        return inst.cls
    if name in filled_attributes():
        from costgate.read.assembled import assembled

        found = assembled(ev, inst, name)
        if found is not None:
            return found
    return ev.remembered(("attribute", name, ev.number(inst)), (), lambda: _attribute(ev, inst, name))


def _attribute(ev: Evaluator, inst: Inst, name: str) -> Thing:
    own = _said(ev, inst, name)
    if inst.args is not None or inst.above is not None or name.startswith("__"):
        return own or Nope(f"no assignment of `.{name}` is seen")
    if own is not None and _replaceable(own):
        own = choice([own, *_built(ev, inst, name)])  # a prompt or part of the settings, or what a file has in its place
    if not (own is None or is_open(own) or isinstance(own, Nope)):
        return _overridden(ev, inst.cls, name, own)
    if isinstance(own, Nope) and own.outside and name != "__call__":
        built = _built(ev, inst, name)
        if any(not isinstance(each, Nope) for each in built):
            ev.asked.add((inst.cls.path, inst.cls.scope, INSTANCE))
            return choice(built)
    heard = [_said(ev, Inst(each), name) for each in heirs(ev, inst.cls)]
    said = [each for each in heard if each is not None and real(each)]
    if any(not isinstance(each, Nope) for each in said):
        ev.asked.add((inst.cls.path, inst.cls.scope, INSTANCE))
        left = any(each is not None and is_open(each) for each in heard)
        if own is not None and is_open(own) and left and _is_built(ev, inst.cls):
            return own  # what one of several heirs has by default holds for that alone
        return choice(said)
    return own or Nope(f"no assignment of `.{name}` is seen")


def _is_built(ev: Evaluator, cls: Cls) -> bool:
    """Whether the class seems to be built somewhere itself, not only its heirs."""
    module = ev.project.module(cls.path)
    name = str(module.scope(cls.scope)[ol.S_NAME]) if module is not None else ""
    others = (ev.project.module(path) for path in ev.mentions.calling(name, cls.path)) if name else ()
    return any(other is not None and name in other.calls_by_tail for other in others)


def _replaceable(own: Thing) -> bool:
    """Whether it is a prompt, or a part of settings, that a field holds by default."""
    if isinstance(own, Inst):
        return own.args is not None and own.args.named.more is not None
    return is_prose(own) and isinstance(own, Str) and own.origin == "config"


def _built(ev: Evaluator, inst: Inst, name: str) -> list[Thing]:
    return [each for made in built_by_itself(ev, inst.cls) if (each := _said(ev, made, name)) is not None and real(each)]


def _overridden(ev: Evaluator, cls: Cls, name: str, own: Thing) -> Thing:
    """What a class says of an attribute of `self`, or what the heirs that override it say."""
    below = heirs(ev, cls)
    over = [each for each in below if defines(ev, each, name)]
    if not over:
        return own
    ev.asked.add((cls.path, cls.scope, INSTANCE))
    if len(over) > MAX_OPTIONS or len(below) == MAX_HEIRS:
        return Nope(f"`.{name}` is what one of {len(over)} classes says")
    said = [each for heir in over if (each := _said(ev, Inst(heir), name)) is not None]
    kept = all(each in over or abstract(ev, each) for each in below) and abstract(ev, cls)
    return choice(said if kept or is_abstract(ev, own) else [own, *said])


def _said(ev: Evaluator, inst: Inst, name: str) -> Thing | None:
    """What a class and its bases say of an attribute of their instances."""
    classes, foreign = lineage(ev, inst.cls)
    for each in classes[classes.index(inst.above) + 1 :] if inst.above in classes else classes:
        own = own_of(ev, each, name, inst)
        found = assigned(ev, inst, each, name, own)
        settings = named_settings(ev, inst, each, name)
        if settings and not isinstance(own, Func):
            plain = found if found is not None else own
            found, own = replaced(plain if plain is not None else _inherited(ev, inst, each, name), settings), None
        if found is not None:
            return found if own is None or isinstance(own, Func) or real(found) else choice([found, own])
        if own is not None:
            return own
    for dotted in foreign:
        held = ev.catalog.held(dotted, Span(inst.cls.path, 1))
        if isinstance(held, Obj):
            made = ev.catalog.make(dotted, foreign_args(ev, inst, dotted), held.span)
            return ev.catalog.attribute(made if isinstance(made, Obj) else held, name)
    return None


def _inherited(ev: Evaluator, inst: Inst, cls: Cls, name: str) -> Thing | None:
    """What the bases of a class say of an attribute."""
    return _said(ev, replace(inst, above=cls), name)
