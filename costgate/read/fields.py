"""What the body of a class says of an attribute: fields with their defaults, properties, methods, inner classes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.knowledge.values import value_functions
from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.lineage import lineage
from costgate.read.names import reach
from costgate.read.things import Args, Cls, Func, Inst, Map, Nope, Partial, Rec, Thing, choice, options_of
from costgate.read.values import closed, with_origin

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

_FIELDS = ("Field", "field", "ib", "attrib", "PrivateAttr")
_PLAIN = ("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing.NamedTuple")


def own_of(ev: Evaluator, cls: Cls, name: str, inst: Inst | None) -> Thing | None:
    """A field, a property or a method that the class body defines."""

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
    if inst is not None and row[ol.B_ANNOTATION] is not None:
        from costgate.read.constructed import filled

        inst = filled(ev, inst, name) if any(each not in _PLAIN for each in lineage(ev, inst.cls)[1]) else inst
    if inst is not None and inst.args is not None and row[ol.B_ANNOTATION] is not None:
        given = inst.args.named.entries.get(name) or _by_position(ev, inst, name)
        if given is not None and name not in inst.args.named.maybe:
            return _as_promised(ev, given, row, module, cls)
        if given is not None:
            return choice([_as_promised(ev, given, row, module, cls), _default(ev, row, module, cls, Inst(inst.cls, Args()))])
    return _default(ev, row, module, cls, inst)


def _default(ev: Evaluator, row: list[Any], module: Module, cls: Cls, inst: Inst | None) -> Thing:
    """What the body of the class gives the attribute, where nothing that the instance was given does."""
    value = ev.binding(row, Frame(module, cls.scope, row[ol.B_AT]))
    if inst is not None and isinstance(value, Partial) and isinstance(value.target, Func) and value.target.bound is None:
        return replace(value, target=replace(value.target, bound=inst))
    value = _field(ev, value, cls.path)
    if row[ol.B_ANNOTATION] is None:
        return value
    if inst is not None and inst.args is not None and not (inst.args.more or inst.args.named.more) and fills_nothing(ev, inst.cls):
        return closed(with_origin(value, "function-default"))
    return with_origin(value, "config")


def _as_promised(ev: Evaluator, given: Thing, row: list[Any], module: Module, cls: Cls) -> Thing:
    """A dict that is given for a field of a class becomes an instance of that."""
    if not isinstance(given, Map):
        return given
    kinds = options_of(ev.annotated(row[ol.B_ANNOTATION], Frame(module, cls.scope, None)) or given)
    kind = next((each.cls for each in kinds if isinstance(each, Inst)), None)
    return given if kind is None else Inst(kind, Args(named=given))


def _sets(module: Module, row: list[Any]) -> bool:
    """Whether a method only sets or deletes a property: `@model.setter`."""
    decorators = module.scope(row[ol.B_START])[ol.S_DECORATORS] if row[ol.B_KIND] == "def" else ()
    return any(module.text(*each).endswith((".setter", ".deleter")) for each in decorators)


def fills_nothing(ev: Evaluator, cls: Cls) -> bool:
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


def fields(ev: Evaluator, inst: Inst) -> Map:
    """The fields of a dataclass or model of the tree with their values: what `model_dump()` gives."""
    from costgate.read.classes import instance_attribute

    names: dict[str, Thing] = {}
    for cls in reversed(lineage(ev, inst.cls)[0]):
        names.update({name: instance_attribute(ev, inst, name) for name in _annotated(ev, cls)})
    given = inst.args.named if inst.args is not None else Map({}, more="the object is handed in")
    more = given.more or (None if names else "its fields are not seen")
    return Map({**given.entries, **names}, given.maybe, more)
