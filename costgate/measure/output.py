"""How many tokens come back: what a cap, a declaration or the model's own window bounds, thinking included."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from costgate.knowledge.reasoning import Habit
from costgate.model.config import Profile
from costgate.model.money import Price, Range
from costgate.model.snapshot import Reasoning
from costgate.model.value import Absent, Known, Scalar, Unknown, Value


@dataclass(frozen=True, slots=True)
class Output:
    """Tokens of one answer. `thinking` None: it is not told apart from what is visible, `visible` holds both."""

    visible: Range
    thinking: Range | None = None

    @property
    def billed(self) -> Range:
        """All that is paid for as output."""
        return self.visible if self.thinking is None else self.visible + self.thinking


_NEVER = 1_000_000_000
_DIGITS = 18

NOTHING = Output(Range.exact(0))


def output_of(cap: Value, price: Price | None, declared: Profile, reasoning: Reasoning, habit: Habit) -> Output:
    """What one answer may hold, from a cap (the value of the role `output_limit`) and a declaration."""
    window = None if price is None else price.max_output or price.context_window
    limit = highest(cap, window)
    if declared.output_tokens is not None:
        return _declared(declared.output_tokens, declared.reasoning_tokens, limit)
    if habit.within is False and reasoning.on is not False:
        extra = reasoning.bound if reasoning.bound is not None else window
        return Output(_up_to(limit), _up_to(extra))
    if reasoning.on and reasoning.bound is not None and limit is not None:
        thinking = min(reasoning.bound, limit)
        return Output(_up_to(limit - thinking), _up_to(thinking))
    return Output(_up_to(limit))


def highest(value: Value, otherwise: int | None) -> int | None:
    """The highest number a limit can be; `otherwise` where it is not passed, not a limit, or not known."""
    if not isinstance(value, Known):
        return otherwise
    limits = [_limit(member) for member in value.values]
    if not limits or None in limits:
        return otherwise
    most = max(limit for limit in limits if limit is not None)
    return most if otherwise is None else min(most, otherwise)


def repetitions(value: Value) -> Range:
    """How many answers one request asks for."""
    if isinstance(value, Unknown):
        return Range(1, 1, None, "assumed")
    members = value.values if isinstance(value, Known) else ()
    numbers = [_limit(member) or 1 for member in members] or [1]
    same = len(set(numbers)) == 1
    return Range(min(numbers), numbers[0] if same else None, max(numbers))


def _declared(visible: Range, thinking: Range | None, limit: int | None) -> Output:
    if thinking is None:
        return Output(_cut(visible, limit))
    shown = _cut(visible, limit)
    left = None if limit is None else max(limit - int(shown.high or 0), 0)
    return Output(shown, _cut(thinking, left))


def _cut(declared: Range, limit: int | None) -> Range:
    if limit is None:
        return declared
    likely = None if declared.likely is None else min(declared.likely, limit)
    high = limit if declared.high is None else min(declared.high, limit)
    return Range(min(declared.low, limit), likely, high, declared.basis)


def _up_to(limit: int | None) -> Range:
    return Range(0, None, limit, "bounded")


def _limit(member: Scalar | Absent) -> int | None:
    """A positive whole number, also as text; anything else, and what nobody ever reaches, sets no limit."""
    match member:
        case bool() | None | Absent():
            return None
        case str():
            number = int(member) if member.isascii() and member.isdecimal() and len(member) < _DIGITS else 0
        case Decimal():
            number = int(member) if member.is_finite() and abs(member) < _NEVER and member % 1 == 0 else 0
        case _:
            number = member
    return number if 0 < number < _NEVER else None
