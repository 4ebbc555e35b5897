"""Classes that extend a dict, and models that are made of one: what such a dict holds, and what setting a key does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.constructed import foreign_args
from costgate.read.frame import Frame
from costgate.read.library import FUNCTIONS
from costgate.read.lineage import lineage
from costgate.read.things import Args, Inst, Map, Rec, Seq, Thing

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

_DICTS = frozenset({"builtins.dict", "collections.OrderedDict", "collections.UserDict"})
FIELDS = "fields"
"""What costgate/knowledge/values.yaml calls a function that makes a class of its keyword arguments."""


def as_dict(ev: Evaluator, inst: Inst, path: str, span: Span) -> Map | None:
    """An instance of a class that is a dict with other ways to be built and set; None for one with methods of its own."""
    base = next((each for each in lineage(ev, inst.cls)[1] if each in _DICTS), None)
    module = ev.project.module(inst.cls.path) if base is not None else None
    if module is None or base is None:
        return None
    names = {str(module.scope(scope)[ol.S_NAME]) for scope in module.methods.get(inst.cls.scope, ())}
    if any(not name.startswith("__") for name in names):
        return None

    made = FUNCTIONS["builtins.dict"](ev, foreign_args(ev, inst, base), path, span)
    return Map(made.entries, made.maybe, made.more, made.rest, made.gone, inst) if isinstance(made, Map) else None


def kept(ev: Evaluator, table: Map, key: Thing, item: Thing) -> Thing:
    """What `table[key] = item` keeps: the item, or what a `__setitem__` of its class hands to that of the dict."""
    inst = table.made
    module = ev.project.module(inst.cls.path) if isinstance(inst, Inst) else None
    if module is None or not isinstance(inst, Inst):
        return item
    for scope in module.methods.get(inst.cls.scope, ()):
        params = module.scope(scope)[ol.S_PARAMS]
        if module.scope(scope)[ol.S_NAME] != "__setitem__" or len(params) != 3:
            continue
        bound = dict(zip((param[ol.P_NAME] for param in params), (inst, key, item), strict=True))
        for row in module.calls.get(scope, ()):
            term = module.term(row[ol.C_START], row[ol.C_END])
            if row[ol.C_TAIL] == "__setitem__" and term[0] == "call" and len(term[2]) == 2:
                frame = Frame(module, scope, row[ol.C_START], {(module.path, scope): bound}, row[ol.C_START])
                return ev.term(term[2][1][1], frame)
    return item


def of_fields(maker: Args, args: Args, span: Span) -> Rec:
    """An instance of a class that was made of keyword arguments: each a type with a default."""
    named = maker.named
    entries = {name: _default(each) for name, each in named.entries.items() if not name.startswith("__")}
    more = named.more or ("it extends another class" if "__base__" in named.entries else None) or args.named.more
    return Rec("namespace", Args((), Map({**entries, **args.named.entries}, args.named.maybe, more), args.more), span)


def _default(field: Thing) -> Thing:
    """The default of `(type, default)`; one that is required has none that is followed."""
    return field.items[1] if isinstance(field, Seq) and len(field.items) == 2 else field
