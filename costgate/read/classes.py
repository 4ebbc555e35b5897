"""Attributes of classes and instances of the tree: fields, what methods assign, properties, inheritance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.things import Args, Cls, Func, Inst, Lit, Map, Nope, Obj, Partial, Rec, Ref, Thing, choice
from costgate.read.values import with_origin

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

_BUILDERS = ("__init__", "__post_init__", "model_post_init", "__new__")
_FIELDS = ("Field", "field", "ib", "attrib", "PrivateAttr")
_DUMPS = ("model_dump", "dict")
MAX_BASES = 12


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
    from costgate.read.frame import Frame

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


def class_attribute(ev: Evaluator, cls: Cls, name: str) -> Thing:
    """`Class.name`."""
    for each in lineage(ev, cls)[0]:
        found = _own(ev, each, name, None)
        if found is not None:
            return found
    return Nope(f"no `{name}` is seen on the class")


def instance_attribute(ev: Evaluator, inst: Inst, name: str) -> Thing:
    """`instance.name`: what a constructor argument, a method or the class says, base classes included."""
    classes, foreign = lineage(ev, inst.cls)
    if name == "__class__":
        return inst.cls
    for each in classes:
        found = _assigned(ev, inst, each, name)
        own = _own(ev, each, name, inst)
        if found is not None:
            return found if own is None or _real(found) else choice([found, own])
        if own is not None:
            return own
    for dotted in foreign:
        held = ev.catalog.held(dotted, Span(inst.cls.path, 1))
        if isinstance(held, Obj):
            made = ev.catalog.make(dotted, inst.args or Args(), held.span)
            return ev.catalog.attribute(made if isinstance(made, Obj) else held, name)
    if name in _DUMPS and foreign:
        return Partial(Ref(f".{name}"), Args((inst,)))
    extended = [] if inst.args is not None else heirs(ev, inst.cls)
    assigned = [_assigned(ev, Inst(each), each, name) for each in extended]
    real = [each for each in assigned if each is not None and _real(each)]
    return choice(real) if real else Nope(f"no assignment of `.{name}` is seen")


def heirs(ev: Evaluator, cls: Cls) -> list[Cls]:
    """Classes of the modules read so far that extend a class: what a method of a base class may find on `self`."""
    module = ev.project.module(cls.path)
    if module is None:
        return []
    name = module.scope(cls.scope)[ol.S_NAME]
    found = []
    for other in ev.project.seen():
        for index, row in enumerate(other.facts["scopes"]):
            bases = [other.text(*each).split("[")[0].rpartition(".")[2] for each in row[ol.S_BASES]]
            if row[ol.S_KIND] == "class" and bases and (name in bases or len(bases) < 4):
                each = Cls(other.path, index)
                if each != cls and name in _names(ev, each) and cls in lineage(ev, each)[0]:
                    found.append(each)
    return found[:MAX_BASES]


def _names(ev: Evaluator, cls: Cls) -> set[str]:
    names = set()
    for each in lineage(ev, cls)[0][1:]:
        module = ev.project.module(each.path)
        if module is not None:
            names.add(str(module.scope(each.scope)[ol.S_NAME]))
    return names


def _real(thing: Thing) -> bool:
    return not (isinstance(thing, Lit) and thing.value is None)


def _assigned(ev: Evaluator, inst: Inst, cls: Cls, name: str) -> Thing | None:
    """What methods of the class assign to `self.name`."""
    module = ev.project.module(cls.path)
    if module is None:
        return None
    options: list[Thing] = []
    for scope in module.methods.get(cls.scope, ()):
        row = module.scope(scope)
        if row[ol.S_KIND] != "def" or not row[ol.S_PARAMS]:
            continue
        owner = row[ol.S_PARAMS][0][ol.P_NAME]
        for binding in module.bindings.get((scope, f"{owner}.{name}"), ()):
            if binding[ol.B_KIND] in ("del",) or (binding[ol.B_KIND].endswith("=") and binding[ol.B_KIND] != "="):
                continue
            options.append(_assignment(ev, inst, module, scope, owner, binding))
    if not options:
        return None
    empty = [each for each in options if not _real(each)]
    return choice([each for each in options if _real(each)] or empty)


def _assignment(ev: Evaluator, inst: Inst, module: Module, scope: int, owner: str, binding: list[Any]) -> Thing:
    from costgate.read.frame import Frame

    mark = (module.path, scope)
    bound: dict[str, Thing] = {owner: inst}
    if inst.args is not None and module.scope(scope)[ol.S_NAME] in _BUILDERS[:1]:
        bound = ev.bound(Func(module.path, scope, inst), inst.args)
    guard = (module.path, scope, binding[ol.B_AT], f"{owner}.")
    if guard in ev.pending:
        return Nope(f"`{binding[ol.B_TARGET]}` depends on itself")
    ev.pending.add(guard)
    try:
        return ev.binding(binding, Frame(module, scope, binding[ol.B_AT], {mark: bound}))
    finally:
        ev.pending.discard(guard)


def _own(ev: Evaluator, cls: Cls, name: str, inst: Inst | None) -> Thing | None:
    """A field, a property or a method that the class body defines."""
    from costgate.read.frame import Frame
    from costgate.read.names import reach
    module = ev.project.module(cls.path)
    if module is None:
        return None
    rows = reach(module, cls.scope, name, None).rows
    if not rows:
        return None
    row = rows[0]
    if row[ol.B_KIND] == "def":
        return _member(ev, module, row[ol.B_START], inst)
    if inst is not None and inst.args is not None and row[ol.B_ANNOTATION] is not None:
        if name in inst.args.named.entries:
            return inst.args.named.entries[name]
    value = ev.binding(row, Frame(module, cls.scope, row[ol.B_AT]))
    return with_origin(_field(ev, value, cls.path), "config" if row[ol.B_ANNOTATION] else "argument")


def dumped(ev: Evaluator, inst: Inst, *, filled: bool) -> Map:
    """What an instance gives as a dict: its fields, base classes included. `filled`: those that are None are left out."""
    given = inst.args.named if inst.args is not None else Map({}, more="the fields of an object that is made elsewhere")
    entries: dict[str, Thing] = {}
    for cls in reversed(lineage(ev, inst.cls)[0]):
        module = ev.project.module(cls.path)
        for row in module.facts["bindings"] if module is not None else ():
            if row[ol.B_SCOPE] == cls.scope and row[ol.B_ANNOTATION] is not None and row[ol.B_START] >= 0:
                value = _own(ev, cls, row[ol.B_TARGET], None)
                entries[row[ol.B_TARGET]] = value if value is not None else Nope("a field without a default")
    entries.update(given.entries)
    if filled:
        entries = {name: each for name, each in entries.items() if _real(each)}
    return Map(entries, given.maybe & entries.keys(), given.more)


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
