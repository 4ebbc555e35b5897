"""Thinking before the answer: whether a model does it, whether this request asks for it, and what limits it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

from costgate.knowledge.providers import family_names
from costgate.model.snapshot import Reasoning
from costgate.model.value import ABSENT, Absent, Known, Scalar, Truth, Unknown, Value, unanimous

Member: TypeAlias = "Scalar | Absent | Unknown"

_DATA = Path(__file__).with_name("reasoning.yaml")
_LAST, _EVER = "9998", "9999"
"""A day after all that is known, and the end of what holds now."""
_DEFAULTS: Mapping[str, Truth] = {"on": True, "off": False, "unknown": None}


@dataclass(frozen=True, slots=True)
class Habit:
    """How a model thinks. `within`: the output limit covers thinking too; None: not known."""

    default: Truth = None
    always: bool = False
    never: bool = False
    effort: str | None = None
    budget: int | None = None
    within: Truth = None


@dataclass(frozen=True, slots=True)
class _Table:
    habits: Mapping[str, tuple[tuple[str, Habit], ...]]
    """Name -> habits with the day until which each holds, in order."""
    off: frozenset[str]
    on: frozenset[str]
    effort: frozenset[str]


def habit_of(model: str | None, flag: str | None = None, on: str = _LAST) -> Habit:
    """The habit of a model by exact name on a day. `flag`: what the price book says of a model that the table does not have."""
    names = family_names(model) if model else ()
    for name in names:
        habits = _table().habits.get(name.replace(".", "-"))
        if habits is not None:
            return next(habit for until, habit in habits if on < until)
    return Habit(default=True, always=True) if flag == "always" else Habit()


def reasoning_of(model: str | None, args: Mapping[str, Value], flag: str | None = None, on: str = _LAST) -> Reasoning:
    """Whether this request thinks on a day, from the arguments of the roles `reasoning` and `reasoning_budget`.

    An effort or type word, a bool or a number of tokens; a budget of 0 switches off, -1 leaves it to the model.
    """
    habit = habit_of(model, flag, on)
    words, budgets = _members(args.get("reasoning", ABSENT)), _members(args.get("reasoning_budget", ABSENT))
    states = [_state(habit, word, budget) for word, budget in product(words, budgets)]
    thinks = unanimous(states)
    return Reasoning(thinks, habit.default, _effort(habit, words, thinks), _bound(habit, [*words, *budgets], thinks))


def _state(habit: Habit, word: Member, budget: Member) -> Truth:
    if habit.always or habit.never:
        return habit.always
    asked = {_asked(word), _asked(budget)}
    if "off" in asked:
        return False
    if "on" in asked:
        return True
    return None if "unknown" in asked else habit.default


def _asked(member: Member) -> str:
    """on | off | unknown | nothing."""
    match member:
        case Absent() | None:
            return "nothing"
        case Unknown():
            return "unknown"
        case bool():
            return "on" if member else "off"
        case int() | Decimal():
            return "on" if member else "off"
    text = str(member).strip().lower()
    if text in _table().off:
        return "off"
    return "on" if text in _table().on else "unknown"


def _effort(habit: Habit, words: Iterable[Member], on: Truth) -> str | None:
    if on is False:
        return None
    said = set(words)
    word = said.pop() if len(said) == 1 else None
    if isinstance(word, str):
        text = word.strip().lower()
        return text if text in _table().effort else habit.effort
    return habit.effort if isinstance(word, Absent) else None


def _bound(habit: Habit, members: Sequence[Member], on: Truth) -> int | None:
    """The most that the stated budgets grant; the model's own limit where the budget is left to it."""
    if on is False:
        return None
    said = [member for member in members if isinstance(member, int) and not isinstance(member, bool)]
    if said and all(budget > 0 for budget in said) and not any(isinstance(member, Unknown) for member in members):
        return max(said)
    return habit.budget


def _members(value: Value) -> tuple[Member, ...]:
    if isinstance(value, Known):
        return value.values
    return (value,)


@cache
def _table() -> _Table:
    from costgate.knowledge.strict import load

    data = load(_DATA.read_text(encoding="utf-8"), _DATA.name)
    habits = {name: _dated(entry) for entry in data["models"] for name in entry["names"]}
    words = data["words"]
    return _Table(habits, frozenset(words["off"]), frozenset(words["on"]), frozenset(words["effort"]))


def _dated(entry: Mapping[str, Any]) -> tuple[tuple[str, Habit], ...]:
    earlier = [(str(each["until"]), _habit(each)) for each in entry.get("before", ())]
    return (*earlier, (_EVER, _habit(entry)))


def _habit(entry: Mapping[str, Any]) -> Habit:
    return Habit(
        default=_DEFAULTS[entry["default"]],
        always=entry.get("always") is True,
        never=entry.get("never") is True,
        effort=entry.get("effort"),
        budget=entry.get("budget"),
        within={"within": True, "beside": False}.get(entry.get("cap", "")),
    )
