"""What an expression can turn out to be while it is followed: the values of the little interpreter in evaluate.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from costgate.model.prompt import Hole, Text
from costgate.model.value import Scalar, Span


@dataclass(frozen=True, slots=True)
class Lit:
    """A number, a boolean or None. `member`: the name that an enumeration gives it."""

    value: Scalar
    origin: str = "argument"
    trail: tuple[Span, ...] = ()
    member: str | None = None


BLANK = re.compile(r"\s")
WORD = re.compile(r"\w\w")
MAX_LOOKED = 20
MAX_PARTS = 6_000
MAX_TEXT = 8_000_000
MAX_ITEMS = 20_000


@dataclass(frozen=True, slots=True)
class Str:
    """A string in parts; one without holes has a `plain` value. One that doubles and doubles ends as a hole.

    `instead`: the other texts of the table that it was taken from, where its key is a default that may be replaced.
    """

    parts: tuple[Text | Hole, ...]
    origin: str = "argument"
    trail: tuple[Span, ...] = ()
    member: str | None = None
    instead: tuple[Str, ...] = ()

    def __post_init__(self) -> None:
        many = len(self.parts) > 1
        if many and (len(self.parts) > MAX_PARTS or sum(len(each.text) for each in self.parts if isinstance(each, Text)) > MAX_TEXT):
            object.__setattr__(self, "parts", (Hole("a text too long to follow", self.parts[0].span),))

    @property
    def plain(self) -> str | None:
        """The whole text, or None when a part is known only at run time."""
        if len(self.parts) == 1:
            return self.parts[0].text if isinstance(self.parts[0], Text) else None
        texts = [part.text for part in self.parts if isinstance(part, Text)]
        return "".join(texts) if len(texts) == len(self.parts) else None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few, as a conditional decides."""

    options: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Seq:
    """A list or tuple. `more` says why further items may follow, None when all are seen."""

    items: tuple[Thing, ...]
    more: str | None = None

    def __post_init__(self) -> None:
        if len(self.items) > MAX_ITEMS:
            object.__setattr__(self, "items", self.items[:MAX_ITEMS])
            object.__setattr__(self, "more", self.more or "a list too long to follow")


@dataclass(frozen=True, slots=True)
class Map:
    """A dict with text keys. `maybe` are the keys that only some path sets; `more`: why others may be there.

    `rest`: what keys hold that are not known; `gone`: what was taken out with `pop()`; `made`: the instance that it is,
    where its class sets keys in a way of its own.
    """

    entries: Mapping[str, Thing]
    maybe: frozenset[str] = frozenset()
    more: str | None = None
    rest: Thing | None = None
    gone: Mapping[str, Thing] | None = None
    made: Thing | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """Something of another distribution, by its dotted name."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Mod:
    """A module of the tree."""

    path: str


@dataclass(frozen=True, slots=True)
class Func:
    """A function of the tree; `self` is what it is bound to, `frame` where a lambda or inner function was made."""

    path: str
    scope: int
    bound: Thing | None = None
    env: Env | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Cls:
    """A class of the tree."""

    path: str
    scope: int


@dataclass(frozen=True, slots=True)
class Args:
    """Arguments of one call, evaluated."""

    positional: tuple[Thing, ...] = ()
    named: Map = Map({})
    more: str | None = None


@dataclass(frozen=True, slots=True)
class Inst:
    """An instance of a class of the tree. `args` None: made somewhere we do not see; `above`: only what its bases say.

    `home`: the module and the name that hold it for everybody.
    """

    cls: Cls
    args: Args | None = None
    above: Cls | None = None
    home: Home | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A retry layer that travels with an object: attempts as a thing, how they count, and where it was set."""

    what: str
    attempts: Thing | None
    counts: str
    span: Span | None


FILE = "prompt file"
"""What a prompt file is as a `Rec`: what it sends under the key `content`, beside the keys of its front matter."""
PIPED = "|"
"""The keyword of what is piped into an object."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What one role was given: under which keyword, and how a number there counts, where that is special.

    `hidden`: it only may be there, in something that is not seen into.
    """

    keyword: str
    thing: Thing
    counts: str | None = None
    unit: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Obj:
    """An object of a known SDK, or a dotted path on it that may lead to a call.

    `settings` holds role -> slot as its constructor said; `more` says why further settings may hold, `hidden` why those
    of a model that it was given are not seen. `parts` are the objects it was given, `named` all that its constructor was.
    """

    sdk: str
    kind: str
    symbol: str
    settings: Mapping[str, Slot]
    made: Mapping[str, Any]
    span: Span
    path: str = ""
    more: str | None = None
    layers: tuple[Layer, ...] = ()
    key: tuple[str, int] | None = None
    hidden: str | None = None
    parts: tuple[Obj, ...] = ()
    groups: Thing | None = None
    named: Map | None = None
    runs: Runs | None = None

    def at(self, path: str) -> Obj:
        """The same object, seen through an attribute path."""
        return replace(self, path=path)


@dataclass(frozen=True, slots=True)
class Runs:
    """What one call of an object runs, one after the other. Several rows: one of them, as a conditional decides.

    `further`: why there may be requests that no step makes. `taking_turns`: those of whom one runs at each turn of the
    object's own limit, in place of rows.
    """

    rows: tuple[tuple[Step, ...], ...]
    further: str | None = None
    taking_turns: tuple[Thing, ...] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One run of an agent: the object with that agent's settings, or one of a few. `sure`: nothing leaves it out."""

    options: tuple[Obj, ...]
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Rec:
    """What a call of something foreign gives back: remembered by name and arguments."""

    symbol: str
    args: Args
    span: Span


@dataclass(frozen=True, slots=True)
class Partial:
    """A callable with some arguments already given."""

    target: Thing
    args: Args

    @property
    def unfollowed(self) -> bool:
        """Whether it is only the name of a member of something: `.name` of its one argument."""
        return isinstance(self.target, Ref) and self.target.dotted.startswith(".")


@dataclass(frozen=True, slots=True)
class Nope:
    """Not known, and why. `outside`: a caller, the environment or a setting hands it in; `empty`: it may then be None."""

    why: str
    trail: tuple[Span, ...] = ()
    outside: bool = False
    empty: bool = False


class Later:
    """A thing that is followed when somebody looks at it, once. Stands only among arguments and what they bind.

    What it rests on counts for whoever looks, so `look` is asked again each time.
    """

    __slots__ = ("look",)

    def __init__(self, look: Callable[[], Thing]) -> None:
        self.look = look


def seen(thing: Thing) -> Thing:
    """A thing that is followed now, if it was not yet."""
    return thing.look() if isinstance(thing, Later) else thing


Thing: TypeAlias = "Lit | Str | Choice | Seq | Map | Ref | Mod | Func | Cls | Inst | Obj | Rec | Partial | Nope | Later"
Home: TypeAlias = tuple[str, str]
Env: TypeAlias = "Mapping[tuple[str, int], Mapping[str, Thing]]"
"""Parameters bound for a function scope: (path, scope) -> name -> thing."""

MAX_OPTIONS = 12
MAX_TEXTS = 32
"""The same where each is a text of several words: prompts, of which there may be more than of names."""
MAX_HELD = 120
"""Texts that are looked at to find which of them to keep."""
MAX_PRINT = 8


def choice(options: list[Thing]) -> Thing:
    """One thing out of several; equal options fall together, nested choices flatten."""
    if len(options) == 1:
        return options[0]
    flat: list[Thing] = []
    for option in options:
        for member in option.options if isinstance(option, Choice) else (option,):
            if len(flat) > MAX_OPTIONS and (len(flat) > MAX_HELD or not is_prose(member)) and not isinstance(member, Obj):
                continue  # they are too many already
            at = _index(member, flat)
            if at is None:
                flat.append(member)
            elif is_open(member) or isinstance(member, (Lit, Str)) and getattr(flat[at], "origin", "") in ("argument", SETTLED):
                flat[at] = member  # one that something from outside may replace speaks for both
    if not flat:
        return Nope("nothing assigns it")
    if len(flat) > MAX_OPTIONS and sum(map(is_prose, flat)) > len(flat) - 3:
        return Choice(tuple(flat if len(flat) <= MAX_TEXTS else _standing(flat)))
    if len(flat) > MAX_OPTIONS:
        others = Nope(f"one of more than {MAX_OPTIONS} values")
        objects = [each for each in flat if isinstance(each, Obj)]
        return Choice((*objects[: MAX_OPTIONS - 1], others)) if objects else others
    return flat[0] if len(flat) == 1 else Choice(tuple(flat))


def _standing(flat: list[Thing]) -> list[Thing]:
    """Of very many texts the longest, the shortest, and those of the others with text that stands in no longer one."""
    ordered = sorted(flat, key=lambda thing: -_said(thing))
    kept: list[Thing] = []
    seen: set[Span] = set()
    for each in ordered[:-1]:
        places = {part.span for part in each.parts if isinstance(part, Text)} if isinstance(each, Str) else set[Span]()
        if len(kept) < MAX_TEXTS - 1 and not places <= seen:
            kept.append(each)
            seen |= places
    return [*kept, ordered[-1]]


def _said(thing: Thing) -> int:
    return sum(len(part.text) for part in thing.parts if isinstance(part, Text)) if isinstance(thing, Str) else 0


def is_prose(thing: Thing) -> bool:
    """Whether it is a text of more than a word: one of its own and another, or what fills a hole beside it."""
    if not isinstance(thing, Str):
        return False
    if any(isinstance(part, Text) and BLANK.search(part.text.strip()) for part in thing.parts):
        return True
    said = [part.text if isinstance(part, Text) else "\0" for part in thing.parts[:MAX_LOOKED]] if len(thing.parts) > 1 else []
    return any(map(WORD.search, said)) and bool(BLANK.search("".join(said).strip()))


OPEN = ("function-default", "env-default", "config")
SETTLED = "settled-default"
"""The origin of a function's default at a call that is seen not to replace it."""


def is_open(thing: Thing) -> bool:
    """Whether it is a None that only holds as long as no caller, environment or setting says otherwise."""
    return isinstance(thing, Lit) and thing.value is None and thing.origin in OPEN


def _index(thing: Thing, among: list[Thing]) -> int | None:
    """Where the same stands already. No text with holes is the same as another; what one says is put together once."""
    said = thing.plain if isinstance(thing, Str) else None
    if said is None and isinstance(thing, Str):
        return None
    kind = type(thing)
    return next((at for at, other in enumerate(among) if type(other) is kind and _same(thing, other, said)), None)


def _same(one: Thing, other: Thing, said: str | None) -> bool:
    """Whether two things of a kind are the same; said: what the first says, if it is a text."""
    if isinstance(one, Lit) and isinstance(other, Lit):
        return one.value == other.value and type(one.value) is type(other.value)
    if isinstance(one, Str) and isinstance(other, Str):
        return said == other.plain and (not is_prose(one) or _file(one) == _file(other))
    return one is other if isinstance(one, (Map, Seq, Obj, Rec)) else one == other


def _file(text: Str) -> str:
    """Where a text begins: the same prompt in two files is kept in two places."""
    return text.parts[0].span.path


def options_of(thing: Thing) -> tuple[Thing, ...]:
    """The alternatives of a thing; itself when there are none."""
    return thing.options if isinstance(thing, Choice) else (thing,)


def falsy(thing: Thing) -> bool | None:
    """Whether it counts as false in Python; None when that is not known."""
    if isinstance(thing, Lit):
        return not thing.value
    if isinstance(thing, Str):
        return not thing.plain if thing.plain is not None else None
    if isinstance(thing, (Seq, Map)):
        full = bool(thing.items) if isinstance(thing, Seq) else bool(thing.entries)
        return False if full else None if thing.more else True
    if isinstance(thing, Partial):
        return None if thing.unfollowed else False
    if isinstance(thing, (Nope, Choice, Rec)):
        return None
    return False


_PLAIN = (Str, Lit, Nope, Ref, Mod, Cls, type(None))


def fingerprint(thing: object, held: list[object], depth: int = 0) -> Hashable:
    """A key under which equal values are the same. What is compared by identity is added to `held`, to be kept alive."""
    if isinstance(thing, _PLAIN):
        return thing
    if isinstance(thing, Args):
        inner = tuple([fingerprint(each, held, depth + 1) for each in thing.positional])
        return ("args", inner, fingerprint(thing.named, held, depth + 1), thing.more)
    if depth < MAX_PRINT:
        if isinstance(thing, Map):
            entries = tuple([(key, fingerprint(each, held, depth + 1)) for key, each in thing.entries.items()])
            return ("map", entries, frozenset(thing.maybe), thing.more)
        if isinstance(thing, Seq):
            return ("seq", tuple([fingerprint(each, held, depth + 1) for each in thing.items]), thing.more)
        if isinstance(thing, Choice):
            return ("choice", tuple([fingerprint(each, held, depth + 1) for each in thing.options]))
        if isinstance(thing, Inst):
            return ("inst", thing.cls, thing.above, thing.home, fingerprint(thing.args, held, depth + 1))
        if isinstance(thing, Partial):
            return ("partial", fingerprint(thing.target, held, depth + 1), fingerprint(thing.args, held, depth + 1))
        if isinstance(thing, Rec):
            return ("rec", thing.symbol, thing.span, fingerprint(thing.args, held, depth + 1))
    held.append(thing)
    return ("is", id(thing))
