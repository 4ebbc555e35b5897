"""Prompt text out of evaluated values: messages, parts, templates, tool schemas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from costgate.model.prompt import Hole, Prompt, Text
from costgate.model.value import Span
from costgate.read.arguments import Roles
from costgate.read.catalog import Catalog
from costgate.read.schemas import described
from costgate.read.things import Choice, Cls, Func, Lit, Map, Nope, Rec, Seq, Str, Thing

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

_CONTENT = ("content", "text", "parts", "input", "arguments")
_KINDS = {"prompt": "user", "system": "system", "tools": "tools", "schema": "schema"}
MAX_DEPTH = 8
MAX_SEGMENTS = 20_000


def prompt_of(roles: Roles, span: Span, ev: Evaluator | None = None) -> Prompt | None:
    """Everything text that one call sends; None when the signature takes no text or none is passed.

    With `ev`, functions and classes given as tools or as the form of an answer count as the schema sent for them.
    """
    segments: list[Text | Hole] = []
    messages = 0
    seen = False
    for role, name in _KINDS.items():
        slot = roles.slots.get(role)
        if slot is None:
            if role == "prompt" and role in roles.spec["args"]:
                seen = True
                segments.append(Hole("prompt", span, "user"))
            continue
        seen = True
        thing = described(ev, slot.thing) if ev is not None and role in ("tools", "schema") else slot.thing
        found = parts(roles.catalog, thing, name, slot.keyword.split(".")[0], span, 0)
        segments += found
        messages += _messages(slot.thing) if role == "prompt" else 1 if role == "system" and found else 0
    return Prompt(tuple(segments), max(messages, 1)) if seen else None


def _messages(thing: Thing) -> int:
    return len(thing.items) if isinstance(thing, Seq) else 1


def parts(catalog: Catalog, thing: Thing, role: str, name: str, span: Span, depth: int) -> list[Text | Hole]:
    """The text and holes of one value, in the order they are sent."""
    if depth > MAX_DEPTH:
        return [Hole(name, span, role)]
    if isinstance(thing, Str):
        return [replace(part, role=role) for part in thing.parts]
    if isinstance(thing, Lit):
        return [] if thing.value is None else [Text(str(thing.value), span, role)]
    if isinstance(thing, Seq):
        found: list[Text | Hole] = []
        for item in thing.items:
            found += parts(catalog, item, role, name, span, depth + 1)
            if len(found) > MAX_SEGMENTS:
                break
        further = thing.more or len(found) > MAX_SEGMENTS
        return found + ([Hole(f"further {name}", span, role, repeated=True)] if further else [])
    if isinstance(thing, Map):
        return _mapping(catalog, thing, role, name, span, depth)
    if isinstance(thing, Choice):
        return _longest([parts(catalog, each, role, name, span, depth + 1) for each in thing.options])
    if isinstance(thing, Rec):
        return _record(catalog, thing, role, name, span, depth)
    if isinstance(thing, Nope) and thing.trail:
        return [Hole(name, thing.trail[-1] if thing.trail[-1].path else span, role)]
    if isinstance(thing, (Func, Cls)):
        return [Hole(f"{name} schema", span, role)]
    return [Hole(name, span, role)]


def _longest(options: list[list[Text | Hole]]) -> list[Text | Hole]:
    """Of several prompts the one with the most static text: what the call may cost, not what it may save."""
    return max(options, key=lambda option: sum(len(part.text) for part in option if isinstance(part, Text)))


def _mapping(catalog: Catalog, thing: Map, role: str, name: str, span: Span, depth: int) -> list[Text | Hole]:
    said = thing.entries.get("role")
    inner = said.plain if isinstance(said, Str) and said.plain else role
    if role not in ("tools", "schema"):
        for key in _CONTENT:
            if key in thing.entries:
                return parts(catalog, thing.entries[key], inner, key, span, depth + 1)
        if "type" in thing.entries or thing.more:
            return [Hole(name, span, inner)]
    found: list[Text | Hole] = []
    for key, value in thing.entries.items():
        found.append(Text(f'"{key}":', span, role))
        found += parts(catalog, value, role, key, span, depth + 1)
    return found + ([Hole(f"further {name}", span, role)] if thing.more else [])


def _record(catalog: Catalog, thing: Rec, role: str, name: str, span: Span, depth: int) -> list[Text | Hole]:
    entry = catalog.entry(thing.symbol, thing.args)
    if entry is not None and entry["what"] == "text":
        text = thing.args.named.entries.get(entry["text"])
        if text is not None:
            return parts(catalog, text, entry.get("role", role), name, span, depth + 1)
    if role in ("tools", "schema") and entry is None and thing.args.named.entries:
        return _mapping(catalog, thing.args.named, role, name, span, depth)
    for key in _CONTENT:
        if key in thing.args.named.entries:
            return parts(catalog, thing.args.named.entries[key], role, key, span, depth + 1)
    return [Hole(name, thing.span if thing.span.path else span, role)]
