"""Prompt text out of evaluated values: messages, parts, templates, tool schemas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from costgate.knowledge.images import image_details, image_parts
from costgate.knowledge.values import value_functions
from costgate.model.prompt import Hole, Prompt, Text
from costgate.model.value import Span
from costgate.read.arguments import Roles
from costgate.read.catalog import Catalog
from costgate.read.declared import declared
from costgate.read.filling import values_of
from costgate.read.given import NAMES, TEMPLATES, TOGETHER, dig
from costgate.read.methods import filled
from costgate.read.native import SLICE
from costgate.read.promptfiles import SENT, with_values
from costgate.read.saying import decorated, spoken
from costgate.read.schemas import described
from costgate.read.things import FILE, PIPED, Choice, Cls, Func, Lit, Map, Nope, Rec, Seq, Slot, Str, Thing, is_open
from costgate.read.values import aligned, is_none, overlaid

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

_CONTENT = ("content", "text", "parts", "input", "arguments")
_KINDS = {"prompt": "user", "system": "system", "tools": "tools", "schema": "schema"}
_ROLES = {"system": "system", "human": "user", "user": "user", "ai": "assistant", "assistant": "assistant",
          "developer": "developer", "tool": "tool", "placeholder": "", "messages_placeholder": ""}  # fmt: skip
"""First halves of (role, text) pairs; of a placeholder, the text names what is put there."""
_BRACES = re.compile(r"\{\{|\}\}|\{(\w*)[^{}]*\}")
_ALONE = re.compile(r"\{([A-Za-z_][\w-]*)\}")
MAX_DEPTH = 8
MAX_PROMPTS = 32
MAX_TOGETHER = 64
MAX_NESTED = 5
MAX_WIDE = 60
MAX_SEGMENTS = 20_000


def prompt_of(roles: Roles, span: Span, ev: Evaluator | None = None, each: Thing | None = None) -> Prompt | None:
    """Everything text that one call sends; None when the signature takes no text or none is passed.

    What may be one of a few makes as many prompts: the one with the most static text, and the others beside it.
    With `ev`, functions and classes given as tools or as the form of an answer count as the schema sent for them.
    `each`: what is sent one by one, each as a prompt of its own.
    """
    found: list[tuple[tuple[Text | Hole, ...], int]] = [((), 0)]
    seen = False
    for role, name in _KINDS.items():
        slot = roles.slots.get(role)
        if slot is None:
            if role == "prompt" and role in roles.spec["args"]:
                seen = True
                found = [((*segments, Hole("prompt", span, "user")), messages) for segments, messages in found]
            continue
        seen = True
        thing = each if each is not None and role == "prompt" and slot.keyword != PIPED else slot.thing
        if slot.counts == "fields" and isinstance(thing, Str):
            thing = Nope("a text that names fields")
        elif ev is not None:
            thing = spoken(ev, thing) if role == "system" else thing
            thing = described(ev, thing) if role in ("tools", "schema") else declared(ev, thing)
        options = variants(thing, MAX_PROMPTS, roles.catalog)
        options += [Seq(())] if slot.counts == "varies" else []
        made = [(_said(roles, slot, option, name, span), option) for option in options]
        few = len(made) * len(found) <= MAX_PROMPTS
        pairs = [(one, other) for one in found for other in made] if few else [*aligned(found, made, _first_static, _first_static)]
        found = [
            ((*segments, *more), messages + (_messages(option, slot) if role == "prompt" else 1 if role == "system" and more else 0))
            for (segments, messages), (more, option) in pairs
        ]
    for said in decorated(ev, roles.target) if ev is not None and seen else ():
        told = [parts(roles.catalog, option, "system", "instructions", span, 0) for option in variants(said, MAX_PROMPTS, roles.catalog)]
        few = len(told) * len(found) <= MAX_PROMPTS
        rows = [(one, other) for one in found for other in told] if few else aligned(found, told, _first_static, _static)
        found = [((*segments, *further), messages) for (segments, messages), further in rows]
    if roles.adds_text():
        found = [((*segments, Hole("what the SDK adds", span, "system")), messages) for segments, messages in found]
    prompts = [Prompt(segments, max(messages, 1)) for segments, messages in dict.fromkeys(found)]
    if not seen and not roles.adds_text():
        return None
    longest = max(prompts, key=lambda prompt: _static(prompt.segments))
    return replace(longest, alternatives=tuple(prompt for prompt in prompts if prompt is not longest))


def one_of(prompts: Sequence[Prompt | None]) -> Prompt | None:
    """The prompts of several requests as alternatives of one: the one with the most static text, and the others beside it."""
    every = [replace(one, alternatives=()) for each in prompts if each is not None for one in (each, *each.alternatives)]
    if len(every) > MAX_TOGETHER:
        every = [replace(each, alternatives=()) for each in prompts if each is not None]
    if not every:
        return None
    longest = max(every, key=lambda prompt: _static(prompt.segments))
    return replace(longest, alternatives=tuple(dict.fromkeys(prompt for prompt in every if prompt != longest)))


def _said(roles: Roles, slot: Slot, thing: Thing, name: str, span: Span) -> list[Text | Hole]:
    word = slot.keyword.split(".")[0]
    if slot.counts == NAMES:
        thing = _named(thing, span)
    if slot.keyword != PIPED:
        thing = _inserted(roles, thing) if name == "user" else thing
        found = parts(roles.catalog, thing, name, word, span, 0, Map({}) if slot.counts == TEMPLATES else None)
        return _with_fields(roles, found, span) if slot.counts == "fields" else found
    if not isinstance(thing, Rec) or not roles.catalog.is_text(thing):
        return [Hole("what is piped into it", span, name)]
    return parts(roles.catalog, thing, name, "template", span, 0)


def _inserted(roles: Roles, thing: Thing) -> Thing:
    """A prompt with its holes filled by the arguments that are there for it: those of one keyword, or all others by name."""
    named = {**dict(zip(roles.spec.get("positional", ()), roles.args.positional, strict=False)), **roles.args.named.entries}
    for word in roles.spec.get("fills", ()):
        given = Map(named) if word == "all" else named.get(word)
        values = given.args.named if isinstance(given, Rec) else given
        thing = with_values(thing, values) if isinstance(values, Map) else thing
    return thing


def _with_fields(roles: Roles, found: list[Text | Hole], span: Span) -> list[Text | Hole]:
    """The text of a declaration, whose fields the call's keyword arguments fill."""
    filled: list[Text | Hole] = []
    for part in found:
        given = roles.args.named.entries.get(part.name) if isinstance(part, Hole) else None
        told = [] if given is None else parts(roles.catalog, given, "user", part.name if isinstance(part, Hole) else "", span, 1)
        filled += told if any(isinstance(each, Text) for each in told) else [part]
    return filled


def variants(thing: Thing, most: int, catalog: Catalog, depth: int = 0) -> list[Thing]:
    """What a value may be, each without alternatives inside; what has more than `most`, or is large, is left as it is."""
    options: list[Thing] = [thing]
    if most < 2 or depth > MAX_NESTED:
        return options
    if isinstance(thing, Choice):
        options = [inner for each in thing.options for inner in variants(each, most, catalog, depth + 1)]
    elif isinstance(thing, Seq) and len(thing.items) <= MAX_WIDE:
        rows = _products(thing.items, most, catalog, depth)
        options = [replace(thing, items=tuple(each for each in items if not is_none(each))) for items in rows]
    elif isinstance(thing, Map) and len(thing.entries) <= MAX_WIDE:
        options = [
            replace(thing, entries=dict(zip(thing.entries, values, strict=True)))
            for values in _products(tuple(thing.entries.values()), most, catalog, depth)
        ]
    elif isinstance(thing, Rec):
        options = _texts(thing, most, catalog, depth)
    return options if len(options) <= most else [thing]


def _texts(thing: Rec, most: int, catalog: Catalog, depth: int) -> list[Thing]:
    """A message or a template with each text that it may hold."""
    entry = catalog.entry(thing.symbol, thing.args)
    named = thing.args.named
    said = [str(entry["text"])] if entry is not None and entry["what"] == "text" else _CONTENT
    word = next((key for key in said if key in named.entries), None)
    if word is None:
        return [thing]
    return [
        replace(thing, args=replace(thing.args, named=replace(named, entries={**named.entries, word: each})))
        for each in variants(named.entries[word], most, catalog, depth + 1)
    ]


def _products(things: tuple[Thing, ...], most: int, catalog: Catalog, depth: int) -> list[tuple[Thing, ...]]:
    """Every way to take one variant of each; where that is too many, as many as it takes for each to stand in one."""
    found: list[list[Thing]] = [[]]
    for each in things:
        options = variants(each, most, catalog, depth + 1)
        if len(options) == 1:
            for row in found:
                row.append(options[0])
        elif len(options) * len(found) <= most:
            found = [[*row, option] for row in found for option in options]
        else:
            found = [[*row, option] for row, option in aligned(found, options, _weight, _weight)]
    return [tuple(row) for row in found]


def _weight(thing: object, depth: int = 0) -> int:
    """How much text is seen in something, about."""
    if isinstance(thing, Str):
        return _static(thing.parts)
    if depth > MAX_DEPTH:
        return 0
    if isinstance(thing, (list, tuple)):
        return sum(_weight(each, depth + 1) for each in thing[:MAX_WIDE])
    if isinstance(thing, Seq):
        return _weight(thing.items, depth)
    if isinstance(thing, Map):
        return _weight([*thing.entries.values()], depth)
    return _weight(thing.args.named, depth + 1) if isinstance(thing, Rec) else 0


def _messages(thing: Thing, slot: Slot) -> int:
    """How many messages there are at least: what is not seen of a longer list may be none."""
    if isinstance(thing, Rec) and thing.symbol == FILE:
        thing = thing.args.named.entries[SENT]
    if not isinstance(thing, Seq) or slot.counts in TOGETHER:
        return 1
    return sum(1 for each in thing.items if thing.more is None or not isinstance(each, Nope))


def parts(
    catalog: Catalog, thing: Thing, role: str, name: str, span: Span, depth: int, braces: Map | None = None
) -> list[Text | Hole]:
    """The text and holes of one value, in the order they are sent.

    `braces`: its text marks holes by `{name}`, and what is known of them.
    """
    if depth > MAX_DEPTH:
        return [Hole(name, span, role)]
    if isinstance(thing, Str) and braces is not None:
        return parts(catalog, _opened(thing, braces, span), role, name, span, depth)
    if isinstance(thing, Str):
        return [replace(part, role=role) for part in thing.parts]
    if isinstance(thing, Lit):
        place = next((each for each in thing.trail if each.path), span)
        if is_open(thing):
            return [Hole(name, place, role)]
        return [] if thing.value is None else [Text(str(thing.value), place, role)]
    if isinstance(thing, Seq):
        pair = _pair(thing)
        if pair is not None and role == "user":
            own = _ROLES[pair[0]]
            inner = pair[1] if own else Nope("messages", outside=True)
            return parts(catalog, inner, own or role, "messages" if not own else name, span, depth + 1, braces)
        found: list[Text | Hole] = []
        for item in thing.items:
            found += parts(catalog, item, role, name, span, depth + 1, braces)
            if len(found) > MAX_SEGMENTS:
                break
        further = thing.more or len(found) > MAX_SEGMENTS
        # a slice holds as many as it says, however long the list gets
        return found + ([Hole(f"further {name}", span, role, repeated=thing.more != SLICE)] if further else [])
    if isinstance(thing, Map):
        return _mapping(catalog, thing, role, name, span, depth, braces)
    if isinstance(thing, Choice):
        return _longest([parts(catalog, each, role, name, span, depth + 1, braces) for each in thing.options])
    if isinstance(thing, Rec):
        return _record(catalog, thing, role, name, span, depth, braces)
    if isinstance(thing, Nope) and thing.trail:
        return [Hole(name, thing.trail[-1] if thing.trail[-1].path else span, role)]
    if isinstance(thing, (Func, Cls)):
        return [Hole(f"{name} schema", span, role)]
    return [Hole(name, span, role)]


def _longest(options: list[list[Text | Hole]]) -> list[Text | Hole]:
    """Of several prompts the one with the most static text: what the call may cost, not what it may save."""
    return max(options, key=_static)


def _first_static(pair: tuple[Sequence[Text | Hole], object]) -> int:
    return _static(pair[0])


def _static(segments: Sequence[Text | Hole]) -> int:
    return sum(len(part.text) for part in segments if isinstance(part, Text))


def _opened(text: Str, values: Map, span: Span) -> Thing:
    """A template's text with a hole, or what fills it, for each name in braces."""

    def said(match: re.Match[str]) -> Thing | str:
        name = match.group(1)
        return match.group()[0] if name is None else values.entries.get(name, Nope(name or "value"))

    return filled(with_values(text, values) if isinstance(text, Str) else text, _BRACES, said, span)  # type: ignore[arg-type]


def _named(thing: Thing, span: Span) -> Thing:
    """Texts with a hole for each name alone in braces; all else in braces is text."""
    if isinstance(thing, Seq):
        return replace(thing, items=tuple(_named(each, span) for each in thing.items))
    return filled(thing, _ALONE, lambda match: Nope(match.group(1)), span) if isinstance(thing, Str) else thing


def _pair(thing: Seq) -> tuple[str, Thing] | None:
    """A message as (role, text)."""
    first = thing.items[0] if len(thing.items) == 2 and thing.more is None else None
    word = first.plain if isinstance(first, Str) else None
    return (word, thing.items[1]) if word in _ROLES else None


def _mapping(catalog: Catalog, thing: Map, role: str, name: str, span: Span, depth: int, braces: Map | None) -> list[Text | Hole]:
    marks = [key for key in thing.entries if value_functions().get(key) == "cache_mark"]
    if marks:
        thing = replace(thing, entries={key: each for key, each in thing.entries.items() if key not in marks})
        if not thing.entries and thing.more is None:
            return []
    said = thing.entries.get("role")
    inner = said.plain if isinstance(said, Str) and said.plain else role
    if role not in ("tools", "schema"):
        for key in _CONTENT:
            if key in thing.entries:
                return parts(catalog, thing.entries[key], inner, key, span, depth + 1, braces)
        detail = _detail(thing)
        if detail is not None:
            return [Hole("image", span, inner, image=detail)]
        if "type" in thing.entries or thing.more or not depth and thing.entries:
            return [Hole(name, span, inner)]
    found: list[Text | Hole] = []
    for key, value in thing.entries.items():
        within = parts(catalog, value, role, key, span, depth + 1)
        found += [Text(f'"{key}":', _key_place([*within, *reversed(found)], span), role), *within]
    return found + ([Hole(f"further {name}", span, role)] if thing.more else [])


def _key_place(near: Sequence[Text | Hole], span: Span) -> Span:
    """Where a key stands: beside its own text, else that of the key before; a hole may come from anywhere."""
    return next((part.span for part in near if isinstance(part, Text)), span)


def _detail(thing: Map) -> str | None:
    """How closely a picture is looked at, "auto" where nothing is said and "" where it is not seen; None for what is none."""
    said = thing.entries.get("type")
    if not isinstance(said, Str) or said.plain not in image_parts():
        return None
    found = next((each for place in image_details() if (each := dig(thing, list(place))) is not None), None)
    if found is None or (isinstance(found, Lit) and found.value is None):
        return "" if thing.more else "auto"
    return (found.plain or "") if isinstance(found, Str) else ""


def _record(
    catalog: Catalog, thing: Rec, role: str, name: str, span: Span, depth: int, braces: Map | None
) -> list[Text | Hole]:
    entry = catalog.entry(thing.symbol, thing.args)
    if entry is not None and entry["what"] == "text":
        text = thing.args.named.entries.get(entry["text"])
        if text is not None:
            known = overlaid(values_of(thing), braces or Map({})) if "holes" in entry else None
            return parts(catalog, text, entry.get("role", role), name, span, depth + 1, known)
    if role in ("tools", "schema") and entry is None and thing.args.named.entries:
        return _mapping(catalog, thing.args.named, role, name, span, depth, None)
    for key in _CONTENT:
        if key in thing.args.named.entries:
            return parts(catalog, thing.args.named.entries[key], role, key, span, depth + 1, braces)
    return [Hole(name, thing.span if thing.span.path else span, role)]
