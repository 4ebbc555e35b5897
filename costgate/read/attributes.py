"""What an attribute of a thing is: of a module, a class, an instance, an object of an SDK, a value."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from costgate.knowledge.values import value_functions
from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.classes import class_attribute, instance_attribute
from costgate.read.enums import is_enum, member
from costgate.read.frame import Frame
from costgate.read.parsed import parses
from costgate.read.paths import path_attribute
from costgate.read.things import (
    Args,
    Choice,
    Cls,
    Func,
    Inst,
    Lit,
    Map,
    Mod,
    Nope,
    Obj,
    Partial,
    Rec,
    Ref,
    Seq,
    Str,
    Thing,
    choice,
    is_open,
)
from costgate.read.values import is_none, text_of
from costgate.read.written import home_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator


def attribute(ev: Evaluator, base: Thing, name: str, frame: Frame | None) -> Thing:
    """`base.name`."""
    if isinstance(base, Choice):
        options = [ev.attribute(each, name, frame) for each in base.options if not is_none(each)]
        return choice(options) if options else Nope(f"`.{name}` of nothing")
    if isinstance(base, Ref):
        dotted = f"{base.dotted}.{name}"
        return ev.catalog.module_object(dotted) or Ref(ev.catalog.canonical(dotted))
    if isinstance(base, Mod):
        return _shared(ev, base, name, _member(ev, base, name), frame)
    if isinstance(base, Cls):

        found = ev.taught.known(class_attribute(ev, base, name))
        if isinstance(found, Nope) and parses(name):
            return Partial(Ref(f".{name}"), Args((base,)))
        return member(found, name) if is_enum(ev, base) else found
    if isinstance(base, Inst):

        found = _shared(ev, base, name, instance_attribute(ev, base, name), frame)
        if not isinstance(found, Nope):
            return ev.taught.known(found)
        if name in ("model_dump", "dict", "model_copy", "copy"):
            return Partial(Ref(f".{name}"), Args((base,)))
        proxy = instance_attribute(ev, base, "__getattr__") if not name.startswith("__") else found
        return found if isinstance(proxy, Nope) else ev.call(proxy, Args((text_of(name, Span("", 0)),)), base.cls.path, None)
    if isinstance(base, Func) and value_functions().get(name) == "queued":
        return _queued(ev, base, name)
    if isinstance(base, Obj):
        return ev.catalog.attribute(base, name)
    if isinstance(base, Rec):
        if name in base.args.named.entries:
            return base.args.named.entries[name]
        if base.symbol == "path":

            return path_attribute(base, name)
        return Ref(f"{base.symbol}().{name}") if ev.catalog.knows(f"{base.symbol}().{name}") else Partial(
            Ref(f".{name}"), Args((base,))
        )
    if isinstance(base, (Str, Lit)) and base.member is not None and name in ("value", "name"):
        return text_of(base.member, base.trail[0] if base.trail else Span("", 1), base.origin) if name == "name" else base
    if isinstance(base, (Str, Map, Seq)):
        if name == "value" and not (isinstance(base, Map) and name in base.entries):
            return base  # of a member of an enumeration: text, dicts and lists have no such attribute
        if isinstance(base, Map) and name in base.entries:
            return Choice((base.entries[name], Partial(Ref(f".{name}"), Args((base,))))) if name in (
                "items",
                "get",
                "keys",
            ) else base.entries[name]
        return Partial(Ref(f".{name}"), Args((base,)))
    if isinstance(base, Nope) or isinstance(base, Partial) and base.unfollowed:
        return Partial(Ref(f".{name}"), Args((base,)))
    if is_open(base):
        handed = Nope("it is None unless a caller or a setting says otherwise", outside=True)
        return Partial(Ref(f".{name}"), Args((handed,)))
    return Nope(f"`.{name}` is not followed")


def _queued(ev: Evaluator, base: Func, name: str) -> Thing:
    """`task.delay` is the task, without what the queue passes itself."""
    module = ev.project.module(base.path)
    decorators = [module.text(*each) for each in module.scope(base.scope)[ol.S_DECORATORS]] if module is not None else []
    if not decorators:
        return Nope(f"`.{name}` is not followed")
    bound = any("bind=True" in each.replace(" ", "") for each in decorators)
    return replace(base, bound=Nope("the task")) if bound else base


def _shared(ev: Evaluator, base: Inst | Mod, name: str, value: Thing, frame: Frame | None) -> Thing:
    """An attribute of what the whole program shares, with what code elsewhere assigns to it."""
    home = home_of(base)
    given, sure = ev.written.to(ev, home, name, frame) if home is not None else ([], False)
    unseen = isinstance(value, Nope) and not value.outside
    return choice(given if sure or unseen else [value, *given]) if given else value



def _member(ev: Evaluator, base: Mod, name: str) -> Thing:
    known = ev.taught.member(base.path, name)
    if known is not None:
        return known
    module = ev.project.module(base.path)
    if module is None:
        return Nope(f"{base.path} could not be read")
    ev.touched.add(base.path)
    found = ev.in_scope(name, Frame(module, 0, None))
    if found is not None:
        return found
    inner = ev.project.find(base.path, f".{name}")
    if inner is not None and not inner[1]:
        return ev.taught.member(inner[0], "") or Mod(inner[0])
    folder = posixpath.join(posixpath.dirname(base.path), name)
    if base.path.endswith("__init__.py") and folder in ev.folders:
        return Mod(folder)  # a package without a module of its own
    return Nope(f"{base.path} has no `{name}` that is followed")
