"""Calls of a client that is generated of prompt files: one for each function that they declare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from costgate.model.tree import Tree
from costgate.model.value import Span
from costgate.read.prompts.functions import Declared, Function, Setting, declared, sent_by
from costgate.read.prompts.marks import stripped
from costgate.read.prompts.rendering import Part
from costgate.read.prompts.shelf import Shelf
from costgate.read.things import FILE, Args, Lit, Map, Nope, Rec, Seq, Str, Thing, choice
from costgate.read.values import text_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

SENT = "content"
ARGUMENT = "function"
"""The argument under which a declared function is told; the generated method has none of that name."""


def with_declared(knowledge: Mapping[str, Any], tree: Tree) -> Mapping[str, Any]:
    """The knowledge with the functions that the prompt files of a tree declare as calls of the generated client."""
    kinds = {kind: each["declared"] for kind, each in knowledge["objects"].items() if each.get("declared")}
    functions = declared(Shelf(tree)).functions if kinds else {}
    if not functions:
        return knowledge
    objects = dict(knowledge["objects"])
    for kind, way in kinds.items():
        calls = dict(objects[kind]["calls"])
        like = calls.pop(way["like"])
        for name, function in functions.items():
            opens = {ARGUMENT: {"declared": name, "providers": way.get("providers", {})}}
            spec = {**like, "positional": list(function.parameters), "opens": opens}
            calls[name] = spec
            calls.update({f"{part}.{name}": {**spec, "stream": True} for part in way["below"]})
        objects[kind] = {**objects[kind], "calls": calls}
    return {**knowledge, "objects": objects}


def as_function(ev: Evaluator, way: Mapping[str, Any], span: Span) -> Thing:
    """What a declared function sends, and what the clients say that may answer it."""
    known = declared(ev.shelf)
    function = known.functions[way["declared"]]
    parts = sent_by(ev.shelf, function)
    ev.touched |= {function.place.path, *(part.span.path for part in parts)}
    told = _settings(ev, known, function)
    provider = told.get("provider")
    usual = way["providers"].get(provider.plain, {}) if isinstance(provider, Str) else {}
    entries = {**{key: Lit(value, "sdk-default") for key, value in usual.items()}, **told, SENT: _messages(parts, span)}
    return Rec(FILE, Args((), Map(entries)), span)


def _messages(parts: tuple[Part, ...], span: Span) -> Thing:
    if not any(part.role for part in parts):
        return Str(parts, trail=(span,))
    roles = dict.fromkeys(part.role or "user" for part in parts)
    groups = [(role, [part for part in parts if (part.role or "user") == role]) for role in roles]
    return Seq(tuple(Map({"role": text_of(role, span), SENT: Str(stripped(group), trail=(span,))}) for role, group in groups))


def _settings(ev: Evaluator, known: Declared, function: Function) -> dict[str, Thing]:
    if "/" in function.client:
        provider, _, model = function.client.partition("/")
        return {"provider": text_of(provider, function.span, "config"), "model": text_of(model, function.span, "config")}
    clients = list(known.settings(function.client))
    words = dict.fromkeys(word for each in clients for word in each)
    found = {word: choice([_thing(each[word]) if word in each else Lit(None) for each in clients]) for word in words}
    ev.touched |= {setting.span.path for each in clients for setting in each.values()}
    chosen = next((each for one in clients for each in one.values() if each.value.startswith(_REGISTRY)), None)
    if chosen is not None:
        found.setdefault("max_tokens", _thing(chosen))  # who chooses the client may cap it, too
    policies = [known.policies[each["retry_policy"].value] for each in clients if each.get("retry_policy", _NONE).value in known.policies]
    if policies:
        told = [each["max_retries"] for each in policies if "max_retries" in each]
        found["max_retries"] = choice([_thing(each) for each in told]) if told else Nope("a retry policy that says no number")
    return found


_REGISTRY = "client_registry."
"""Stands before what a program fills in when it runs."""
_NONE = Setting("", Span("", 1))


def _thing(setting: Setting) -> Thing:
    if setting.value.isdecimal() and len(setting.value) < 12:
        return Lit(int(setting.value), "config", (setting.span,))
    if setting.value.startswith("env."):
        return Nope(f"environment variable {setting.value[4:]}", (setting.span,), outside=True)
    if setting.value.startswith(_REGISTRY):
        return Nope("the program chooses the client at run time", (setting.span,), outside=True)
    return text_of(setting.value, setting.span, "config")
