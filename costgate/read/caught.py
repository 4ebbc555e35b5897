"""Which errors a retry repeats the request on, by the dotted names of their classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.things import Cls, Rec, Ref, Seq, Thing

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

EVERY = "builtins.BaseException"
_ALIAS = re.compile(r"\s+as\s+\w+\s*\Z")


def handled(ev: Evaluator, frame: Frame, handlers: Iterable[int]) -> tuple[str, ...] | None:
    """What the clauses of a try catch before they go round again; None where it is not known."""
    found: list[str] = []
    for handler in handlers:
        row = frame.module.facts["blocks"][handler]
        if ":" in frame.module.text(row[ol.K_START], row[ol.K_HEAD]) or row[ol.K_HEAD] < 0:
            found.append(EVERY)  # `except:`, whose head is its body
            continue
        written = frame.module.text(row[ol.K_HEAD], row[ol.K_HEAD_END])
        end = row[ol.K_HEAD_END] - len(written.encode()) + len(_ALIAS.sub("", written).encode())
        at = Frame(frame.module, frame.scope, row[ol.K_HEAD], frame.env, row[ol.K_HEAD])
        named = names(ev, ev.slice(at, row[ol.K_HEAD], end))
        if named is None:
            return None
        found += named
    return tuple(dict.fromkeys(found))


def asked_for(ev: Evaluator, spec: Mapping[str, Any], named: Mapping[str, Thing], *, hidden: bool) -> tuple[str, ...] | None:
    """The same for a layer of a retry library, whose data says where its errors stand and what holds without them."""
    said = spec.get("errors")
    if said is None or any(name in named for name in said.get("decided_by", ())):
        return None
    value = next((named[name] for name in said["arg"] if name in named), None)
    if value is None:
        return None if hidden or "default" not in said else tuple(said["default"])
    return _condition(ev, said.get("conditions", {}), value)


def _condition(ev: Evaluator, conditions: Mapping[str, str], thing: Thing) -> tuple[str, ...] | None:
    if not isinstance(thing, Rec):
        return None if conditions else names(ev, thing)
    if thing.symbol == "|":
        parts = [_condition(ev, conditions, each) for each in thing.args.positional]
        return None if None in parts else tuple(dict.fromkeys(name for part in parts for name in part or ()))
    if thing.symbol not in conditions:
        return None
    keyword = conditions[thing.symbol]
    given = thing.args.named.entries.get(keyword) or next(iter(thing.args.positional), None)
    return None if given is None else names(ev, given)


def names(ev: Evaluator, thing: Thing) -> tuple[str, ...] | None:
    """The dotted names of one class or a tuple of them; one of the tree by its bare name."""
    if isinstance(thing, Ref):
        return (thing.dotted,)
    if isinstance(thing, Cls):
        module = ev.project.module(thing.path)
        return None if module is None else (str(module.scope(thing.scope)[ol.S_NAME]),)
    if isinstance(thing, Seq) and thing.more is None:
        parts = [names(ev, each) for each in thing.items]
        return None if None in parts else tuple(name for part in parts for name in part or ())
    return None
