"""Enumerations of the tree: their members, and the one that a value or a name means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from costgate.read import outline as ol
from costgate.read.lineage import lineage
from costgate.read.things import Args, Cls, Lit, Nope, Str, Thing, choice, options_of
from costgate.read.values import with_origin

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

_BASES = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"})


def is_enum(ev: Evaluator, cls: Cls) -> bool:
    """Whether a class of the tree is an enumeration."""

    return not _BASES.isdisjoint(lineage(ev, cls)[1])


def member(thing: Thing, name: str) -> Thing:
    """A value that remembers the name of its member."""
    return replace(thing, member=name) if isinstance(thing, (Str, Lit)) else thing


def members(ev: Evaluator, cls: Cls) -> list[Thing]:
    """The members of an enumeration, in their order."""
    module = ev.project.module(cls.path)
    rows = module.facts["bindings"] if module is not None else ()
    own = (row for row in rows if row[ol.B_SCOPE] == cls.scope and row[ol.B_KIND] == "=")
    names = [row[ol.B_TARGET] for row in own if row[ol.B_TARGET].isidentifier() and not row[ol.B_TARGET].startswith("_")]
    return [ev.attribute(cls, name, None) for name in names]


def by_value(ev: Evaluator, cls: Cls, args: Args) -> Thing | None:
    """`Model("x")`: the member with that value; of a value that is not known, any of them. None: not told."""
    from costgate.read.classes import class_attribute

    asked = args.positional[0] if len(args.positional) == 1 else None
    if asked is None or not isinstance(class_attribute(ev, cls, "_missing_"), Nope):
        return None
    all_of_them = members(ev, cls)
    found = [each for one in options_of(asked) for each in _equal(one, all_of_them)]
    return choice(found) if found else None


def _equal(asked: Thing, all_of_them: list[Thing]) -> list[Thing]:
    if isinstance(asked, Str) and asked.plain is not None:
        same = (each for each in all_of_them if isinstance(each, Str) and each.plain == asked.plain)
        return [with_origin(each, asked.origin) for each in same]
    if isinstance(asked, Lit):
        same_numbers = (each for each in all_of_them if isinstance(each, Lit) and each.value == asked.value)
        return [with_origin(each, asked.origin) for each in same_numbers]
    return all_of_them
