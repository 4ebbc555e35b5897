"""How many passages the function around a call looks up at most."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from costgate.knowledge.retrieval import retrieval_words
from costgate.read import outline as ol
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.given import dig
from costgate.read.modules import Module
from costgate.read.passed import arguments_of
from costgate.read.things import Env, Lit, Nope, Thing

_MOST = 100_000


def passages(ev: Evaluator, module: Module, scope: int, env: Env) -> int | None:
    """All of its look-ups together; None where it has none, or one that says no number."""
    words, found = retrieval_words(), []
    for row in module.told("look-ups", _lookups)[scope]:
        tail = row[ol.C_TAIL]
        own = _limit(ev, module, row, env)
        if own is None and tail in words["asks"]:
            own = _made_with(ev, module, row, env)
        if own is None and tail in words["looks_up"] and _is_retrieval(module, row):
            return None
        found += [own] if own is not None else []
    return sum(found) if found else None


def _lookups(module: Module) -> dict[int, list[list[Any]]]:
    """By scope, the calls whose names look something up."""
    words, found = retrieval_words(), defaultdict(list)
    for tail in dict.fromkeys((*words["looks_up"], *words["asks"])):
        for row in module.calls_by_tail.get(tail, ()):
            found[row[ol.C_SCOPE]].append(row)
    return found


def _limit(ev: Evaluator, module: Module, row: list[Any], env: Env) -> int | None:
    args = arguments_of(ev, module, row, env)
    values = (dig(args.named, name.split(".")) for name in retrieval_words()["limits"])
    return next((number for value in values if (number := _whole(value)) is not None), None)


def _made_with(ev: Evaluator, module: Module, row: list[Any], env: Env) -> int | None:
    """What the object was told that is asked: `store.as_retriever(search_kwargs={"k": 4})`, wherever that stands."""
    makers = retrieval_words()["makers"]
    for each in module.calls.get(row[ol.C_SCOPE], ()):
        inside = row[ol.C_START] <= each[ol.C_START] and each[ol.C_END] <= row[ol.C_FUNCTION_END]
        if inside and each[ol.C_TAIL] in makers:
            return _limit(ev, module, each, env)
    frame = Frame(module, row[ol.C_SCOPE], row[ol.C_START], env, row[ol.C_START])
    thing = ev.slice(frame, row[ol.C_START], row[ol.C_END])
    for span in thing.trail if isinstance(thing, Nope) else ():
        other = ev.project.module(span.path)
        for each in other.facts["calls"] if other is not None else ():
            if other is not None and each[ol.C_TAIL] in makers and _at(other, each, span.line):
                return _limit(ev, other, each, {})
    return None


def _at(module: Module, row: list[Any], line: int) -> bool:
    span = module.span(row[ol.C_START], row[ol.C_END])
    return span.line <= line <= (span.end_line or span.line)


def _is_retrieval(module: Module, row: list[Any]) -> bool:
    """Whether a name is so plain that only its limit tells what it looks up; `re.search` and `db.query` are no retrieval."""
    return "similarity" in row[ol.C_TAIL] or "retrieve" in row[ol.C_TAIL]


def _whole(value: Thing | None) -> int | None:
    """A number that holds. A default that a caller or the environment may replace bounds nothing."""
    if not isinstance(value, Lit) or value.origin in ("function-default", "env-default"):
        return None
    number = value.value
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 < number < _MOST else None
