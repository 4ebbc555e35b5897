"""Comprehensions over a few values that are known: one item for each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from costgate.read.frame import Frame
from costgate.read.python import Term
from costgate.read.things import Lit, Map, Seq, Thing, choice, is_prose, options_of
from costgate.read.values import is_none, text_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

FOR_EACH = "one item for each element at run time"
"""Why a comprehension gives more than the one item that is seen."""
MAX_EACH = 24
MAX_NESTED = 1
_NAMES = re.compile(r"\(?\s*\w+(?:\s*,\s*\w+)*\s*,?\s*\)?\Z")


def each_of(ev: Evaluator, term: Term, frame: Frame) -> Seq | None:
    """`[f(each) for each in known]`; None where what it goes through is not known, is much, or is picked from."""
    _, _, element, target, source, tests = term
    if tests or not _NAMES.match(target) or _depth(element) > MAX_NESTED:
        return None
    given = ev.term(source, frame)
    if isinstance(given, Map) and given.more is None and not given.maybe:
        place = ev.place(frame)
        given = Seq(tuple(text_of(key, place) for key in given.entries))
    if not isinstance(given, Seq) or given.more is not None or not 0 < len(given.items) <= MAX_EACH:
        return None
    names = re.findall(r"\w+", target)
    rows = [_unpacked(each, names, bare=target == names[0]) for each in given.items]
    if None in rows:
        return None
    return Seq(tuple(ev.term(_put(element, row), frame) for row in rows if row is not None))


def for_each(ev: Evaluator, item: Thing, term: Term, frame: Frame) -> Seq:
    """What a comprehension gives that is not followed item by item. Where it may give none, its text is one that may lack."""
    if not any(map(is_prose, options_of(item))) or _some(ev, term, frame):
        return Seq((item,), FOR_EACH)
    return Seq((choice([item, Lit(None)]),), FOR_EACH)


def _some(ev: Evaluator, term: Term, frame: Frame) -> bool:
    """Whether a comprehension is known to give an item at least: what it goes through has one, and none is picked."""
    given = ev.term(term[4], frame) if not term[5] else None
    if isinstance(given, Map):
        return any(key not in given.maybe for key in given.entries)
    if not isinstance(given, Seq) or given.more == FOR_EACH and not is_prose(given.items[0]):
        return False
    return any(not any(map(is_none, options_of(each))) for each in given.items)


def _depth(term: Any) -> int:
    """How many comprehensions stand in one another."""
    if not isinstance(term, list):
        return 0
    return max(map(_depth, term), default=0) + (term[:1] == ["comp"])


def _unpacked(item: Thing, names: list[str], *, bare: bool) -> dict[str, Thing] | None:
    if bare:
        return {names[0]: item}
    if not isinstance(item, Seq) or item.more is not None or len(item.items) != len(names):
        return None
    return dict(zip(names, item.items, strict=True))


def _put(term: Any, values: dict[str, Thing]) -> Any:
    """The term with what is known in place of names."""
    if not isinstance(term, list):
        return term
    if len(term) == 2 and term[0] == "name" and isinstance(term[1], str) and term[1] in values:
        return ["thing", values[term[1]]]
    return [_put(each, values) for each in term]
