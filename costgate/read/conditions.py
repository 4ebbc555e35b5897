"""What a test decides: which branches the values that are followed rule out, and which they make certain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from costgate.model.value import Truth, every, negate, some, unanimous
from costgate.read import outline as ol
from costgate.read.python import Term
from costgate.read.things import OPEN, SETTLED, Lit, Map, Seq, Str, Thing, falsy, is_open, options_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.frame import Frame

_BRANCHES = ("if", "elif", "else", "case")
_FIRM = ("argument", "client", SETTLED)
"""Origins of values that no caller or environment replaces: only these settle a comparison."""
_VALUES = ("name", "attr", "thing")
_CONTAINERS = ("name", "attr", "tuple", "list", "dict")
"""Terms that a comparison looks at, and those that it looks for them in."""
_SUBJECT = re.compile(rb"match\b\s*(.+?)\s*:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*case\b", re.DOTALL)


def decide(ev: Evaluator, term: Term, frame: Frame) -> Truth:
    """Whether a test holds. None where the values do not settle it."""
    tag = term[0]
    if tag == "not":
        return negate(decide(ev, term[1], frame))
    if tag == "and":
        return every(decide(ev, each, frame) for each in term[1])
    if tag == "or":
        return some(decide(ev, each, frame) for each in term[1])
    if tag == "cmp":
        return _compared(ev, term, frame)
    if tag in ("const", "num", "str", "name", "attr"):
        return unanimous(_true(each) for each in options_of(ev.term(term, frame)))
    return None


def _true(thing: Thing) -> Truth:
    switch = isinstance(thing, Lit) and isinstance(thing.value, bool) and thing.origin not in _FIRM
    filled_in = isinstance(thing, Str) and thing.plain == "" and thing.origin in OPEN
    return None if switch or filled_in or is_open(thing) else negate(falsy(thing))


def _compared(ev: Evaluator, term: Term, frame: Frame) -> Truth:
    _, left, operator, right = term
    if operator in ("Is", "IsNot") and right == ["const", None]:
        truth = unanimous(_none(each) for each in options_of(ev.term(left, frame)))
        return truth if operator == "Is" else negate(truth)
    if operator in ("Equal", "NotEqual", "Is", "IsNot") and left[0] in _VALUES and right[0] in ("str", "const", "num", "attr"):
        one, other = ev.term(left, frame), ev.term(right, frame)
        truth = unanimous(_equal(each, other) for each in options_of(one))
        return truth if operator in ("Equal", "Is") else negate(truth)
    if operator in ("In", "NotIn") and left[0] in (*_VALUES, "str") and right[0] in _CONTAINERS:
        among = ev.term(right, frame)
        truth = unanimous(_contained(each, among) for each in options_of(ev.term(left, frame)))
        return truth if operator == "In" else negate(truth)
    return None


def _contained(one: Thing, among: Thing) -> Truth:
    """Whether a text is a key of a dict, or an item of a list, all of which is seen."""
    if isinstance(among, Seq):
        return some(_equal(one, each) for each in among.items) if among.more is None else None
    if not isinstance(among, Map) or not isinstance(one, Str) or one.plain is None or one.origin not in _FIRM:
        return None
    if one.plain in among.entries:
        return None if one.plain in among.maybe else True
    return False if among.more is None else None


def _none(thing: Thing) -> Truth:
    """Whether a thing is None."""
    if isinstance(thing, Lit):
        return None if is_open(thing) else thing.value is None
    return None if falsy(thing) is None and not isinstance(thing, Str) else False


def _equal(one: Thing, other: Thing) -> Truth:
    if isinstance(one, Str) and isinstance(other, Str) and one.origin in _FIRM:
        return None if one.plain is None or other.plain is None else one.plain == other.plain
    if isinstance(one, Lit) and isinstance(other, Lit) and one.origin in _FIRM:
        return bool(one.value == other.value)
    return None


def taken(ev: Evaluator, frame: Frame, block: int) -> Truth:
    """Whether a block of the frame's scope is reached, as far as its branches and those around it tell.

    True only where every branch is certain; loops, tries and matches are not.
    """
    blocks = frame.module.facts["blocks"]
    truths: list[Truth] = []
    for each in frame.module.chain(block)[:-1]:
        kind = blocks[each][ol.K_KIND]
        if kind in _BRANCHES:
            truths.append(branch(ev, frame, each))
        elif kind not in ("with",):
            truths.append(None)
    return every(truths)


def branch(ev: Evaluator, frame: Frame, block: int) -> Truth:
    """Whether one branch of an if statement or a match is the one taken."""
    module = frame.module
    earlier: list[Truth] = []
    for each in module.branches(block):
        row = module.facts["blocks"][each]
        own: Truth = True
        if row[ol.K_KIND] == "case":
            own = _case(ev, frame, row)
        elif row[ol.K_KIND] != "else":
            own = ev.decided(frame, row[ol.K_HEAD], row[ol.K_HEAD_END])
        if each == block:
            return every([own, *(negate(truth) for truth in earlier)])
        earlier.append(own)
    return None


def _case(ev: Evaluator, frame: Frame, row: list[Any]) -> Truth:
    """Whether the pattern of a `case` fits: one of a few plain values, or a name, which takes everything."""
    module = frame.module
    if row[ol.K_HEAD] < 0:
        return None
    pattern = module.term(row[ol.K_HEAD], row[ol.K_HEAD_END])
    guarded = b" if " in module.source[row[ol.K_HEAD_END] : row[ol.K_START]]
    fits = True if pattern[0] == "name" else _fits(ev, frame, row, pattern)
    return None if guarded and fits else fits


def _fits(ev: Evaluator, frame: Frame, row: list[Any], pattern: Term) -> Truth:
    module = frame.module
    group = row[ol.K_GROUP]
    subject = _SUBJECT.match(module.source, group, row[ol.K_START])
    parts = pattern[2] if pattern[:2] == ["op", "|"] else [pattern]
    if subject is None or any(part[0] not in ("str", "num", "const", "attr") for part in parts):
        return None
    left = module.term(*subject.span(1))
    tests = [["cmp", left, "Is" if part[0] == "const" else "Equal", part] for part in parts]
    return ev.decided(frame, row[ol.K_HEAD], row[ol.K_HEAD_END], ["or", tests])
