"""Small operations on the values of the interpreter: origins, splats, merges, parts of strings."""

from __future__ import annotations

import re
from dataclasses import replace

from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.python import Term
from costgate.read.things import MAX_OPTIONS, Args, Choice, Lit, Map, Nope, Rec, Str, Thing, choice

_BLANK = re.compile(r"\s")


def with_origin(thing: Thing, origin: str) -> Thing:
    """The same value, said to come from elsewhere than the call itself."""
    if isinstance(thing, Choice):
        return Choice(tuple(with_origin(each, origin) for each in thing.options))
    if isinstance(thing, (Lit, Str)) and thing.origin == "argument":
        return replace(thing, origin=origin)
    return thing


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
    if isinstance(thing, Lit) and thing.value is None:
        return Map({})
    return Map({}, more=reason(thing, "a `**` splat that is not followed"))


def merge(first: Args, second: Args) -> Args:
    """Arguments of a partial and of its call."""
    named = Map(
        {**first.named.entries, **second.named.entries},
        (first.named.maybe - second.named.entries.keys()) | second.named.maybe,
        first.named.more or second.named.more,
    )
    return Args(first.positional + second.positional, named, first.more or second.more)


def reason(thing: Thing, otherwise: str) -> str:
    """Why a thing is not known, or another word for it."""
    return thing.why if isinstance(thing, Nope) else otherwise


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
    address = "/" in said and _BLANK.search(said) is None
    results: list[tuple[Text | Hole, ...]] = [()]
    for thing, name in pieces:
        given = [thing]
        if address and isinstance(thing, Choice) and any(isinstance(each, Str) for each in thing.options):
            several = [each for each in thing.options if not is_none(each)]
            given = several if len(several) * len(results) <= MAX_OPTIONS else given
        results = [(*before, *as_parts(each, name, span)) for before in results for each in given]
    return choice([Str(parts, trail=(span,)) for parts in results])


def as_parts(value: Thing, name: str, span: Span) -> tuple[Text | Hole, ...]:
    """A value as parts of a string: its text where it is known, else a hole under the name it has in the source."""
    if isinstance(value, Str):
        return value.parts
    if isinstance(value, Lit):
        return (Text(str(value.value), span),)
    return (Hole(" ".join(name.split())[:80], span),)
