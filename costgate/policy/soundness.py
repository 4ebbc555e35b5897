"""Finds conditions that can never hold together, so that what depends on them never fires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from costgate.policy.facts import table
from costgate.policy.operators import OPERATORS, number

Place: TypeAlias = "tuple[str | int, ...]"
LOWER, UPPER = ("gt", "ge"), ("lt", "le")
OFF = object()
"""An operand that is not known before a run: another fact, or a parameter that is off."""


class Leaf(NamedTuple):
    """One test of one fact, with its operand where that is known beforehand."""

    path: str
    operator: str
    operand: Any
    end: Any
    place: Place


def contradictions(match: Mapping[str, Any], params: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Where a condition contradicts itself or one that has to hold with it, and how. `params`: their defaults."""
    yield from _walk(match, (), (), params)


def _walk(
    condition: Mapping[str, Any], place: Place, given: tuple[Leaf, ...], params: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    for key, body in condition.items():
        here = (*place, key)
        if key == "all":
            yield from _together(body, here, given, params)
        elif key == "any":
            for index, part in enumerate(body):
                yield from _walk(part, (*here, index), given, params)
        elif key == "not":
            yield from _denied(body, here, given, params)
        elif key in ("some", "every"):
            yield from _walk(body["where"], (*here, "where"), given, params)
        elif key != "predicate":
            yield from _against(_leaf(key, body, here, params), given)


def _together(
    parts: list[Mapping[str, Any]], place: Place, given: tuple[Leaf, ...], params: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    known = given
    rest = []
    for index, part in enumerate(parts):
        ((key, body),) = part.items()
        if key in table():
            leaf = _leaf(key, body, (*place, index, key), params)
            yield from _against(leaf, known)
            known = (*known, leaf)
        else:
            rest.append((index, part))
    for index, part in rest:
        yield from _walk(part, (*place, index), known, params)


def _denied(
    body: Mapping[str, Any], place: Place, given: tuple[Leaf, ...], params: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    ((key, test),) = body.items()
    if key not in table():
        yield from _walk(body, place, (), params)
        return
    leaf = _leaf(key, test, (*place, key), params)
    yield from _against(leaf, ())
    if any(leaf[:4] == other[:4] and leaf.operand is not OFF for other in given):
        yield (leaf.place, f"{leaf.path}: the same test has to hold and not to hold")


def _leaf(path: str, test: Mapping[str, Any], place: Place, params: Mapping[str, Any]) -> Leaf:
    operator = next(word for word in test if word != "compare")
    operand = _value(test[operator], params)
    if isinstance(test[operator], Mapping) and test[operator]["fact"] == path and "compare" not in test:
        operand = {"fact": path}
    return Leaf(path, operator, operand, _value(test.get("compare"), params), place)


def _value(written: Any, params: Mapping[str, Any]) -> Any:
    if isinstance(written, Mapping):
        return OFF
    if isinstance(written, str) and written.startswith("$"):
        default = params.get(written[1:])
        return OFF if default in (None, [], ()) else default
    return written


def _against(leaf: Leaf, given: tuple[Leaf, ...]) -> Iterator[tuple[Place, str]]:
    if leaf.operand == {"fact": leaf.path} and leaf.operator in ("gt", "lt"):
        yield (leaf.place, f"{leaf.path} is never {leaf.operator} itself")
    for other in given:
        if other.path == leaf.path and _never(other, leaf):
            yield (leaf.place, f"{leaf.path}: {_shown(other)} and {_shown(leaf)} never hold together")


def _shown(leaf: Leaf) -> str:
    return f"{leaf.operator} {leaf.operand}"


def _never(one: Leaf, other: Leaf) -> bool:
    if "is" in (one.operator, other.operator):
        return _states(one, other)
    if OFF in (one.operand, other.operand) or (table()[one.path].type == "range" and one.end != other.end):
        return False
    for first, second in ((one, other), (other, one)):
        members = _members(first)
        if members is not None:
            return not any(_passes(member, second) for member in members)
    low = one if one.operator in LOWER else other
    high = other if low is one else one
    if low.operator not in LOWER or high.operator not in UPPER:
        return False
    least, most = number(low.operand), number(high.operand)
    if least is None or most is None:
        return False
    return least > most or (least == most and (low.operator, high.operator) != ("ge", "le"))


def _states(one: Leaf, other: Leaf) -> bool:
    if one.operator == other.operator:
        return bool(one.operand != other.operand)
    state = one.operand if one.operator == "is" else other.operand
    return state in ("absent", "unknown")  # neither passes any other test


def _members(leaf: Leaf) -> tuple[Any, ...] | None:
    if leaf.operator == "eq":
        return (leaf.operand,)
    return tuple(leaf.operand) if leaf.operator == "in" else None


def _passes(member: Any, leaf: Leaf) -> bool:
    operand = tuple(leaf.operand) if isinstance(leaf.operand, list) else leaf.operand
    path = table()[leaf.path].type == "path"
    operator = "path_matches" if leaf.operator == "matches" and path else leaf.operator
    return OPERATORS[operator](member, operand) is not False
