"""How an instance is built: what its constructor gets, through super().__init__(), down to the SDK class it extends."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.fields import own_of
from costgate.read.frame import Frame
from costgate.read.lineage import lineage
from costgate.read.things import (
    Args,
    Cls,
    Func,
    Inst,
    Map,
    Nope,
    Thing,
)

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module




def foreign_base(ev: Evaluator, cls: Cls) -> str | None:
    """The SDK class that a class of the tree extends, as a dotted name."""
    for dotted in lineage(ev, cls)[1]:
        entries = ev.catalog.symbols.get(dotted, ())
        if any(entry["what"] == "object" and not entry.get("abstract") for entry in entries):
            return dotted
    return None


def foreign_args(ev: Evaluator, inst: Inst, dotted: str) -> Args:
    """What the SDK class `dotted` is built with when one of its heirs in the tree is: `super().__init__(...)`, fields."""
    args = inst.args or Args(named=Map({}, more="the object is handed in"))
    for cls in reversed(lineage(ev, inst.cls)[0]):
        module = ev.project.module(cls.path)
        for scope in module.methods.get(cls.scope, ()) if module is not None else ():
            assert module is not None
            row = handing(module, scope)
            if row is not None:
                args = _handed_args(ev, inst, module, scope, row)
                return _with_fields(ev, inst, dotted, args)
    return _with_fields(ev, inst, dotted, args)


def filled(ev: Evaluator, inst: Inst, name: str) -> Inst:
    """An instance with what fills its fields, where a class of its line has a constructor that hands that on.

    That of the class furthest up counts: what it gives to `super().__init__()` reaches the library.
    """
    for cls in reversed(lineage(ev, inst.cls)[0]):
        module = ev.project.module(cls.path)
        own = module.told(("constructor", cls.scope), partial(_constructor, cls=cls.scope)) if module is not None else None
        if module is None or own is None:
            continue
        scope, row = own
        if row is None:
            return inst
        term = module.term(row[ol.C_START], row[ol.C_END])
        if term[0] != "call" or not {keyword for keyword, _ in term[2]} & {name, "**"}:
            return inst if inst.args is None else Inst(inst.cls, Args())
        key = ("filled", module.path, scope, ev.number(inst))
        made = ev.remembered(key, (), partial(_made_with, ev, inst, module, scope, row))
        return made if isinstance(made, Inst) else inst
    return inst


def _made_with(ev: Evaluator, inst: Inst, module: Module, scope: int, row: list[Any]) -> Inst:
    return Inst(inst.cls, _handed_args(ev, inst, module, scope, row))


def _constructor(module: Module, cls: int) -> tuple[int, list[Any] | None] | None:
    """The scope of a class's own `__init__`, and the `super().__init__(...)` in it."""
    scope = next((each for each in module.methods.get(cls, ()) if module.scope(each)[ol.S_NAME] == "__init__"), None)
    return None if scope is None else (scope, handing(module, scope))


def _with_fields(ev: Evaluator, inst: Inst, dotted: str, args: Args) -> Args:
    """Arguments together with the class's own values for the SDK's keywords: `max_tokens: int = 256`."""
    entry = ev.catalog.entry(dotted, args) or {}
    keywords = {each for names in entry.get("args", {}).values() for each in names if "." not in each}
    own: dict[str, Thing] = {}
    for name in sorted(keywords - args.named.entries.keys()):
        found = next((each for cls in lineage(ev, inst.cls)[0] if (each := own_of(ev, cls, name, None)) is not None), None)
        if found is not None and not isinstance(found, (Nope, Func)):
            own[name] = found
    return Args(args.positional, Map({**own, **args.named.entries}, args.named.maybe, args.named.more), args.more)


def handing(module: Module, scope: int) -> list[Any] | None:
    """The `super().__init__(...)` in a scope, if that is an `__init__`."""
    if module.scope(scope)[ol.S_NAME] != "__init__" or not module.scope(scope)[ol.S_PARAMS]:
        return None
    return next((row for row in module.calls.get(scope, ()) if row[ol.C_TAIL] == "__init__"), None)


def _handed_args(ev: Evaluator, inst: Inst, module: Module, scope: int, row: list[Any]) -> Args:
    """The arguments of a `super().__init__(...)`, as the instance's own arguments make them."""
    guard = (module.path, scope, row[ol.C_START], "super().")
    with ev.once(guard) as fresh:
        if not fresh:
            return Args(named=Map({}, more="the constructor depends on itself"))
        first = module.scope(scope)[ol.S_PARAMS][0][ol.P_NAME]
        env = {(module.path, scope): constructed(ev, inst, module, scope, first)}
        term = module.term(row[ol.C_START], row[ol.C_END])
        frame = Frame(module, scope, row[ol.C_START], env, row[ol.C_START])
        made = ev.arguments(term[2], frame) if term[0] == "call" else Args(more="the call does not parse")
    if module.text(row[ol.C_START], row[ol.C_FUNCTION_END]).startswith("super"):
        return made
    return Args(made.positional[1:], made.named, made.more)


def constructed(ev: Evaluator, inst: Inst, module: Module, scope: int, owner: str) -> dict[str, Thing]:
    """What the parameters of an `__init__` hold: the instance's arguments, or what `super().__init__()` hands on."""
    own = Cls(module.path, module.scope(scope)[ol.S_PARENT])
    for below, below_scope, row in _handing_on(ev, inst, own):
        return ev.bound(Func(module.path, scope, inst), _handed_args(ev, inst, below, below_scope, row))
    return {owner: inst} if inst.args is None else ev.bound(Func(module.path, scope, inst), inst.args)


def _handing_on(ev: Evaluator, inst: Inst, base: Cls) -> Iterator[tuple[Module, int, list[Any]]]:
    """The `super().__init__(...)` or `Base.__init__(self, ...)` of the classes below a base class, the nearest first."""
    below: list[Cls] = []
    for each in lineage(ev, inst.cls)[0]:
        if each == base:
            break
        below.append(each)
    for each in reversed(below):
        module = ev.project.module(each.path)
        for scope in module.methods.get(each.scope, ()) if module is not None else ():
            assert module is not None
            row = handing(module, scope)
            if row is not None:
                yield module, scope, row
