"""Functions that come back to themselves: again and again, only where they failed, or not as deep as it looks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from costgate.model.call import Loop, RetryLayer
from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.modules import Module
from costgate.read.things import Func, options_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

MAX_CIRCLE = 24
"""How many functions of a file are looked at for a way back to one of them."""
_STEP = re.compile(r"\w\s*[-+]\s*1\b")
"""A number that is handed on one up or one down, which bounds a recursion as far as it is looked at."""
_NAME = re.compile(r"[A-Za-z_]\w*")
_GIVEN = re.compile(r"\s+is\s+not\s+None\Z")
_EMPTY = ("None", "False", "0", "''", '""', "()", "[]", "{}")


def recursion(ev: Evaluator, frame: Frame) -> Loop | RetryLayer | None:
    """A function that calls itself: again and again, or only where it failed."""
    module, scope = frame.module, frame.scope
    blocks, own = module.facts["blocks"], module.scope(scope)
    if own[ol.S_KIND] != "def":
        return None
    rows = [row for row in module.calls.get(scope, ()) if row[ol.C_TAIL] == own[ol.S_NAME]]
    own_calls = [row for row in rows if _leads_to(ev, module, row, scope) and not _at_most_once(module, scope, row)]
    steps = own_calls or _circle(ev, module, scope)
    calls = own_calls or steps[:1]
    if not calls:
        return None
    span = module.span(calls[0][ol.C_START])
    chains = [module.chain(row[ol.C_BLOCK]) for row in calls]
    if not all(any(blocks[block][ol.K_KIND] == "except" for block in chain) for chain in chains):
        counted = any(_STEP.search(module.text(row[ol.C_FUNCTION_END], row[ol.C_END])) for row in steps)
        return Loop("recursion", None, span, not counted)
    plain = all(module.text(row[ol.C_FUNCTION_END], row[ol.C_END]) == "()" for row in calls)
    return RetryLayer("recursion", None, True if plain and not _branches(blocks, chains) else None, span)


def _at_most_once(module: Module, scope: int, row: list[Any]) -> bool:
    """Whether a function calls itself only where it was given something that it does not hand on: `if lock: return self(x)`."""
    blocks = module.facts["blocks"]
    heads = (blocks[at] for at in module.chain(row[ol.C_BLOCK]) if blocks[at][ol.K_KIND] == "if")
    tests = {_GIVEN.sub("", module.text(head[ol.K_HEAD], head[ol.K_HEAD_END])) for head in heads}
    empty = {each[ol.P_NAME] for each in module.scope(scope)[ol.S_PARAMS] if _default(module, each) in _EMPTY}
    given = module.text(row[ol.C_FUNCTION_END], row[ol.C_END])
    return "*" not in given and bool((tests & empty) - set(_NAME.findall(given)))


def _default(module: Module, param: list[Any]) -> str:
    return module.text(*param[ol.P_DEFAULT]) if param[ol.P_DEFAULT] else ""


def _circle(ev: Evaluator, module: Module, scope: int) -> list[list[Any]]:
    """The calls by which a function comes back to itself through others of its file, its own first."""
    own = module.scope(scope)[ol.S_NAME]
    named = {row[ol.S_NAME]: at for at, row in enumerate(module.facts["scopes"]) if row[ol.S_KIND] == "def"}
    for row in module.calls.get(scope, ()):
        first = named.get(row[ol.C_TAIL], scope)
        seen: set[int] = {scope}
        todo: list[tuple[int, tuple[tuple[list[Any], int], ...]]] = [(first, ((row, first),))]
        while todo and len(seen) < MAX_CIRCLE:
            at, way = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            inner = module.calls.get(at, ())
            back = [each for each in inner if each[ol.C_TAIL] == own]
            home = [each for each in back if _leads_to(ev, module, each, scope)]
            if home and all(_leads_to(ev, module, *step) for step in way):
                return [*(step[0] for step in way), *home]
            further = ((each, named[each[ol.C_TAIL]]) for each in inner if each[ol.C_TAIL] in named)
            todo += [(step[1], (*way, step)) for step in further]
    return []


def _branches(blocks: list[list[Any]], chains: list[list[int]]) -> bool:
    return any(blocks[block][ol.K_KIND] in ("if", "elif", "else", "case") for chain in chains for block in chain)


def _leads_to(ev: Evaluator, module: Module, row: list[Any], scope: int) -> bool:
    frame = Frame(module, row[ol.C_SCOPE], row[ol.C_START], {}, row[ol.C_START])
    thing = ev.slice(frame, row[ol.C_START], row[ol.C_FUNCTION_END])
    return any(isinstance(each, Func) and (each.path, each.scope) == (module.path, scope) for each in options_of(thing))
