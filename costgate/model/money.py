"""Ranges with a basis, prices and costs. Money is Decimal in the currency of the price book, never float."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from costgate.model.value import Truth

Number: TypeAlias = "int | Decimal"

BASES = ("exact", "calibrated", "assumed", "declared", "measured", "bounded")
"""How a number came about, the firmest first; a sum carries the weakest basis of its parts."""


@dataclass(frozen=True, slots=True)
class Range:
    """A closed range. `likely` None: no value inside is more likely; `high` None: unbounded."""

    low: Number
    likely: Number | None
    high: Number | None
    basis: str = "exact"

    @classmethod
    def exact(cls, number: Number, basis: str = "exact") -> Range:
        """A range of one number."""
        return cls(number, number, number, basis)

    @property
    def unbounded(self) -> bool:
        """Whether nothing limits the upper end."""
        return self.high is None

    def __add__(self, other: Range) -> Range:
        return Range(
            self.low + other.low,
            None if self.likely is None or other.likely is None else self.likely + other.likely,
            None if self.high is None or other.high is None else self.high + other.high,
            weakest(self.basis, other.basis),
        )

    def times(self, factor: Number | Range) -> Range:
        """Scale by a number or by another range of non-negative numbers."""
        by = factor if isinstance(factor, Range) else Range.exact(factor)
        return Range(
            self.low * by.low,
            None if self.likely is None or by.likely is None else self.likely * by.likely,
            None if self.high is None or by.high is None else self.high * by.high,
            weakest(self.basis, by.basis),
        )

    def above(self, limit: Number) -> Truth:
        """`range > limit`: True if even the low end is, False if not even the high end is, else None."""
        if self.low > limit:
            return True
        if self.high is not None and self.high <= limit:
            return False
        return None


ZERO = Range.exact(0)


def weakest(*bases: str) -> str:
    """The least firm of some bases."""
    return max(bases, key=BASES.index)


def total(ranges: Iterable[Range]) -> Range:
    """The sum of ranges; zero for none."""
    result = ZERO
    for each in ranges:
        result = result + each
    return result


def spread(ranges: Iterable[Range]) -> Range:
    """The range that contains every given one (alternatives, not parts). Needs at least one."""
    members = list(ranges)
    likely = {member.likely for member in members}
    highs = [member.high for member in members if member.high is not None]
    return Range(
        min(member.low for member in members),
        likely.pop() if len(likely) == 1 else None,
        max(highs) if len(highs) == len(members) else None,
        weakest(*(member.basis for member in members)),
    )


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs and can do at one date.

    `rates` maps a billing unit to money per unit; token units are per million tokens:
    input, output, cache_read, cache_write, and others as the book has them; `batch_`, `flex_`, `priority_` and `fast_`
    before a unit mean that way of processing. A tier is `above` (input tokens) and the rates of the whole request then.
    """

    model: str
    provider: str
    rates: Mapping[str, Decimal]
    max_output: int | None = None
    context_window: int | None = None
    deprecation_date: str | None = None
    tiers: tuple[Mapping[str, object], ...] = ()
    source: str = ""
    since: str | None = None
    cache_minimum: int | None = None
    """Tokens a prefix needs before the provider caches it."""
    reasoning: str | None = None
    """always | optional | None: the book does not say."""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of a derivation: quantity x rate = amount."""

    layer: str
    unit: str
    quantity: Range
    rate: Decimal
    amount: Range
    basis: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call costs, and how that comes about. `per_call` None: unpriced, see the gaps."""

    per_call: Range | None
    lines: tuple[CostLine, ...] = field(default_factory=tuple)
