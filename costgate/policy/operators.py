"""The tests of the rule language: one fact against one operand, three-valued."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, NamedTuple

from costgate.model.money import Number, Range
from costgate.model.value import ABSENT, Absent, Known, Truth, Unknown, negate, unanimous
from costgate.policy.derive import Datum
from costgate.policy.glob import matches as path_matches

ENDS = ("low", "likely", "high")
PLAIN = (str, bool, int)
OPERANDS = (*PLAIN, tuple)
LISTED = ("in", "matches", "outside")
"""The operators whose operand is a list as a whole."""


class Answer(NamedTuple):
    """What came out; when the truth is None, `why` says what was not known."""

    truth: Truth
    why: tuple[str, ...] = ()


YES, NO = Answer(True), Answer(False)


def is_state(datum: Datum, state: str) -> Answer:
    """`is: absent | known | unknown`. An unknown fact is certainly not known, but it may be absent."""
    if isinstance(datum, Unknown):
        return Answer(None, (datum.why,)) if state == "absent" else Answer(state == "unknown")
    if state == "unknown":
        return NO
    missing = unanimous(isinstance(member, Absent) for member in members(datum))
    truth = missing if state == "absent" else negate(missing)
    return Answer(truth, () if truth is not None else ("it is given only sometimes",))


def compare(datum: Datum, operator: str, operand: Datum, end: str | None = None) -> Answer:
    """Any other operator. What is absent passes no test; a set of values decides only when its members agree.

    `end` (low | likely | high) names the end of a range that counts; without it the whole range must be on one side.
    """
    if operand is None or operand == ():
        return NO  # a parameter set to null, an empty list: the test is switched off, even for an unknown fact
    if end is None and type(datum) in PLAIN and type(operand) in (OPERANDS if operator in LISTED else PLAIN):
        plain = OPERATORS[operator](datum, operand)  # most tests are of this kind: one value against one operand
        if plain is not None:
            return YES if plain else NO
    for side in (datum, operand):
        if isinstance(side, Unknown):
            return Answer(None, (side.why,))
    operands: tuple[Any, ...] = (operand,) if operator in LISTED else members(operand)
    test = OPERATORS[operator]
    answers = [_one(test, left, right, end) for left, right in product(members(datum), operands)]
    truth = unanimous(answer.truth for answer in answers)
    if truth is not None:
        return Answer(truth)
    whys = tuple(dict.fromkeys(why for answer in answers for why in answer.why))
    return Answer(None, whys or ("it depends on which of several values holds",))


def members(datum: Datum) -> tuple[Any, ...]:
    """The values that a fact may have; an empty list is absent."""
    if isinstance(datum, Known):
        return datum.values
    return (ABSENT,) if datum == () else (datum,)


def number(text: object) -> Number | None:
    """A number as rules and configuration write it: an integer, or a decimal as text. None for anything else."""
    if isinstance(text, bool) or not isinstance(text, (int, str, Decimal)):
        return None
    if isinstance(text, str) and not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text):
        return None
    try:
        return text if isinstance(text, int) else Decimal(text)
    except InvalidOperation:
        return None


def _one(test: Callable[[Any, Any], Truth], left: Any, right: Any, end: str | None) -> Answer:
    if isinstance(left, Absent) or isinstance(right, Absent):
        return NO
    if end is not None and isinstance(left, Range):
        left = _pick(left, end)
        truth = test(left, right)
        if truth is None and left.high is None and end == "high":
            return Answer(None, ("nothing bounds it",))
        return Answer(truth, () if truth is not None else (_unsure(left, right),))
    truth = test(left, right)
    return Answer(truth, () if truth is not None else (_unsure(left, right),))


def _pick(span: Range, end: str) -> Range:
    """One end as a range of its own; without that number the whole range stands for it: its low end alone may decide."""
    chosen: Number | None = getattr(span, end)
    return span if chosen is None else Range.exact(chosen, span.basis)


def _unsure(left: Any, right: Any) -> str:
    return "the limit lies inside its range" if isinstance(left, Range) else f"{left!r} and {right!r} do not compare"


def _range(value: Any) -> Range | None:
    if isinstance(value, Range):
        return value
    plain = number(value)
    return None if plain is None else Range.exact(plain)


def _greater(left: Any, right: Any) -> Truth:
    if _is_date(left) and _is_date(right):
        return str(left) > str(right)
    one, other = _range(left), _range(right)
    if one is None or other is None:
        return None
    if other.high is not None and one.low > other.high:
        return True
    return False if one.high is not None and one.high <= other.low else None


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is not None


def _equal(left: Any, right: Any) -> Truth:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str):
        return bool(left == right)
    one = number(left)
    return None if one is None else one == number(right)


def _in(left: Any, right: Any) -> Truth:
    return any(_equal(left, choice) for choice in right)


def _matches(left: Any, right: Any) -> Truth:
    globs = (right,) if isinstance(right, str) else right
    return isinstance(left, str) and any(fnmatchcase(left, glob) for glob in globs)


def _outside(left: Any, right: Any) -> Truth:
    return negate(_matches(left, right))


def _path_matches(left: Any, right: Any) -> Truth:
    return path_matches(left, (right,) if isinstance(right, str) else right)


OPERATORS: Mapping[str, Callable[[Any, Any], Truth]] = {
    "eq": _equal,
    "in": _in,
    "matches": _matches,
    "outside": _outside,
    "path_matches": _path_matches,
    "gt": _greater,
    "lt": lambda left, right: _greater(right, left),
    "le": lambda left, right: negate(_greater(left, right)),
    "ge": lambda left, right: negate(_greater(right, left)),
}
"""Each decides for two plain values. `path_matches` is what `matches` means for a fact that is a path."""

TYPE_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "text": ("is", "eq", "in", "matches", "outside"),
    "path": ("is", "eq", "in", "matches"),
    "date": ("is", "eq", "gt", "lt", "ge", "le"),
    "number": ("is", "eq", "in", "gt", "lt", "ge", "le"),
    "truth": ("is", "eq"),
    "value": ("is", "eq", "in", "matches", "outside", "gt", "lt", "ge", "le"),
    "range": ("is", "gt", "lt", "ge", "le"),
    "list": ("is",),
}
"""The operators that make sense for each type of fact."""
