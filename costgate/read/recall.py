"""Answers given before, kept under what they rest on, so that the next caller of a function gets them without work."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from costgate.read.things import (
    Args,
    Choice,
    Cls,
    Env,
    Func,
    Inst,
    Lit,
    Map,
    Mod,
    Nope,
    Partial,
    Rec,
    Ref,
    Seq,
    Str,
    Thing,
    seen,
)

MAX_VARIANTS = 6
MAX_KEYS = 15_000
LIMITS: Mapping[Hashable, int] = {"tests": 0, "calls": 1}
"""The limits of depth, as they are named where one cuts an answer short, and where a level counts each."""
ANYWHERE = (-1, -1)
_DEPTH = 4
_FEW = 40
Mark = tuple[str, int]
Need = tuple[int, Mark, str | None]
"""A parameter that was looked up: in which environment (its identity, 0 for an empty one), of which function. Without a
name: all that is bound for the function, as a closure holds it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An evaluation with what it rests on. Holding `env` and `held` keeps their identity from being used again.

    `rests`: the bound parameters that it saw. `whole`: no cycle and no limit of steps cut it short. Where a limit of depth
    did, `level` says how deep in tests and in calls it was asked for: it is the answer to whoever is as deep.
    """

    given: object
    touched: frozenset[str]
    asked: frozenset[tuple[str, int, str]]
    env: Env
    rests: tuple[tuple[Mark, str | None, object], ...]
    whole: bool
    level: tuple[int, int] = ANYWHERE
    held: tuple[object, ...] = ()

    def fits(self, env: Env, level: tuple[int, int]) -> bool:
        """Whether it is the answer in another environment, at a depth."""
        if self.level != ANYWHERE and any(own not in (-1, now) for own, now in zip(self.level, level, strict=True)):
            return False
        for mark, name, value in self.rests:
            bound = env.get(mark)
            now = bound if bound is None or name is None else _bound(bound, name)
            if now is not value and (name is None or not _alike(now, value, 0)):
                return False
        return True


class Recall:
    """Answers by what was asked, a few variants of each."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, list[Answer]] = {}

    def get(self, key: Hashable, env: Env, level: tuple[int, int]) -> Answer | None:
        """The answer that holds in an environment."""
        for each in self._kept.get(key, ()):
            if each.fits(env, level):
                return each
        return None

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer; of many variants, the latest."""
        if len(self._kept) > MAX_KEYS:
            self._kept.clear()
        variants = self._kept.setdefault(key, [])
        variants.append(answer)
        if len(variants) > MAX_VARIANTS:
            del variants[0]


def _bound(given: Mapping[str, Thing], name: str) -> Thing | None:
    return seen(given[name]) if name in given else None


def rests(needs: Iterable[Need], env: Env) -> tuple[tuple[Mark, str | None, object], ...]:
    """What of an environment was looked at, with the values it had."""
    own = id(env) if env else 0
    found = []
    for each, mark, name in tuple(needs):
        if each == own:
            bound = env.get(mark)
            found.append((mark, name, bound if bound is None or name is None else _bound(bound, name)))
    return tuple(found)


def _alike(one: object, other: object, depth: int) -> bool:
    """Whether two values are the same to whoever reads them, as far as that is cheap to tell."""
    if one is other:
        return True
    if type(one) is not type(other) or depth > _DEPTH:
        return False
    if isinstance(one, Lit) and isinstance(other, Lit):
        return type(one.value) is type(other.value) and one == other
    if isinstance(one, (Str, Nope, Ref, Mod, Cls)):
        return one == other
    if isinstance(one, Inst) and isinstance(other, Inst):
        return one.cls == other.cls and one.above == other.above and _alike(one.args, other.args, depth + 1)
    if isinstance(one, Args) and isinstance(other, Args):
        same = one.more == other.more and _all_alike(one.positional, other.positional, depth)
        return same and _alike(one.named, other.named, depth + 1)
    if isinstance(one, Map) and isinstance(other, Map):
        same = one.more == other.more and one.maybe == other.maybe and list(one.entries) == list(other.entries)
        same = same and _alike(one.rest, other.rest, depth + 1) and one.gone is other.gone
        return same and _all_alike(tuple(one.entries.values()), tuple(other.entries.values()), depth)
    if isinstance(one, Seq) and isinstance(other, Seq):
        return one.more == other.more and _all_alike(one.items, other.items, depth)
    if isinstance(one, Choice) and isinstance(other, Choice):
        return _all_alike(one.options, other.options, depth)
    if isinstance(one, Partial) and isinstance(other, Partial):
        return _alike(one.target, other.target, depth + 1) and _alike(one.args, other.args, depth + 1)
    if isinstance(one, Rec) and isinstance(other, Rec):
        return one.symbol == other.symbol and one.span == other.span and _alike(one.args, other.args, depth + 1)
    if isinstance(one, Func) and isinstance(other, Func):
        return one == other and one.env is other.env
    return False


def _all_alike(some: tuple[Thing, ...], others: tuple[Thing, ...], depth: int) -> bool:
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) <= _FEW and all(_alike(one, other, depth + 1) for one, other in pairs)
