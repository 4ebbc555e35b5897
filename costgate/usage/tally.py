"""Figures of many requests in little memory: sums that are exact, percentiles to three digits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from costgate.model.measured import Spread

_EXACT = 1000


@dataclass(slots=True)
class Tally:
    """Counts by value; values from 1,000 on keep three digits, so that there are never many."""

    counts: Counter[int] = field(default_factory=Counter)
    number: int = 0
    sum: int = 0
    most: int = 0

    def add(self, value: int) -> None:
        """One more value, not negative."""
        self.counts[rounded(value)] += 1
        self.number += 1
        self.sum += value
        self.most = max(self.most, value)

    def percentiles(self, wanted: Iterable[int]) -> list[int]:
        """The least value that so many per cent of all do not exceed."""
        ordered, found, passed = iter(sorted(self.counts.items())), [], 0
        value = 0
        for percent in sorted(wanted):
            needed = max(-(-self.number * percent // 100), 1)
            while passed < needed:
                value, times = next(ordered)
                passed += times
            found.append(value)
        return found

    def spread(self) -> Spread | None:
        """From the 5th to the 95th percentile with the mean as the likely value; None without values."""
        if not self.number:
            return None
        low, middle, high, top = self.percentiles((5, 50, 95, 99))
        mean = (2 * self.sum + self.number) // (2 * self.number)
        return Spread(min(low, mean), mean, max(high, mean), middle, max(top, mean), max(self.most, high))


def rounded(value: int) -> int:
    """To three digits, from 1,000 on."""
    if value < _EXACT:
        return value
    step = int(10 ** (len(str(value)) - 3))
    return (value + step // 2) // step * step
