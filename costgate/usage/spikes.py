"""Days that leave the band of the week before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from costgate.model.measured import Spike

WEEK = 7
_LEAST = 3
"""Days of the week before that must have figures."""
OUTPUT, WORKLOAD = Decimal(5), Decimal(3)
"""Times the mean of the week before: output tokens of one request; all tokens of a workload."""


@dataclass(slots=True)
class Day:
    """What one day used."""

    requests: int = 0
    input: int = 0
    output: int = 0


def spikes_of(days: Mapping[str, Day]) -> tuple[Spike, ...]:
    """Every day with longer answers, or more of everything, than the week before lets expect."""
    return (*_found(days, "output per request", OUTPUT, _answer), *_found(days, "tokens a day", WORKLOAD, _all))


def _found(
    days: Mapping[str, Day], what: str, limit: Decimal, figure: Callable[[list[Day]], Decimal | None]
) -> Iterator[Spike]:
    for day in sorted(days):
        this = date.fromisoformat(day)
        before = [days[key] for back in range(1, WEEK + 1) if (key := (this - timedelta(back)).isoformat()) in days]
        usual, now = figure(before), figure([days[day]])
        if len(before) >= _LEAST and usual and now is not None and now > usual * limit:
            yield Spike(day, what, (now / usual).quantize(Decimal("0.1")))


def _answer(days: list[Day]) -> Decimal | None:
    requests = sum(day.requests for day in days)
    return Decimal(sum(day.output for day in days)) / requests if requests else None


def _all(days: list[Day]) -> Decimal | None:
    return Decimal(sum(day.input + day.output for day in days)) / len(days) if days else None
