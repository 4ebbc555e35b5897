"""What the methods of a class assign to attributes of their instances."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.bulk import Setting, set_by_name, sets_by_name
from costgate.read.constructed import constructed
from costgate.read.frame import Frame
from costgate.read.mutate import changes, mutated, perhaps
from costgate.read.names import reach
from costgate.read.things import (
    Cls,
    Env,
    Inst,
    Lit,
    Map,
    Nope,
    Obj,
    Seq,
    Str,
    Thing,
    choice,
    options_of,
)
from costgate.read.values import otherwise

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

AFTER_INIT = ("__post_init__", "model_post_init", "__attrs_post_init__")
"""Methods that run once an instance is made."""


def assigned(ev: Evaluator, inst: Inst, cls: Cls, name: str, own: Thing | None) -> Thing | None:
    """What methods of the class assign to `self.name`, with what its body says where that may stay."""
    module = ev.project.module(cls.path)
    if module is None:
        return None
    first: list[Thing] = []
    later: list[tuple[Thing, bool]] = []
    for scope in module.methods.get(cls.scope, ()):
        row = module.scope(scope)
        if row[ol.S_KIND] != "def" or not row[ol.S_PARAMS]:
            continue
        owner = row[ol.S_PARAMS][0][ol.P_NAME]
        for binding in module.bindings.get((scope, f"{owner}.{name}"), ()):
            if binding[ol.B_KIND] in ("del",) or (binding[ol.B_KIND].endswith("=") and binding[ol.B_KIND] != "="):
                continue
            value = _changed(ev, inst, cls, name, assignment(ev, inst, module, scope, owner, binding))
            if row[ol.S_NAME] == "__init__" or row[ol.S_NAME] in AFTER_INIT and not guarded(module, scope, binding):
                first.append(value)
            else:
                later.append((value, guarded(module, scope, binding)))
    if not first and not later:
        return None
    before = choice([each for each in first if real(each)] or first) if first else own
    return _set_later(before, later)


def guarded(module: Module, scope: int, binding: list[Any]) -> bool:
    """Whether an assignment only replaces what is missing: `if self.model is None: self.model = ...`."""
    name = binding[ol.B_TARGET]
    return binding in module.told(("guards", scope, name), lambda module: reach(module, scope, name, None).guards)


def _set_later(before: Thing | None, later: list[tuple[Thing, bool]]) -> Thing:
    """An attribute that methods set which may have run or not."""
    told = [(each, guarded) for each, guarded in later if real(each)]
    if before is None or not real(before):
        plain = all(isinstance(each, (Lit, Str)) for each, _ in told)
        kept = [before] if before is not None and (plain or not told) else []
        return choice([each for each, _ in told] + kept or [each for each, _ in later])
    for each, guarded in told:
        before = otherwise(options_of(before), options_of(each)) if guarded else choice([before, each])
    return before


def named_settings(ev: Evaluator, inst: Inst, cls: Cls, name: str) -> list[Setting]:
    """What methods of the class set `name` to by setattr() and the like."""
    module, guard = ev.project.module(cls.path), (cls.path, cls.scope, -2, f".{name}")
    scopes = [scope for scope in module.methods.get(cls.scope, ()) if sets_by_name(module, scope)] if module is not None else []
    if module is None or not scopes:
        return []
    with ev.once(guard) as fresh:
        found: list[Setting] = []
        for scope in scopes if fresh else ():
            row = module.scope(scope)
            if row[ol.S_KIND] == "def" and row[ol.S_PARAMS]:
                owner = row[ol.S_PARAMS][0][ol.P_NAME]
                bound = constructed(ev, inst, module, scope, owner) if row[ol.S_NAME] == "__init__" else {owner: inst}
                found += set_by_name(ev, module, scope, owner, {(module.path, scope): bound}, name)
        return found


def _changed(ev: Evaluator, inst: Inst, cls: Cls, name: str, value: Thing) -> Thing:
    """What an attribute holds, with what methods set on it: keys of a dict, items of a list, settings of a client.

    What the constructor sets is there for sure.
    """
    module, guard = ev.project.module(cls.path), (cls.path, cls.scope, -1, f".{name}")
    if not isinstance(value, (Map, Obj, Seq)) or module is None:
        return value
    with ev.once(guard) as fresh:
        return _set_on(ev, inst, module, cls, name, value) if fresh else value


def _set_on(ev: Evaluator, inst: Inst, module: Module, cls: Cls, name: str, value: Thing) -> Thing:
    for scope in module.methods.get(cls.scope, ()):
        row = module.scope(scope)
        if row[ol.S_KIND] != "def" or not row[ol.S_PARAMS]:
            continue
        owner = row[ol.S_PARAMS][0][ol.P_NAME]
        if not changes(module, scope, f"{owner}.{name}", value):
            continue
        first = row[ol.S_NAME] == "__init__"
        if not first and isinstance(value, Seq):
            value = replace(value, more=value.more or "methods change the list")
            continue
        env = {(module.path, scope): constructed(ev, inst, module, scope, owner) if first else {owner: inst}}
        changed = mutated(ev, f"{owner}.{name}", value, None, Frame(module, scope, None, env))
        value = perhaps(value, changed) if not first and isinstance(value, Map) and isinstance(changed, Map) else changed
    return value


def assignment(ev: Evaluator, inst: Inst, module: Module, scope: int, owner: str, binding: list[Any]) -> Thing:
    """What an assignment of a method gives, with the method's first parameter `owner` bound to an instance."""
    mark = (module.path, scope)
    if module.scope(scope)[ol.S_NAME] == "__init__":
        env: Env = {mark: constructed(ev, inst, module, scope, owner)}
    else:
        env = ev.within(mark, owner, inst)
    guard = (module.path, scope, binding[ol.B_AT], f"{owner}.")
    with ev.once(guard) as fresh:
        if not fresh:
            return Nope(f"`{binding[ol.B_TARGET]}` depends on itself")
        return ev.binding(binding, Frame(module, scope, binding[ol.B_AT], env))


def real(thing: Thing) -> bool:
    return not (isinstance(thing, Lit) and thing.value is None)
