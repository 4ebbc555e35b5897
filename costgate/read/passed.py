"""The arguments of one call as it stands in the source, evaluated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.modules import Module
from costgate.read.things import Args, Env, Lit, Map, Nope, Seq, Thing, choice
from costgate.read.values import as_map

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

_LAST_NAME = re.compile(r"\w+\Z")
MAPS = ("map", "imap", "imap_unordered", "map_async", "amap")
"""Methods that call what they are given once for each of many."""


def arguments_of(
    ev: Evaluator, module: Module, row: list[Any], env: Env, handed: int = -1, *, later: bool = False
) -> Args:
    """Evaluate a call's arguments, or put that off (`later`).

    `handed`: only those behind the method that ends there, which is handed over.
    """
    term = module.term(row[ol.C_START], row[ol.C_END])
    if term[0] != "call":
        return Args((), more=str(term[1]) if term[0] == "?" else "the call does not parse")
    frame = Frame(module, row[ol.C_SCOPE], row[ol.C_START], env, row[ol.C_START])
    rows = term[2]
    if handed < 0:
        return ev.arguments(rows, frame, later=later)
    rest = rows[_index(rows, module.text(row[ol.C_START], handed)) :]
    if rest and row[ol.C_TAIL] in MAPS:
        given = ev.arguments([each for each in rest if each[0] is None], frame)
        return Args(tuple(_one_of(each) for each in given.positional if not isinstance(each, Lit)), more=given.more)
    if not rest:
        return Args(named=Map({}, more="its arguments are passed elsewhere"), more="its arguments are passed elsewhere")
    return opened(ev.arguments(rest, frame))


def _one_of(items: Thing) -> Thing:
    seen = isinstance(items, Seq) and items.items and items.more is None
    return choice(list(items.items)) if seen and isinstance(items, Seq) else Nope("one of many at run time")


def opened(args: Args) -> Args:
    """`Thread(target=f, args=(...), kwargs={...})` hands on what stands in these."""
    named = args.named.entries
    if not named.keys() & {"args", "kwargs"}:
        return args
    positional = named.get("args", Seq(()))
    keywords = as_map(named["kwargs"]) if "kwargs" in named else Map({})
    more = None if isinstance(positional, Seq) else "its arguments are not followed"
    return Args(positional.items if isinstance(positional, Seq) else (), keywords, more)


def _index(rows: list[list[Any]], before: str) -> int:
    """How many arguments stand up to and including the method that is handed over."""
    wanted = _LAST_NAME.findall(before)[-1:]
    for index, (_, term) in enumerate(rows):
        if term[0] in ("attr", "name") and term[-1:] == wanted:
            return index + 1
    partials = (index for index, (_, term) in enumerate(rows) if term[0] == "call" and term[1][-1] in ("partial", "partialmethod"))
    return next(partials, len(rows) - 1) + 1


def rounds(ev: Evaluator, module: Module, row: list[Any], env: Env) -> int | None:
    """How often `map(function, items)` calls: once for each of the items, as far as these are all seen."""
    items = [each for each in arguments_of(ev, module, row, env).positional[1:] if isinstance(each, Seq) and each.more is None]
    return min((len(each.items) for each in items), default=None)
