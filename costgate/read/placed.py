"""Places in a list: an item that code puts at one, and the part between two."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.native import REST
from costgate.read.things import Choice, Lit, Rec, Seq, Thing, choice

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.frame import Frame

_PLACE = re.compile(r"\w+\[\s*(-?\d{1,4})\s*\]\Z")


def placed(ev: Evaluator, value: Seq, row: list[Any], frame: Frame, *, sure: bool) -> Seq:
    """`items[0] = item`: in place of what is there, or before what is not seen of the list."""
    match = _PLACE.match(row[ol.B_TARGET]) if row[ol.B_KIND] == "=" else None
    if match is None:
        return value
    at, item = int(match.group(1)), ev.binding(row, frame)
    if value.more is None and -len(value.items) <= at < len(value.items):
        at %= len(value.items)
        there = item if sure else choice([value.items[at], item])
        return replace(value, items=(*value.items[:at], there, *value.items[at + 1 :]))
    if at == 0 and value.more is not None:
        return replace(value, items=(item if sure else choice([item, Lit(None)]), *value.items))
    return replace(value, more=value.more or "an item is set at run time")


def some_of(value: Seq, which: str) -> Seq:
    """A part of a list: all but the first item, or one that may lack each of its items and has no more for a longer list."""
    if which == REST:
        return replace(value, items=value.items[1:])
    return Seq(tuple(choice([each, Lit(None)]) if _holds(each) else each for each in value.items), which)


def _holds(thing: Thing) -> bool:
    return not isinstance(thing, (Choice, Lit, Rec))
