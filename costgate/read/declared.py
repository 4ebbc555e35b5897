"""Classes that say what a model is asked: the docstring is the instruction, the fields are named and described in it."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.model.prompt import Hole, Text
from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.lineage import lineage
from costgate.read.python import Term
from costgate.read.schemas import DOCUMENTATION, MAX_FIELDS, written
from costgate.read.things import Choice, Cls, Str, Thing, choice, options_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module


def declared(ev: Evaluator, thing: Thing) -> Thing:
    """The text that is sent for a class which extends such a declaration of an SDK; what else there is, as it is."""
    if isinstance(thing, Choice):
        return choice([declared(ev, each) for each in thing.options])
    entry = _declaration(ev, thing) if isinstance(thing, Cls) else None
    module = ev.project.module(thing.path) if entry is not None and isinstance(thing, Cls) else None
    if entry is None or module is None or not isinstance(thing, Cls):
        return thing
    ev.touched.add(thing.path)
    fields = _fields(module, thing.scope, entry["fields"])
    return choice([Str((*each, *fields)) for each in _instructions(ev, module, thing.scope)])


def _declaration(ev: Evaluator, cls: Cls) -> Mapping[str, Any] | None:

    entries = (entry for dotted in lineage(ev, cls)[1] for entry in ev.catalog.symbols.get(dotted, ()))
    return next((entry for entry in entries if entry["what"] == "text" and "fields" in entry), None)


def _instructions(ev: Evaluator, module: Module, scope: int) -> list[list[Text | Hole]]:
    """The docstring, or what the class's body assigns in its place: `__doc__ = f"..."`."""
    rows = module.bindings.get((scope, "__doc__"), ())
    if not rows:
        return [_instruction(module, scope)]
    row = rows[-1]
    said = options_of(ev.binding(row, Frame(module, scope, row[ol.B_AT])))
    hole = Hole("__doc__", module.span(row[ol.B_AT]), "system")
    return [[replace(part, role="system") for part in each.parts] if isinstance(each, Str) else [hole] for each in said]


def _instruction(module: Module, scope: int) -> list[Text | Hole]:
    start = module.facts["blocks"][module.scope(scope)[ol.S_BLOCK]][ol.K_START]
    match = DOCUMENTATION.match(module.source[start : module.scope(scope)[ol.S_END]][:20_000])
    if match is None:
        return []
    said = next(group for group in match.groups() if group is not None).decode("utf-8", "replace")
    at = start + len(match.group()) - len(match.group().lstrip())
    return [Text(inspect.cleandoc(said).strip(), module.span(at), "system")]


def _fields(module: Module, scope: int, keywords: Sequence[str]) -> list[Text | Hole]:
    """A line for each field, with what its description says, and a hole for what fills it."""
    found: list[Text | Hole] = []
    for (owner, name), rows in module.bindings.items():
        if owner != scope or rows[0][ol.B_START] < 0 or name.startswith("__") or len(found) > MAX_FIELDS:
            continue
        place, base = module.span(rows[0][ol.B_AT]), rows[0][ol.B_START]
        term = module.term(base, rows[0][ol.B_END])
        found.append(Text(f"\n{name} ", place, "system"))
        for keyword, each in term[2] if term[0] == "call" else ():
            if keyword in keywords and written(each):
                found.append(Text(written(each), module.span(base + module.bytes_of(base, _offset(each))), "system"))
        found += [Text(": ", place, "system"), Hole(name, place, "user")]
    return found


def _offset(term: Term) -> int:
    """Where the first literal of an added text begins."""
    while term[0] != "str":
        term = term[2][0]
    return int(term[2])
