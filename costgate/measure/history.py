"""What the turns of a conversation send: the first turn's input, and what each later one sends again.

| history | turn n sends beyond the first turn's input |
| none    | nothing |
| resend  | all that the turns before it left: (n - 1) x adds |
| window  | what the last turns left, the current one included among `window` |
| summary | a summary of what went before, and the last `window` turns in full |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from costgate.measure.ends import NONE, by_end
from costgate.model.money import Number, Range

MOST_TURNS = 10_000
"""More are not laid out one by one; a history that grows over more has no bound that means anything."""


@dataclass(frozen=True, slots=True)
class Turns:
    """How often a call is made within one request, and what each turn sends again."""

    count: Range
    history: str = "none"
    adds: Range = NONE
    window: int | None = None
    summary: Range = NONE

    @property
    def grows(self) -> bool:
        """Whether a later turn sends more than the first."""
        return self.history != "none"


def resent(turns: Turns) -> Range:
    """Tokens that all turns of one request send again."""
    if not turns.grows:
        return NONE

    def end(count: Number, adds: Number, summary: Number) -> Number | None:
        again = _laid_out(turns, count, adds, summary)
        return None if again is None else sum((weight * size for size, weight in again), Decimal(0))

    return by_end(end, turns.count, turns.adds, turns.summary)


def over(turns: Turns, first: Range, threshold: int) -> tuple[Range, Range]:
    """How many turns send more than `threshold`, and all that these send."""

    def number(count: Number, adds: Number, summary: Number, start: Number) -> Number | None:
        if not turns.grows:
            return count if start > threshold else 0
        again = _laid_out(turns, count, adds, summary)
        return None if again is None else sum((part for size, part in again if start + size > threshold), Decimal(0))

    def tokens(count: Number, adds: Number, summary: Number, start: Number) -> Number | None:
        if not turns.grows:
            return count * start if start > threshold else 0
        again = _laid_out(turns, count, adds, summary)
        if again is None:
            return None
        return sum((part * (start + size) for size, part in again if start + size > threshold), Decimal(0))

    ends = (turns.count, turns.adds, turns.summary, first)
    return by_end(number, *ends), by_end(tokens, *ends)


def largest(turns: Turns, first: Range) -> Range:
    """What the turn that sends the most sends."""
    if not turns.grows:
        return first

    def end(count: Number, adds: Number, summary: Number, start: Number) -> Number | None:
        again = _laid_out(turns, count, adds, summary)
        return None if again is None else start + max(size for size, _ in again)

    return by_end(end, turns.count, turns.adds, turns.summary, first)


def _laid_out(turns: Turns, count: Number, adds: Number, summary: Number) -> list[tuple[Decimal, Decimal]] | None:
    if count > MOST_TURNS:
        return None
    return list(_sizes(turns, Decimal(count), Decimal(adds), Decimal(summary)))


def _sizes(turns: Turns, count: Decimal, adds: Decimal, summary: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
    """Tokens sent again and weight of each turn; an average number of turns ends in a part of one."""
    whole = int(count)
    for number in range(whole):
        yield _again(turns, number, adds, summary), Decimal(1)
    if count > whole:
        yield _again(turns, whole, adds, summary), count - whole


def _again(turns: Turns, before: int, adds: Decimal, summary: Decimal) -> Decimal:
    match turns.history:
        case "resend":
            return before * adds
        case "window":
            return min(before, (turns.window or 1) - 1) * adds
        case "summary":
            kept = (turns.window or 1) - 1
            return before * adds if before <= kept else kept * adds + summary
        case _:
            return Decimal(0)
