"""The answer that is being made: its budget of steps, what it rests on, and whether it may be kept for whoever asks next."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from costgate.read.recall import ANYWHERE, LIMITS, MAX_KEYS, Answer, Mark, Need, Recall, rests
from costgate.read.things import Env, Inst, Thing, fingerprint

MAX_STEPS = 12_000
ALL_STEPS = 400_000
"""Of all answers of one evaluator, unless it is told another number."""
PLAIN_STEPS = 1_000
"""For what must be plain to matter."""
NOTHING: Env = {}


class Answering:
    """`touched` collects the files that an answer rests on, `asked` the parameters it needed; `pending`, `active` and
    `_deciding` hold the names, functions and tests that are being followed.
    """

    def __init__(self) -> None:
        self.touched: set[str] = set()
        self.asked: set[tuple[str, int, str]] = set()
        self.active: list[tuple[str, int]] = []
        self.pending: set[tuple[str, int, int, str]] = set()
        self.all_steps = 0
        self.most_steps = ALL_STEPS
        self._steps = 0
        self._limit = MAX_STEPS
        self._cut: set[Hashable] = set()
        self._needs: dict[Need, None] = {}
        self._deciding: set[Hashable] = set()
        self._passing: dict[Hashable, Answer] = {}
        self._within: dict[Hashable, Env] = {}
        self._calls = Recall()
        self._numbers: dict[Hashable, tuple[int, list[object]]] = {}
        """Print of a thing -> its number, and what the identities in the print are of."""
        self._numbered: dict[int, tuple[object, int]] = {}
        """Identity of a thing that this answer met -> the thing, which keeps the identity from reuse, and its number."""
        self._highest = 0
        self._sets: dict[frozenset[Any], frozenset[Any]] = {}

    def spent(self) -> bool:
        """Whether the steps for all answers are used up; what is asked then gets a short one."""
        return self.all_steps >= self.most_steps

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Something small that is kept for good has steps of its own: the answer around it may have none left."""
        held = self._steps, self._limit
        self._steps, self._limit = 0, PLAIN_STEPS
        try:
            yield
        finally:
            self._steps, self._limit = held

    def reset(self, limit: int = MAX_STEPS) -> None:
        """Start a new answer: empty records, a budget of steps, which is small where what is asked must be plain to matter."""
        self.touched = set()
        self.asked = set()
        self._needs = {}
        self._steps = 0
        self._cut.discard("depth")
        self._limit = min(limit, PLAIN_STEPS) if self.spent() else limit
        self._passing = {}
        self._within = {}
        self._numbered = {}

    def number(self, thing: Thing | None) -> int:
        """A number that only things have which are equal, to be part of a key: an instance is asked for one attribute after the
        other, and to look through all that it was built of each time takes long.
        """
        known = self._numbered.get(id(thing))
        if known is None:
            if len(self._numbers) > MAX_KEYS:
                self._numbers.clear()
            held: list[object] = []
            self._highest += 1  # never given again, so that a key which is still kept means no other thing
            number, _ = self._numbers.setdefault(fingerprint(thing, held), (self._highest, held))
            known = self._numbered[id(thing)] = thing, number
        return known[1]

    def within(self, mark: Mark, owner: str, inst: Inst) -> Env:
        """What a method sees of which nothing is known but its instance: the same as before, so that what is being answered
        is not asked again and again where attributes depend on one another.
        """
        if (mark, id(inst)) not in self._within:
            self._within[mark, id(inst)] = {mark: {owner: inst}}
        return self._within[mark, id(inst)]

    def _kept(self, recall: Recall, mark: Hashable, env: Env, make: Callable[[], object]) -> Any:
        """What `make` gives, made once for all environments that agree on what it looked at."""
        passing = (mark, id(env) if env else 0)
        known = recall.get(mark, env, self._level()) or self._passing.get(passing)
        if known is None:
            known = self._recorded(make, env)
            if known.whole:
                recall.put(mark, known)
            else:
                self._passing[passing] = known
        self.asked |= known.asked
        return self._replayed(known, env)

    def _replayed(self, known: Answer, env: Env) -> Any:
        """What a remembered answer gave; what it rests on is put down for whoever asks now."""
        self.touched |= known.touched
        if known.level != ANYWHERE:
            self._cut.update(name for name, at in LIMITS.items() if known.level[at] >= 0)
        if known.rests:
            own, needs = id(env) if env else 0, self._needs
            for mark, name, _ in known.rests:
                needs[own, mark, name] = None
        return known.given

    def needs(self, env: Env, mark: Mark, name: str | None) -> None:
        """Put down that a bound parameter was looked at, or (without a name) that all of a function are kept."""
        self._needs[id(env) if env else 0, mark, name] = None

    def remembered(self, key: Hashable, held: tuple[object, ...], make: Callable[[], Thing]) -> Thing:
        """What `make` gives, made once for a key as long as nothing cut it short. `held` keeps identities from reuse."""
        known = self._calls.get(key, NOTHING, self._level())
        if known is None:
            needs, self._needs = self._needs, {}
            try:
                known = self._recorded(make, NOTHING, held)
            finally:
                self._needs = needs  # what is bound inside is nothing to whoever is outside
            known = replace(known, rests=())
            if known.whole:
                self._calls.put(key, known)
        self.asked |= known.asked
        return self._replayed(known, NOTHING)  # type: ignore[no-any-return]

    @contextmanager
    def once(self, mark: tuple[str, int, int, str]) -> Iterator[bool]:
        """Whether something is not being followed already; what rests on a no is remembered by nobody."""
        if mark in self.pending:
            self.cut_short(mark)
            yield False
            return
        self.pending.add(mark)
        try:
            yield True
        finally:
            self.pending.discard(mark)
            self.closed(mark)

    def cut_short(self, mark: Hashable) -> None:
        """Say that what is asked for is being answered already: until `closed`, no answer on the way is remembered."""
        self._cut.add(mark)

    def closed(self, mark: Hashable) -> None:
        """What had been cut short is answered now."""
        self._cut.discard(mark)

    def _level(self) -> tuple[int, int]:
        return len(self._deciding), len(self.active)

    def _recorded(self, make: Callable[[], object], env: Env, held: tuple[object, ...] = ()) -> Answer:
        outer, self.touched, self.asked = (self.touched, self.asked), set(), set()
        cut, self._cut = self._cut, set()
        needs, self._needs = self._needs, {}
        deciding, calls = self._level()
        try:
            given = make()
            return Answer(
                given,
                self._shared(self.touched),
                self._shared(self.asked),
                env,
                rests(self._needs, env) if self._needs else (),
                self._cut <= LIMITS.keys() and self._steps <= self._limit,
                (deciding if "tests" in self._cut else -1, calls if "calls" in self._cut else -1),
                held,
            )
        finally:
            self.touched, self.asked = outer
            self._cut |= cut
            needs.update(self._needs)
            self._needs = needs

    def _shared(self, members: set[Any]) -> frozenset[Any]:
        """One set for all answers that rest on the same: there are thousands of answers, and few such sets."""
        frozen = frozenset(members)
        return self._sets.setdefault(frozen, frozen)
