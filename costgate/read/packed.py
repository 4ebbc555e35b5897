"""Readings as plain JSON and back: the model's own dataclasses by name, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from costgate.model import call, finding, money, prompt, snapshot, value

_MODULES = (call, finding, money, prompt, snapshot, value)


class UnpackError(ValueError):
    """The data is not what `pack` makes."""


def pack(thing: Any) -> Any:
    """Plain JSON for a reading. What is no scalar becomes a list that starts with its kind."""
    if thing is None or isinstance(thing, (str, bool, int)):
        return thing
    if isinstance(thing, tuple):
        return ["t", *map(pack, thing)]
    if isinstance(thing, frozenset):
        return ["s", *sorted(thing)]
    if isinstance(thing, Mapping):
        return ["d", *([pack(key), pack(each)] for key, each in thing.items())]
    if isinstance(thing, Decimal):
        return ["n", str(thing)]
    name = type(thing).__name__
    if name not in _classes():
        raise UnpackError(f"{name} is not part of a reading")
    return ["c", name, *(pack(getattr(thing, each)) for each in _classes()[name][1])]


def unpack(data: Any) -> Any:
    """What was packed; UnpackError for anything else."""
    if not isinstance(data, list):
        return data
    try:
        kind, *rest = data
        if kind == "t":
            return tuple(map(unpack, rest))
        if kind == "s":
            return frozenset(rest)
        if kind == "d":
            return {unpack(key): unpack(each) for key, each in rest}
        if kind == "n":
            return Decimal(rest[0])
        if kind == "c":
            made, names = _classes()[rest[0]]
            if made is value.Absent:
                return value.ABSENT
            return made(**dict(zip(names, map(unpack, rest[1:]), strict=True)))
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise UnpackError(str(error)) from error
    raise UnpackError(f"{kind!r} is not a kind")


@cache
def _classes() -> dict[str, tuple[Any, tuple[str, ...]]]:
    made = (each for module in _MODULES for each in vars(module).values() if isinstance(each, type) and is_dataclass(each))
    return {each.__name__: (each, tuple(field.name for field in fields(each))) for each in made}
