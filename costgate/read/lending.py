"""What an object takes over of those that it is given: settings, defaults, retries and provider of a model in a chain or an agent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from costgate.read.given import Spec, dig, named_by
from costgate.read.things import (
    Args,
    Choice,
    Inst,
    Layer,
    Lit,
    Map,
    Nope,
    Obj,
    Partial,
    Rec,
    Ref,
    Seq,
    Slot,
    Str,
    Thing,
    choice,
)

MAX_DEPTH = 4


def lent(target: Obj, args: Args) -> Obj:
    """An object that was given others: what it does not say itself, they say; their retries multiply its own."""
    settings, defaults, layers, provider = lend(target.made, args)
    target = replace(target, hidden=target.hidden or unlent(target.made, args), parts=(*target.parts, *_held(args)))
    if not (settings or defaults or layers):
        return target
    own = {role: slot for role, slot in target.settings.items() if not any(isinstance(each, Obj) for each in _all(slot.thing))}
    told = {role: each for role, each in target.made.get("defaults", {}).items() if each or "takes" not in target.made}
    made = {**target.made, "defaults": {**defaults, **told}}
    if provider is not None:
        made["provider"] = provider
    return replace(target, settings={**settings, **own}, made=made, layers=(*target.layers, *layers))


def taken(target: Obj, method: str, args: Args) -> Obj:
    """An object after a call that gave it another one, which answers from then on, or one of those that it was given."""
    spec = target.made["takes"][method]
    settings, defaults, layers, provider = lend(spec, args)
    hidden = target.hidden or unlent(spec, args)
    if not (settings or defaults or layers):
        return replace(target, hidden=hidden)
    before = {role: slot for role, slot in target.settings.items() if target.parts}
    both = {role: _either(before.get(role), slot) for role, slot in settings.items()}
    kept = {role: default for role, default in target.made.get("defaults", {}).items() if default}
    made = {**target.made, "defaults": {**defaults, **kept}, **({"provider": provider} if provider else {})}
    return replace(
        target,
        settings={**target.settings, **both},
        made=made,
        layers=target.layers if before else (*target.layers, *layers),
        hidden=hidden,
        parts=(*target.parts, *_held(args)),
    )


def unlent(spec: Spec, args: Args) -> str | None:
    """Why the settings of an object among the arguments are not seen; None where there is none, or it is followed."""
    named = named_by(spec, args)
    for keyword in spec.get("inherit", ()):
        thing = dig(named, keyword.split("."))
        for each in _all(thing) if thing is not None else ():
            if isinstance(each, Obj) and (each.hidden or each.more):
                return each.hidden or each.more
            if isinstance(each, (Nope, Partial, Inst, Rec, Ref, Map)):
                return f"`{keyword}` is not followed: {each.why}" if isinstance(each, Nope) else f"`{keyword}` is not followed"
    return None


def objects_in(thing: Thing, depth: int = 0) -> Iterator[Obj]:
    """The objects that a value is or holds, with those they were given themselves."""
    if isinstance(thing, Obj):
        yield thing
        yield from thing.parts
        return
    inner: tuple[Thing, ...] = ()
    if isinstance(thing, Choice):
        inner = thing.options
    elif isinstance(thing, Seq):
        inner = thing.items
    elif isinstance(thing, Map):
        inner = (*thing.entries.values(), *([] if thing.rest is None else [thing.rest]))
    for each in inner if depth < MAX_DEPTH else ():
        yield from objects_in(each, depth + 1)


def lend(spec: Spec, args: Args) -> tuple[dict[str, Slot], dict[str, Any], list[Layer], str | None]:
    """What the objects among the arguments lend: settings, defaults, retry layers, provider."""
    settings: dict[str, Slot] = {}
    defaults: dict[str, Any] = {}
    layers: list[Layer] = []
    provider: str | None = None
    named = named_by(spec, args)
    for keyword in spec.get("inherit", ()):
        thing = dig(named, keyword.split("."))
        objects = [each for each in _all(thing) if isinstance(each, Obj)] if thing is not None else []
        for each in [_together(objects)] if objects else []:
            settings.update({role: slot for role, slot in each.settings.items() if role != "retries"})
            inner = dict(each.made.get("defaults", {}))
            built_in = [Layer(own["what"], Lit(own["attempts"]), "attempts", None) for own in each.made.get("layers", ())]
            layers += [*each.layers, *built_in, *_own_retries(each, inner.pop("retries", None))]
            defaults.update(inner)
            provider = each.made.get("provider") or provider
        built = spec.get("builds", {}).get(keyword)
        if built is not None and not objects and (thing is None or isinstance(thing, (Str, Lit))):
            inner = dict(built.get("defaults", {}))
            retries = inner.pop("retries", None)
            if retries is not None and "value" in retries:
                layers.append(Layer("client", Lit(retries["value"]), retries.get("counts", "retries"), None))
            layers += [Layer(own["what"], Lit(own["attempts"]), "attempts", None) for own in built.get("layers", ())]
            defaults.update(inner)
            provider = built.get("provider") or provider
    if "each" not in spec.get("runs", {"each": ""}):  # how often its members may ask is no limit of a team
        settings.pop("turn_limit", None)
        defaults.pop("turn_limit", None)
    return settings, defaults, layers, provider


def _held(args: Args) -> Iterator[Obj]:
    for thing in (*args.positional, *args.named.entries.values()):
        yield from objects_in(thing)


def _together(objects: Sequence[Obj]) -> Obj:
    """One object that says what each of several says; what only some say is one of several or nothing."""
    first, *rest = objects
    settings = dict(first.settings)
    for role in dict.fromkeys(role for each in objects for role in each.settings) if rest else ():
        things = [each.settings[role].thing if role in each.settings else _default_of(each, role) for each in objects]
        slot = next(each.settings[role] for each in objects if role in each.settings)
        settings[role] = replace(slot, thing=choice(things))
    return replace(first, settings=settings)


def _either(before: Slot | None, slot: Slot) -> Slot:
    return slot if before is None else replace(slot, thing=choice([before.thing, slot.thing]))


def _default_of(target: Obj, role: str) -> Thing:
    default = target.made.get("defaults", {}).get(role, {})
    return Lit(default["value"], "sdk-default") if isinstance(default.get("value"), int) else Lit(None)


def _own_retries(target: Obj, default: Spec | None) -> list[Layer]:
    slot = target.settings.get("retries")
    counts = (slot.counts if slot is not None else None) or (default or {}).get("counts", "retries")
    if slot is not None and not (isinstance(slot.thing, Lit) and slot.thing.value is None):
        return [Layer(f"{target.sdk} client", slot.thing, counts, target.span)]
    if default is not None and "value" in default:
        return [Layer(f"{target.sdk} client", Lit(default["value"]), counts, None)]
    return []


def _all(thing: Thing) -> tuple[Thing, ...]:
    return thing.options if isinstance(thing, Choice) else (thing,)
