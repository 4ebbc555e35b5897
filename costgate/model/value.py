"""What the reader knows about one argument, and what a rule may conclude from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

Scalar: TypeAlias = "str | int | Decimal | bool | None"
"""A plain value as code or configuration spells it. Floats are read as Decimal."""

Truth: TypeAlias = "bool | None"
"""Three-valued: None means that not enough is known to say."""

ORIGINS = (
    "argument",
    "client",
    "sdk-default",
    "function-default",
    "env-default",
    "config",
    "declared",
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one file: 1-based lines and columns (UTF-16 units), path POSIX and relative to the root.

    `cell` is the 0-based notebook cell; lines then count inside the cell.
    """

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The call is fully visible and does not pass this argument."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Known:
    """One value, or the few that a conditional can give; the set may contain ABSENT ("400 or nothing").

    `origin` is one of ORIGINS; `trail` holds the spans that led to the value, the nearest to the call first.
    """

    values: tuple[Scalar | Absent, ...]
    origin: str = "argument"
    trail: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may be passed; `why` says what hid it, in words a reader of the report understands."""

    why: str
    trail: tuple[Span, ...] = ()


Value: TypeAlias = "Known | Absent | Unknown"


def every(truths: Iterable[Truth]) -> Truth:
    """Three-valued AND: False decides, then None."""
    seen = set(truths)
    return False if False in seen else None if None in seen else True


def some(truths: Iterable[Truth]) -> Truth:
    """Three-valued OR: True decides, then None."""
    seen = set(truths)
    return True if True in seen else None if None in seen else False


def negate(truth: Truth) -> Truth:
    """Three-valued NOT."""
    return None if truth is None else not truth


def unanimous(truths: Iterable[Truth]) -> Truth:
    """True when it holds for every member, False when for none, else None."""
    seen = set(truths)
    return seen.pop() if len(seen) == 1 else None


def holds(value: Value, test: Callable[[Scalar | Absent], bool]) -> Truth:
    """Test a value member by member; an unknown value decides nothing."""
    if isinstance(value, Unknown):
        return None
    members = value.values if isinstance(value, Known) else (ABSENT,)
    return unanimous(test(member) for member in members)


def is_absent(value: Value) -> Truth:
    """Whether the argument is certainly not passed."""
    return holds(value, lambda member: isinstance(member, Absent))


def is_known(value: Value) -> bool:
    """Whether the argument has a value we can name (every member of the set is one)."""
    return isinstance(value, Known) and not any(isinstance(member, Absent) for member in value.values)
