"""Attributes that a class sets by their names: `setattr(self, key, value)`, `self.__dict__.update(settings)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.copied import looped
from costgate.read.frame import Frame
from costgate.read.things import Env, Lit, Map, Nope, Str, Thing, choice
from costgate.read.values import as_map, is_none, with_origin

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

Setting = tuple[Thing, bool]
"""A value that an attribute is set to, and whether that is sure to happen."""
_WHY = "attributes that are set by a computed name"


def sets_by_name(module: Module, scope: int) -> bool:
    """Whether a method seems to set attributes by name, told without following anything."""
    return scope in module.told("sets by name", _setting)


def _setting(module: Module) -> frozenset[int]:
    """The scopes that call `setattr` or update a `__dict__`."""
    updates = (row for row in module.calls_by_tail.get("update", ()) if "__dict__" in row[ol.C_CALLEE] or not row[ol.C_CALLEE])
    sets = (row for row in module.calls_by_tail.get("setattr", ()) if row[ol.C_CALLEE] == "setattr")
    return frozenset(row[ol.C_SCOPE] for row in (*updates, *sets))


def set_by_name(ev: Evaluator, module: Module, scope: int, owner: str, env: Env, name: str) -> Iterator[Setting]:
    """What one method sets an attribute to, by its name."""
    for row in module.calls.get(scope, ()):
        frame = Frame(module, scope, row[ol.C_START], env, row[ol.C_START])
        if row[ol.C_CALLEE] == "setattr":
            yield from _setattr(ev, row, frame, owner, name)
        elif row[ol.C_CALLEE] == f"{owner}.__dict__.update" or _vars(module, row, owner):
            term = module.term(row[ol.C_START], row[ol.C_END])
            args = ev.arguments(term[2], frame) if term[0] == "call" else None
            for each in (*args.positional[:1], args.named) if args is not None else ():
                yield from _from_map(as_map(each), name)


def _vars(module: Module, row: list[Any], owner: str) -> bool:
    return row[ol.C_TAIL] == "update" and module.text(row[ol.C_START], row[ol.C_FUNCTION_END]) == f"vars({owner}).update"


def _setattr(ev: Evaluator, row: list[Any], frame: Frame, owner: str, name: str) -> Iterator[Setting]:
    term = frame.module.term(row[ol.C_START], row[ol.C_END])
    if term[0] != "call" or len(term[2]) != 3 or term[2][0] != [None, ["name", owner]]:
        return
    key, value = term[2][1][1], term[2][2][1]
    given = looped(ev, row[ol.C_BLOCK], frame, key, value)
    if given is not None:
        yield from _from_map(given, name)
        return
    said = ev.term(key, frame)
    if not isinstance(said, Str) or said.plain is None:
        yield Nope(_WHY, outside=True, empty=True), False
    elif said.plain == name:
        yield ev.term(value, frame), True


def _from_map(given: Map, name: str) -> Iterator[Setting]:
    if name in given.entries:
        yield given.entries[name], name not in given.maybe
    elif given.more:
        yield Nope(given.more, outside=True, empty=True), False


def replaced(value: Thing | None, settings: list[Setting]) -> Thing | None:
    """An attribute as statements and the class leave it, after what is set by its name."""
    for given, sure in settings:
        if sure:
            value = given
        elif isinstance(given, Nope) and given.outside:
            value = given if value is None else _open(value)
        else:
            value = given if value is None else choice([value, given])
    return value


def _open(value: Thing) -> Thing:
    """A value that holds unless it is set from outside."""
    return Lit(None, "function-default", getattr(value, "trail", ())) if is_none(value) else with_origin(value, "function-default")
