"""The object that answers wherever code gives none: what is handed to a call that configures an SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.lending import lent
from costgate.read.things import Args, Map, Obj, Ref, Thing, choice

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

_LENT = ("model", "output_limit", "retries")
"""Roles whose default is set elsewhere until an object is configured."""


def configured(ev: Evaluator, target: Obj) -> Obj:
    """An object that was given none of its own, with the one that the tree configures."""
    spec = target.made.get("configured")
    if not spec or target.hidden or "model" in target.settings:
        return target
    known = str(spec)
    if known not in ev.configured:
        ev.configured[known] = None  # what is asked for meanwhile has none
        ev.configured[known] = _handed_over(ev, spec)
    thing = ev.configured[known]
    if thing is None:
        return target
    defaults = {role: value for role, value in target.made["defaults"].items() if role not in _LENT or value}
    told = replace(target, made={**target.made, "defaults": defaults})
    return lent(told, Args(named=Map({spec["argument"]: thing})))


def _handed_over(ev: Evaluator, spec: Mapping[str, Any]) -> Thing | None:
    """What is configured, one of several where several are; None where something else may hold in places."""
    if any(True for name in spec.get("unless", ()) for _ in _calls(ev, name)):
        return None
    found = [thing for symbol in spec["symbols"] for args in _calls(ev, symbol) if (thing := args.named.entries.get(spec["argument"]))]
    return choice(found) if found else None


def _calls(ev: Evaluator, symbol: str) -> Iterator[Args]:
    """The arguments of every call of a name: a dotted one as imports give it, a single one of any object."""
    last = symbol.rpartition(".")[2]
    for path in ev.mentions.anywhere(f"{last}("):
        module = ev.project.module(path)
        for row in module.calls_by_tail.get(last, ()) if module is not None else ():
            assert module is not None
            frame = Frame(module, row[ol.C_SCOPE], row[ol.C_START], {}, row[ol.C_START])
            called = ev.slice(frame, row[ol.C_START], row[ol.C_FUNCTION_END]) if "." in symbol else Ref(symbol)
            term = module.term(row[ol.C_START], row[ol.C_END])
            if isinstance(called, Ref) and ev.catalog.canonical(called.dotted) == symbol and term[0] == "call":
                yield ev.arguments(term[2], frame)
