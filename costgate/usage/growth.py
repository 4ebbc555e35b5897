"""How the input of a conversation grows from turn to turn: not at all, by the same each time, or by ever more."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from costgate.model.measured import Growth

_TURNS = 4
"""A conversation of fewer turns shows no regime."""
_FLAT = 0.10
"""Growth from the first to the last turn, as a share of the first, that counts as none."""
_BEND = 0.35
"""The share of the growth that a bend must account for to be more than the unevenness of turns."""
_LONGEST = 200


def growth_of(sessions: Iterable[list[tuple[int, int]]]) -> Growth | None:
    """The regime over conversations, each a list of (when, input tokens); None when none is long enough.

    The median input of every turn is looked at, as long as half of the conversations get that far.
    """
    ordered = [[sent for _, sent in sorted(session)][:_LONGEST] for session in sessions]
    long = [session for session in ordered if len(session) >= _TURNS]
    if not long:
        return None
    reached = sorted((len(session) for session in long), reverse=True)[(len(long) - 1) // 2]
    line = [median(session[turn] for session in long if len(session) > turn) for turn in range(max(reached, _TURNS))]
    regime = _regime(line)
    return Growth(regime, len(long), 0 if regime == "flat" else max(round((line[-1] - line[0]) / (len(line) - 1)), 0))


def _regime(line: list[float]) -> str:
    gained = line[-1] - line[0]
    if gained <= _FLAT * max(line[0], 1):
        return "flat"
    # A straight line passes its middle half way up; a parabola from the origin at a quarter of the way.
    middle = (len(line) - 1) / 2
    below, above = line[int(middle)], line[int(middle + 0.5)]
    half_way = ((below + above) / 2 - line[0]) / gained
    return "quadratic" if 0.5 - half_way > _BEND / 2 else "linear"
