"""Small operations on the values of the interpreter: origins, splats, merges, parts of strings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.python import Term
from costgate.read.things import (
    BLANK,
    MAX_OPTIONS,
    OPEN,
    SETTLED,
    Args,
    Choice,
    Inst,
    Lit,
    Map,
    Nope,
    Partial,
    Rec,
    Seq,
    Str,
    Thing,
    choice,
    falsy,
    is_open,
    is_prose,
    options_of,
)

_REPLACED = "an object that may be replaced by another"


def with_origin(thing: Thing, origin: str) -> Thing:
    """The same value, said to come from elsewhere than the call itself."""
    if isinstance(thing, Choice):
        return Choice(tuple(with_origin(each, origin) for each in thing.options))
    if isinstance(thing, (Lit, Str)) and thing.origin == "argument":
        return replace(thing, origin=origin)
    if isinstance(thing, Map) and origin == "function-default" and thing.more is None:
        return replace(thing, entries={key: with_origin(each, origin) for key, each in thing.entries.items()}, more=_REPLACED)
    if isinstance(thing, Inst) and thing.args is not None and origin in OPEN:
        named = thing.args.named
        entries = {key: with_origin(each, origin) for key, each in named.entries.items()}
        positional = tuple(with_origin(each, origin) for each in thing.args.positional)
        return replace(thing, args=Args(positional, Map(entries, named.maybe, named.more or _REPLACED), thing.args.more))
    return thing


def entry(table: Map, key: str, origin: str) -> Thing:
    """What a dict holds under a key of that origin. A key that may be replaced excludes no text that is not a mere word."""
    found = table.entries[key]
    if origin == "argument":
        return found
    texts = [each for each in table.entries.values() if isinstance(each, Str)]
    if origin in OPEN and isinstance(found, Str) and table.more is None and len(texts) == len(table.entries) <= MAX_OPTIONS:
        others = tuple(each for each in texts if each is not found)
        if is_prose(found):
            return choice([with_origin(each, origin) for each in (found, *others)])
        found = replace(found, instead=others)
    return with_origin(found, origin)


def as_map(thing: Thing) -> Map:
    """A thing that is splatted with `**`: its keys, or why they are not seen."""
    if isinstance(thing, Map):
        return thing
    if isinstance(thing, Choice):
        maps = [as_map(each) for each in thing.options]
        keys = {key for each in maps for key in each.entries}
        entries = {key: choice([each.entries[key] for each in maps if key in each.entries]) for key in sorted(keys)}
        always = {key for key in keys if all(key in each.entries and key not in each.maybe for each in maps)}
        return Map(entries, frozenset(keys - always), next((each.more for each in maps if each.more), None))
    if isinstance(thing, Rec) and not thing.args.positional and thing.args.named.entries:
        return thing.args.named
    if is_open(thing):
        return Map({}, more="a dict that is None unless the caller sets it")
    if is_none(thing):
        return Map({})
    return Map({}, more=reason(thing, "a `**` splat that is not followed"))


def overlaid(base: Map, over: Map) -> Map:
    """`{**base, **over}`. What the second may hold besides makes a default of what the first says."""
    if over.more:
        base = replace(base, entries={key: with_origin(each, "function-default") for key, each in base.entries.items()})
    entries = dict(base.entries)
    for key, each in over.entries.items():
        entries[key] = choice([entries[key], each]) if key in over.maybe and key in entries else each
    sure = over.entries.keys() - over.maybe
    maybe = (base.maybe - sure) | {key for key in over.maybe if key not in base.entries or key in base.maybe}
    return Map(entries, maybe, base.more or over.more)


def merge(first: Args, second: Args) -> Args:
    """Arguments of a partial and of its call."""
    named = Map(
        {**first.named.entries, **second.named.entries},
        first.named.maybe.difference(second.named.entries) | second.named.maybe,
        first.named.more or second.named.more,
    )
    return Args(first.positional + second.positional, named, first.more or second.more)


def reason(thing: Thing, otherwise: str) -> str:
    """Why a thing is not known, or another word for it."""
    return thing.why if isinstance(thing, Nope) else otherwise


def certainly_none(thing: Thing) -> bool:
    """Whether it is None, and no caller, environment or setting can make it anything else."""
    return is_none(thing) and not is_open(thing)


def closed(thing: Thing) -> Thing:
    """A default that is seen to hold: an open None or switch becomes a certain one, a value one that decides tests."""
    if isinstance(thing, Choice):
        return Choice(tuple(closed(each) for each in thing.options))
    if isinstance(thing, Lit) and (is_open(thing) or isinstance(thing.value, bool)):
        return replace(thing, origin="argument")
    if isinstance(thing, (Lit, Str)) and thing.origin == "function-default":
        return replace(thing, origin=SETTLED)
    if isinstance(thing, Map) and thing.more == _REPLACED:
        return replace(thing, entries={key: closed(each) for key, each in thing.entries.items()}, more=None)
    if isinstance(thing, Inst) and thing.args is not None and thing.args.named.more == _REPLACED:
        entries = {key: closed(each) for key, each in thing.args.named.entries.items()}
        named = Map(entries, thing.args.named.maybe)
        return replace(thing, args=Args(tuple(closed(each) for each in thing.args.positional), named, thing.args.more))
    return thing


def otherwise(first: Sequence[Thing], rest: Sequence[Thing]) -> Thing:
    """`first or rest`: what is empty gives way, what is known to be there stays.

    Where the first may be handed in from outside, what takes its place is a default: a value keeps its name and gets
    that origin, a dict or list may hold more than is seen.
    """
    kept = [each for each in first if falsy(each) is not True]
    outside = [each for each in first if is_open(each) or from_outside(each)]
    defaults: Sequence[Thing] = rest
    if outside:
        defaults = [defaulted(each, outside[0]) for each in rest]
        if all(isinstance(each, (Lit, Str)) for each in rest):
            required = any(is_prose(each) for each in rest)
            kept = [each for each in kept if each not in outside or required and _required(each)]
    sure = [each for each in kept if falsy(each) is False]
    if kept and len(sure) == len(first):
        return choice(kept)
    return choice([*sure, *defaults, *(each for each in kept if each not in sure)])


def _required(thing: Thing) -> bool:
    """Whether callers have to hand it in: a text takes its place now and then, and is no default."""
    while isinstance(thing, Partial) and thing.unfollowed:
        thing = thing.args.positional[0]
    return isinstance(thing, Nope) and thing.outside and not thing.empty and thing.why.startswith("parameter")


def from_outside(thing: Thing) -> bool:
    """Whether it is what a caller, a setting or another library hands in: a row of a database, an answer."""
    if isinstance(thing, Partial) and thing.unfollowed:
        return from_outside(thing.args.positional[0])
    return isinstance(thing, Nope) and thing.outside or isinstance(thing, Rec) and "." in thing.symbol and ":" not in thing.symbol


def handed_in(thing: Thing) -> bool:
    """Whether it is nothing but what a caller or a setting says, or leaves open."""
    return all(is_open(each) or from_outside(each) for each in options_of(thing))


def defaulted(thing: Thing, outside: Thing) -> Thing:
    """What takes the place of something that may be handed in."""
    why = reason(outside, "a parameter that is None unless the caller sets it")
    if isinstance(thing, (Map, Seq)):
        return replace(thing, more=thing.more or why)
    return with_origin(thing, "env-default" if why.startswith("environment") else "function-default")


def is_none(thing: Thing) -> bool:
    """Whether it is None."""
    return isinstance(thing, Lit) and thing.value is None


def text_of(text: str, span: Span, origin: str = "argument") -> Str:
    """A known text that stands at a place."""
    return Str((Text(text, span),) if text else (), origin, (span,))


def via(value: Thing, place: Span) -> Thing:
    """Remember the statement a value came through."""
    if isinstance(value, Choice):
        return Choice(tuple(via(each, place) for each in value.options))
    if isinstance(value, (Lit, Str, Nope)) and not any(
        each.path == place.path and each.line == place.line for each in value.trail
    ):
        return replace(value, trail=(place, *value.trail))
    return value


def last_name(term: Term) -> str:
    """The last name of a dotted term."""
    return str(term[2] if term[0] == "attr" else term[1])


def concatenated(pieces: list[tuple[Thing, str]], span: Span) -> Thing:
    """Texts put together. Of an address (a slash, no blank) each of a few alternatives is one of its own."""
    said = "".join(part.text for thing, _ in pieces if isinstance(thing, Str) for part in thing.parts if isinstance(part, Text))
    origin = weakest([thing for thing, _ in pieces])
    address = "/" in said and BLANK.search(said) is None
    found = spread([(thing, name, span) for thing, name in pieces], address=address)
    return choice([Str(parts, origin, (span,)) for parts in found])


def spread(pieces: Sequence[tuple[Thing, str, Span]], *, address: bool = False) -> list[tuple[Text | Hole, ...]]:
    """Every text that the pieces make: a piece that is one of a few texts makes as many.

    Where that would be too many, as many as it takes for each piece to stand in one, those with the most text together.
    """
    results: list[list[Text | Hole]] = [[]]
    for thing, name, span in pieces:
        given = [thing]
        if isinstance(thing, Choice) and any(address and isinstance(each, Str) or is_prose(each) for each in thing.options):
            given = [each for each in thing.options if not address or not is_none(each)]
        given = [Nope(name) if is_none(each) and (address or len(given) > 1) else each for each in given]
        texts = [as_parts(each, name, span) for each in given]
        if len(texts) == 1:
            for before in results:
                before.extend(texts[0])
        elif len(texts) * len(results) <= MAX_OPTIONS:
            results = [[*before, *said] for before in results for said in texts]
        elif not address:
            results = [[*before, *said] for before, said in aligned(results, texts, said_length, said_length)]
        else:
            for before in results:
                before.append(Hole(" ".join(name.split())[:80], span))
    return [tuple(parts) for parts in results]


One = TypeVar("One")
Other = TypeVar("Other")


def aligned(
    some: Sequence[One], others: Sequence[Other], length: Callable[[One], int], other_length: Callable[[Other], int]
) -> Iterator[tuple[One, Other]]:
    """Pairs in which each of both stands at least once, the longest with the longest, the shortest with the shortest."""
    first, second = sorted(some, key=length, reverse=True), sorted(others, key=other_length, reverse=True)
    for at in range(max(len(first), len(second))):
        yield first[min(at, len(first) - 1)], second[min(at, len(second) - 1)]


def said_length(parts: Sequence[Text | Hole]) -> int:
    """How many characters of some parts are known."""
    return sum(len(part.text) for part in parts if isinstance(part, Text))


def weakest(things: Iterable[Thing]) -> str:
    """The origin of what is made of several values: that of one which something from outside may replace, if any."""
    origins = [each.origin for thing in things for each in options_of(thing) if isinstance(each, (Lit, Str))]
    return next((each for each in origins if each in OPEN), next((each for each in origins if each != "argument"), "argument"))


UNNAMED = ("further items", "joined text")
"""Holes that take the name of what they are put into the text by: `context = "\\n".join(...)`."""


def as_parts(value: Thing, name: str, span: Span) -> tuple[Text | Hole, ...]:
    """A value as parts of a string: its text where it is known, else a hole under the name it has in the source."""
    if isinstance(value, Str):
        return tuple(replace(part, name=name) if name and isinstance(part, Hole) and part.name in UNNAMED else part for part in value.parts)
    if isinstance(value, Lit) and not is_open(value):
        return (Text(str(value.value), span),)
    return (Hole(" ".join(name.split())[:80], span),)
