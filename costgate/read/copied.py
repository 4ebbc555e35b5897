"""Dicts that are copied key by key: `for key, value in given.items(): made[key] = value`, and the same as a comprehension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.conditions import decide
from costgate.read.frame import Frame
from costgate.read.python import Term
from costgate.read.things import Map, Seq, Str, Thing, falsy
from costgate.read.values import as_map, certainly_none

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

_TESTING = ("if", "elif", "else", "case", "for", "while", "except")
MAX_NAMES = 40
_NAMING = {"In": True, "NotIn": False, "Equal": True, "NotEqual": False}


def looped(ev: Evaluator, block: int, frame: Frame, key: Term, value: Term) -> Map | None:
    """The dict that a loop around a block goes through by `key` and `value`, as far as the tests on the way let it pass."""
    module, blocks = frame.module, frame.module.facts["blocks"]
    while value[0] == "call" and len(value[2]) == 1 and value[1] == ["name", "str"]:
        value = value[2][0][1]
    if key[0] != "name" or value[0] != "name":
        return None
    tests: list[Term] = []
    for each in module.chain(block):
        line = blocks[each]
        if line[ol.K_KIND] == "for" and _binds(frame, each, key[1], value[1]):
            source = module.term(line[ol.K_HEAD], line[ol.K_HEAD_END])
            at = Frame(module, frame.scope, line[ol.K_HEAD], frame.env, line[ol.K_HEAD])
            return passing(ev, source, key[1], value[1], tests, at)
        if line[ol.K_KIND] in _TESTING:
            tests.append(module.term(line[ol.K_HEAD], line[ol.K_HEAD_END]) if line[ol.K_KIND] == "if" else ["?", "a branch"])
    return None


def _binds(frame: Frame, block: int, *names: str) -> bool:
    rows = (frame.module.bindings.get((frame.scope, name), ()) for name in names)
    return all(any(row[ol.B_BLOCK] == block and row[ol.B_KIND].startswith("for:") for row in each) for each in rows)


def by_name(ev: Evaluator, row: list[Any], frame: Frame, key: Term) -> list[tuple[str, Thing, bool]] | None:
    """What a loop over names that are written out sets for each: `for name in ("n", "seed"): made[name] = given[name]`.

    Each with its own value, as far as the tests on the way let the name pass, and whether that is certain.
    """
    module, blocks = frame.module, frame.module.facts["blocks"]
    tests: list[Term] = []
    for each in module.chain(row[ol.B_BLOCK]):
        line = blocks[each]
        if line[ol.K_KIND] == "for" and key[0] == "name" and _goes_through(frame, each, key[1]):
            at = frame._replace(at=line[ol.K_HEAD], base=line[ol.K_HEAD])
            names = ev.term(module.term(line[ol.K_HEAD], line[ol.K_HEAD_END]), at)
            if not isinstance(names, Seq) or names.more is not None or len(names.items) > MAX_NAMES:
                return None
            if not all(isinstance(item, Str) and item.plain is not None for item in names.items):
                return None
            inside = frame._replace(at=row[ol.B_AT], base=row[ol.B_START])
            value = module.term(row[ol.B_START], row[ol.B_END])
            found = _each_named(ev, [item for item in names.items if isinstance(item, Str)], key, value, tests, inside)
            sure = _runs(frame, line[ol.K_PARENT])
            return [(name, thing, sure and certain) for name, thing, certain in found]
        if line[ol.K_KIND] in _TESTING:
            tests.append(module.term(line[ol.K_HEAD], line[ol.K_HEAD_END]) if line[ol.K_KIND] == "if" else ["?", "a branch"])
    return None


def _each_named(
    ev: Evaluator, names: list[Str], key: Term, value: Term, tests: list[Term], frame: Frame
) -> Iterator[tuple[str, Thing, bool]]:
    for name in names:
        truths = [decide(ev, _put(test, key, name), frame) for test in tests]
        if False not in truths and name.plain is not None:
            yield name.plain, ev.term(_put(value, key, name), frame), all(truths)


def _runs(frame: Frame, block: int) -> bool:
    """Whether nothing decides about a block that does not decide about the place a frame looks from, too."""
    module = frame.module
    use = module.chain(module.block_at(frame.scope, frame.at)) if frame.at is not None else []
    return all(each in use or module.facts["blocks"][each][ol.K_KIND] not in _TESTING for each in module.chain(block))


def _put(term: Term, name: Term, thing: Thing) -> Term:
    """A term in which a thing stands in place of a name."""
    if term == name:
        return ["thing", thing]
    return [_put(each, name, thing) if isinstance(each, list) else each for each in term]


def _goes_through(frame: Frame, block: int, name: str) -> bool:
    rows = frame.module.bindings.get((frame.scope, name), ())
    inside = [row for row in rows if block in frame.module.chain(row[ol.B_BLOCK])]
    return len(inside) == 1 and inside[0][ol.B_BLOCK] == block and inside[0][ol.B_KIND] == "for"


def passing(ev: Evaluator, source: Term, key: str, value: str, tests: list[Term], frame: Frame) -> Map | None:
    """What of `given.items()` passes the tests of a key and its value; None where the source is something else."""
    if source[0] != "call" or source[1][0] != "attr" or source[1][2] != "items" or source[2]:
        return None
    given = as_map(ev.term(source[1][1], frame))
    for part in (part for test in tests for part in (test[1] if test[0] == "and" else [test])):
        given = _tested(ev, given, key, value, part, frame)
    return given


def _tested(ev: Evaluator, given: Map, key: str, value: str, test: Term, frame: Frame) -> Map:
    from costgate.read.terms import asks_for

    if asks_for(test, ["name", value], there=True):
        entries = {name: each for name, each in given.entries.items() if not certainly_none(each)}
        unsure = {name for name, each in entries.items() if falsy(each) is not False}
        return Map(entries, given.maybe.intersection(entries) | unsure, given.more)
    names = _names(ev, test, key, frame)
    if names is None:
        return Map(given.entries, frozenset(given.entries), given.more)
    wanted = _NAMING[test[2]]
    entries = {name: each for name, each in given.entries.items() if (name in names) is wanted}
    return Map(entries, given.maybe.intersection(entries), given.more)


def _names(ev: Evaluator, test: Term, key: str, frame: Frame) -> set[str] | None:
    """The names that a test compares the key with: `key in ("a", "b")`, `key != "a"`."""
    if test[0] != "cmp" or test[1] != ["name", key] or test[2] not in _NAMING:
        return None
    said = ev.term(test[3], frame)
    if isinstance(said, Map) and test[2] in ("In", "NotIn"):
        return None if said.more or said.maybe else set(said.entries)
    items = (said,) if test[2] in ("Equal", "NotEqual") else said.items if isinstance(said, Seq) and said.more is None else (None,)
    names = {each.plain for each in items if isinstance(each, Str) and each.plain is not None}
    return names if len(names) == len(items) else None
