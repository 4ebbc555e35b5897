"""Attributes of classes and instances of the tree: fields, what methods assign, properties, inheritance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.knowledge.values import value_functions
from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.bulk import Setting, replaced, set_by_name, sets_by_name
from costgate.read.classwide import set_on_class
from costgate.read.frame import Frame
from costgate.read.modules import is_test
from costgate.read.mutate import changes, mutated, perhaps
from costgate.read.things import (
    MAX_OPTIONS,
    Args,
    Cls,
    Func,
    Inst,
    Lit,
    Map,
    Nope,
    Obj,
    Partial,
    Rec,
    Ref,
    Str,
    Thing,
    choice,
    is_open,
    options_of,
)
from costgate.read.values import closed, otherwise, with_origin

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

_FIELDS = ("Field", "field", "ib", "attrib", "PrivateAttr")
_AFTER_INIT = ("__post_init__", "model_post_init", "__attrs_post_init__")
_PLAIN = ("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing.NamedTuple")
MAX_BASES = 12
MAX_HEIRS = 24
INSTANCE = "the instance"
"""In place of a parameter: what is asked for depends on which instance a method is called on."""


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
        for base in _bases(ev, each):
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
            row = _handing(module, scope)
            if row is not None:
                args = _handed_args(ev, inst, module, scope, row)
                return _with_fields(ev, inst, dotted, args)
    return _with_fields(ev, inst, dotted, args)


def _with_fields(ev: Evaluator, inst: Inst, dotted: str, args: Args) -> Args:
    """Arguments together with the class's own values for the SDK's keywords: `max_tokens: int = 256`."""
    entry = ev.catalog.entry(dotted, args) or {}
    keywords = {each for names in entry.get("args", {}).values() for each in names if "." not in each}
    own: dict[str, Thing] = {}
    for name in sorted(keywords - args.named.entries.keys()):
        found = next((each for cls in lineage(ev, inst.cls)[0] if (each := _own(ev, cls, name, None)) is not None), None)
        if found is not None and not isinstance(found, (Nope, Func)):
            own[name] = found
    return Args(args.positional, Map({**own, **args.named.entries}, args.named.maybe, args.named.more), args.more)


def _handing(module: Module, scope: int) -> list[Any] | None:
    """The `super().__init__(...)` in a scope, if that is an `__init__`."""
    if module.scope(scope)[ol.S_NAME] != "__init__" or not module.scope(scope)[ol.S_PARAMS]:
        return None
    return next((row for row in module.calls.get(scope, ()) if row[ol.C_TAIL] == "__init__"), None)


def _handed_args(ev: Evaluator, inst: Inst, module: Module, scope: int, row: list[Any]) -> Args:
    """The arguments of a `super().__init__(...)`, as the instance's own arguments make them."""
    guard = (module.path, scope, row[ol.C_START], "super().")
    if guard in ev.pending:
        ev.cut_short(guard)
        return Args(named=Map({}, more="the constructor depends on itself"))
    ev.pending.add(guard)
    try:
        first = module.scope(scope)[ol.S_PARAMS][0][ol.P_NAME]
        env = {(module.path, scope): _constructed(ev, inst, module, scope, first)}
        term = module.term(row[ol.C_START], row[ol.C_END])
        frame = Frame(module, scope, row[ol.C_START], env, row[ol.C_START])
        made = ev.arguments(term[2], frame) if term[0] == "call" else Args(more="the call does not parse")
    finally:
        ev.pending.discard(guard)
        ev.closed(guard)
    if module.text(row[ol.C_START], row[ol.C_FUNCTION_END]).startswith("super"):
        return made
    return Args(made.positional[1:], made.named, made.more)


def fields(ev: Evaluator, inst: Inst) -> Map:
    """The fields of a dataclass or model of the tree with their values: what `model_dump()` gives."""
    names: dict[str, Thing] = {}
    for cls in reversed(lineage(ev, inst.cls)[0]):
        names.update({name: instance_attribute(ev, inst, name) for name in _annotated(ev, cls)})
    given = inst.args.named if inst.args is not None else Map({}, more="the object is handed in")
    more = given.more or (None if names else "its fields are not seen")
    return Map({**given.entries, **names}, given.maybe, more)


def class_attribute(ev: Evaluator, cls: Cls, name: str) -> Thing:
    """`Class.name`."""
    for each in lineage(ev, cls)[0]:
        found = _own(ev, each, name, None)
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
    own = _said(ev, inst, name)
    if inst.args is not None or inst.above is not None or name.startswith("__"):
        return own or Nope(f"no assignment of `.{name}` is seen")
    if not (own is None or is_open(own) or isinstance(own, Nope)):
        return _overridden(ev, inst.cls, name, own)
    heard = [_said(ev, Inst(each), name) for each in heirs(ev, inst.cls)]
    real = [each for each in heard if each is not None and _real(each)]
    if any(not isinstance(each, Nope) for each in real):
        ev.asked.add((inst.cls.path, inst.cls.scope, INSTANCE))
        return choice(real)
    return own or Nope(f"no assignment of `.{name}` is seen")


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
    return choice(said if kept or _is_abstract(ev, own) else [own, *said])


def defines(ev: Evaluator, cls: Cls, name: str) -> bool:
    """Whether a class itself says something of an attribute: in its body, or in a method."""
    module = ev.project.module(cls.path)
    if module is None:
        return False
    if (cls.scope, name) in module.bindings:
        return True
    rows = ((scope, module.scope(scope)) for scope in module.methods.get(cls.scope, ()))
    return any((scope, f"{row[ol.S_PARAMS][0][ol.P_NAME]}.{name}") in module.bindings for scope, row in rows if row[ol.S_PARAMS])


def abstract(ev: Evaluator, cls: Cls) -> bool:
    """Whether a class has abstract methods of its own, so that only its heirs are built."""
    module = ev.project.module(cls.path)
    scopes = module.methods.get(cls.scope, ()) if module is not None else ()
    return any(_is_abstract(ev, Func(cls.path, scope)) for scope in scopes)


def _is_abstract(ev: Evaluator, thing: Thing) -> bool:
    module = ev.project.module(thing.path) if isinstance(thing, Func) else None
    if module is None or not isinstance(thing, Func):
        return False
    return any(module.text(*each).rpartition(".")[2].startswith("abstract") for each in module.scope(thing.scope)[ol.S_DECORATORS])


def _said(ev: Evaluator, inst: Inst, name: str) -> Thing | None:
    """What a class and its bases say of an attribute of their instances."""
    classes, foreign = lineage(ev, inst.cls)
    for each in classes[classes.index(inst.above) + 1 :] if inst.above in classes else classes:
        own = _own(ev, each, name, inst)
        found = _assigned(ev, inst, each, name, own)
        settings = _by_name(ev, inst, each, name)
        if settings and not isinstance(own, Func):
            plain = found if found is not None else own
            found, own = replaced(plain if plain is not None else _inherited(ev, inst, each, name), settings), None
        if found is not None:
            return found if own is None or isinstance(own, Func) or _real(found) else choice([found, own])
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


def _real(thing: Thing) -> bool:
    return not (isinstance(thing, Lit) and thing.value is None)


def _assigned(ev: Evaluator, inst: Inst, cls: Cls, name: str, own: Thing | None) -> Thing | None:
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
            value = _changed(ev, inst, cls, name, _assignment(ev, inst, module, scope, owner, binding))
            if row[ol.S_NAME] == "__init__" or row[ol.S_NAME] in _AFTER_INIT and not _guarded(module, scope, binding):
                first.append(value)
            else:
                later.append((value, _guarded(module, scope, binding)))
    if not first and not later:
        return None
    before = choice([each for each in first if _real(each)] or first) if first else own
    return _set_later(before, later)


def _guarded(module: Module, scope: int, binding: list[Any]) -> bool:
    """Whether an assignment only replaces what is missing: `if self.model is None: self.model = ...`."""
    from costgate.read.names import reach

    return binding in reach(module, scope, binding[ol.B_TARGET], None).guards


def _set_later(before: Thing | None, later: list[tuple[Thing, bool]]) -> Thing:
    """An attribute that methods set which may have run or not."""
    real = [(each, guarded) for each, guarded in later if _real(each)]
    if before is None or not _real(before):
        plain = all(isinstance(each, (Lit, Str)) for each, _ in real)
        kept = [before] if before is not None and (plain or not real) else []
        return choice([each for each, _ in real] + kept or [each for each, _ in later])
    for each, guarded in real:
        before = otherwise(options_of(before), options_of(each)) if guarded else choice([before, each])
    return before


def _by_name(ev: Evaluator, inst: Inst, cls: Cls, name: str) -> list[Setting]:
    """What methods of the class set `name` to by setattr() and the like."""
    module, guard = ev.project.module(cls.path), (cls.path, cls.scope, -2, f".{name}")
    if module is None or guard in ev.pending:
        return []
    ev.pending.add(guard)
    try:
        found: list[Setting] = []
        for scope in module.methods.get(cls.scope, ()):
            row = module.scope(scope)
            if row[ol.S_KIND] == "def" and row[ol.S_PARAMS] and sets_by_name(module, scope):
                owner = row[ol.S_PARAMS][0][ol.P_NAME]
                bound = _constructed(ev, inst, module, scope, owner) if row[ol.S_NAME] == "__init__" else {owner: inst}
                found += set_by_name(ev, module, scope, owner, {(module.path, scope): bound}, name)
        return found
    finally:
        ev.pending.discard(guard)


def _changed(ev: Evaluator, inst: Inst, cls: Cls, name: str, value: Thing) -> Thing:
    """What an attribute holds, with what methods set on it: keys of a dict, settings of a client.

    What the constructor sets is there for sure.
    """
    module, guard = ev.project.module(cls.path), (cls.path, cls.scope, -1, f".{name}")
    if not isinstance(value, (Map, Obj)) or module is None or guard in ev.pending:
        return value
    ev.pending.add(guard)
    try:
        return _set_on(ev, inst, module, cls, name, value)
    finally:
        ev.pending.discard(guard)


def _set_on(ev: Evaluator, inst: Inst, module: Module, cls: Cls, name: str, value: Thing) -> Thing:
    for scope in module.methods.get(cls.scope, ()):
        row = module.scope(scope)
        if row[ol.S_KIND] != "def" or not row[ol.S_PARAMS]:
            continue
        owner = row[ol.S_PARAMS][0][ol.P_NAME]
        if not changes(module, scope, f"{owner}.{name}", value):
            continue
        first = row[ol.S_NAME] == "__init__"
        env = {(module.path, scope): _constructed(ev, inst, module, scope, owner) if first else {owner: inst}}
        changed = mutated(ev, f"{owner}.{name}", value, None, Frame(module, scope, None, env))
        value = perhaps(value, changed) if not first and isinstance(value, Map) and isinstance(changed, Map) else changed
    return value


def _assignment(ev: Evaluator, inst: Inst, module: Module, scope: int, owner: str, binding: list[Any]) -> Thing:
    mark = (module.path, scope)
    bound: dict[str, Thing] = {owner: inst}
    if module.scope(scope)[ol.S_NAME] == "__init__":
        bound = _constructed(ev, inst, module, scope, owner)
    guard = (module.path, scope, binding[ol.B_AT], f"{owner}.")
    if guard in ev.pending:
        ev.cut_short(guard)
        return Nope(f"`{binding[ol.B_TARGET]}` depends on itself")
    ev.pending.add(guard)
    try:
        return ev.binding(binding, Frame(module, scope, binding[ol.B_AT], {mark: bound}))
    finally:
        ev.pending.discard(guard)
        ev.closed(guard)


def _constructed(ev: Evaluator, inst: Inst, module: Module, scope: int, owner: str) -> dict[str, Thing]:
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
            row = _handing(module, scope)
            if row is not None:
                yield module, scope, row


def _own(ev: Evaluator, cls: Cls, name: str, inst: Inst | None) -> Thing | None:
    """A field, a property or a method that the class body defines."""
    from costgate.read.names import reach
    module = ev.project.module(cls.path)
    if module is None:
        return None
    rows = [row for row in reach(module, cls.scope, name, None).rows if not _sets(module, row)]
    rows = rows or [row for row in module.bindings.get((cls.scope, name), ())[::-1] if not _sets(module, row)]
    if not rows:
        return None
    row = rows[0]
    if row[ol.B_KIND] == "def":
        return _member(ev, module, row[ol.B_START], inst)
    if inst is not None and inst.args is not None and row[ol.B_ANNOTATION] is not None:
        given = inst.args.named.entries.get(name) or _by_position(ev, inst, name)
        if given is not None:
            return given
    value = ev.binding(row, Frame(module, cls.scope, row[ol.B_AT]))
    if inst is not None and isinstance(value, Partial) and isinstance(value.target, Func) and value.target.bound is None:
        return replace(value, target=replace(value.target, bound=inst))
    value = _field(ev, value, cls.path)
    if row[ol.B_ANNOTATION] is None:
        return value
    if inst is not None and inst.args is not None and not (inst.args.more or inst.args.named.more) and _fills_nothing(ev, inst.cls):
        return closed(with_origin(value, "function-default"))
    return with_origin(value, "config")


def _sets(module: Module, row: list[Any]) -> bool:
    """Whether a method only sets or deletes a property: `@model.setter`."""
    decorators = module.scope(row[ol.B_START])[ol.S_DECORATORS] if row[ol.B_KIND] == "def" else ()
    return any(module.text(*each).endswith((".setter", ".deleter")) for each in decorators)


def _fills_nothing(ev: Evaluator, cls: Cls) -> bool:
    """Whether only its constructor gives the fields of a class values, not the environment or a file."""
    return all(each in _PLAIN or value_functions().get(each) == "plain" for each in lineage(ev, cls)[1])


def _by_position(ev: Evaluator, inst: Inst, name: str) -> Thing | None:
    """What a dataclass without a constructor of its own is given for a field by position."""
    given = inst.args.positional if inst.args is not None else ()
    names = list(dict.fromkeys(each for cls in reversed(lineage(ev, inst.cls)[0]) for each in _annotated(ev, cls))) if given else []
    return given[names.index(name)] if name in names[: len(given)] else None


def _annotated(ev: Evaluator, cls: Cls) -> list[str]:
    module = ev.project.module(cls.path)
    rows = module.facts["bindings"] if module is not None else ()
    own = (row for row in rows if row[ol.B_SCOPE] == cls.scope and row[ol.B_ANNOTATION] is not None)
    return [row[ol.B_TARGET] for row in own if row[ol.B_TARGET].isidentifier()]


def _field(ev: Evaluator, value: Thing, path: str) -> Thing:
    """The default inside Field(...), field(...) and the like."""
    if not isinstance(value, Rec) or value.symbol.rpartition(".")[2] not in _FIELDS:
        return value
    named = value.args.named.entries
    if "default" in named:
        return named["default"]
    for factory in ("default_factory", "factory"):
        if factory in named:
            return ev.call(named[factory], Args(), path, value.span)
    if value.args.positional:
        return value.args.positional[0]
    return Nope("a field without a default")


def _member(ev: Evaluator, module: Module, scope: int, inst: Inst | None) -> Thing:
    row = module.scope(scope)
    if row[ol.S_KIND] == "class":
        return Cls(module.path, scope)
    decorators = {module.text(*each).rpartition(".")[2] for each in row[ol.S_DECORATORS]}
    if "staticmethod" in decorators:
        return Func(module.path, scope)
    owner: Thing = inst if inst is not None else Cls(module.path, row[ol.S_PARENT])
    if "classmethod" in decorators:
        return Func(module.path, scope, Cls(module.path, row[ol.S_PARENT]))
    function = Func(module.path, scope, owner if inst is not None else None)
    if inst is not None and decorators & {"property", "cached_property", "computed_field"}:
        return ev.call(function, Args(), module.path, None)
    return function
