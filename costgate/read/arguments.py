"""A signature meets the arguments of one call: what is known of each role, with the place it came from."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from costgate.model.call import Release
from costgate.model.prompt import Text
from costgate.model.value import ABSENT, Absent, Known, Scalar, Span, Unknown, Value
from costgate.read.catalog import Catalog
from costgate.read.given import KINDS, dig, given, opened, spread
from costgate.read.lending import lend, unlent
from costgate.read.things import (
    OPEN,
    PIPED,
    SETTLED,
    Args,
    Choice,
    Cls,
    Func,
    Inst,
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
    is_open,
    options_of,
)
from costgate.read.values import is_none

_RESOURCE = re.compile(r"/models/([\w.@:-]+)\Z")
"""The address of a model as cloud services write it: its name comes last."""
TEXTS = ("prompt", "system", "tools", "schema")
VALUED = ("model", "output_limit", "samples", "retries", "turn_limit", "reasoning_budget")
"""Roles of which only a plain value says something, not the name of an object."""
OF_MODELS = ("model", "output_limit", "reasoning", "reasoning_budget", "samples")
"""What a model object that is handed over may bring along."""


class Roles:
    """Role -> Value of one call, and the slots behind them (for prompts and retry counts)."""

    def __init__(self, catalog: Catalog, spec: Mapping[str, Any], args: Args, target: Obj | None) -> None:
        self.catalog = catalog
        self.spec = spec
        self.args = args = catalog.spoken(spread(spec, args))
        self.target = target
        self.slots: dict[str, Slot] = {}
        self.values: dict[str, Value] = {}
        self.releases: dict[str, Release] = {}
        self.filling: Thing | None = None
        """What is given to a template that is piped into the object."""
        self.lent, self.lent_defaults, self.layers, self.provider = lend(spec, args)
        self.unlent = unlent(spec, args) or (_hidden(target) if target is not None else None)
        inherited = self._inherited(given(spec, args))
        for role in self._names():
            self.values[role] = self._role(role, inherited)

    def _inherited(self, own: dict[str, Slot]) -> dict[str, Slot]:
        """Objects handed over as arguments lend their settings; so does the object the call is made on."""
        result = dict(self.target.settings) if self.target is not None else {}
        result.update(self.lent)
        for role, slot in own.items():
            if role in self.lent and any(isinstance(each, Obj) for each in options_of(slot.thing)):
                continue
            if role in result and isinstance(slot.thing, Lit) and slot.thing.value is None:
                continue
            if role in result and result[role].keyword == PIPED:
                self.filling = slot.thing
                continue
            result[role] = _further(result[role], slot) if role in result and slot.counts == "further" else slot
        return result

    def adds_text(self) -> bool:
        """Whether the SDK sends words of its own around the prompt."""
        made = self.target.made if self.target is not None else {}
        return bool(self.spec.get("adds_text") or made.get("adds_text"))

    def each(self) -> Thing | None:
        """What the call sends one request for each of, as it is passed."""
        named = dict(zip(self.spec.get("positional", ()), self.args.positional, strict=False)) | dict(self.args.named.entries)
        if isinstance(self.spec.get("fan_out"), str):
            return named.get(self.spec["fan_out"])
        slot = self.slots.get("prompt")
        if self.filling is not None or slot is None:
            return self.filling
        return named.get(slot.keyword.split(".")[0])

    def _names(self) -> list[str]:
        made = self.target.made if self.target is not None else {}
        own = {*self.spec["args"], *self.spec.get("defaults", {})}
        had = self.target.settings if self.target is not None else {}
        told = {*self.lent, *self.lent_defaults, *own, *made.get("args", {}), *made.get("defaults", {}), *had}
        always = {"stream"} if self.spec.get("stream") else set()
        return sorted(told | always | set(OF_MODELS if self.unlent else ()))

    def _role(self, role: str, slots: dict[str, Slot]) -> Value:
        slot = slots.get(role)
        if slot is not None and role == "model" and self.target is not None and self.target.groups is not None:
            slot = replace(slot, thing=grouped(self.target.groups, self.target.made["groups"], slot.thing))
        if slot is not None:
            self.slots[role] = slot
            self._note(role, self._released(role))
            origin = "argument" if role in self.spec["args"] and slot in given(self.spec, self.args).values() else "client"
            value = in_requests(self.value(slot.thing, role, origin), slot.unit)
            if slot.counts == "varies" and isinstance(value, Known) and ABSENT not in value.values:
                value = replace(value, values=(*value.values, ABSENT))
            why = opened(self.args, self.spec) if role in self.spec["args"] else None
            if isinstance(value, Known) and why is not None and any(isinstance(each, Absent) for each in value.values):
                return Unknown(why, value.trail)
            if isinstance(value, Known) and slot.keyword:
                value = self._lifted(role, value)
            if not isinstance(value, Absent):
                return value
            if role == "model" and isinstance(slot.thing, Lit):
                return Unknown("only None is seen to be assigned to it", slot.thing.trail)
            if slot.keyword and self._lifts(role, slot):
                return ABSENT
        why = opened(self.args, self.spec) if role in self.spec["args"] else None
        if why is None and self.target is not None and role in self.target.made.get("args", {}):
            why = self.target.more
        if why is None and role in OF_MODELS:
            why = self.unlent
        if why is not None:
            return Unknown(why)
        return self._default(role)

    def _lifts(self, role: str, slot: Slot) -> bool:
        return isinstance(slot.thing, Lit) and slot.thing.value in self._lifting(role)

    def _lifted(self, role: str, value: Known) -> Value:
        """Numbers that stand for no bound are none: `max_turns=-1`."""
        numbers = [each for each in self._lifting(role) if each is not None and not isinstance(each, bool)]
        kept = tuple(each for each in value.values if not isinstance(each, int) or isinstance(each, bool) or each not in numbers)
        if len(kept) == len(value.values):
            return value
        return replace(value, values=(*(each for each in kept if not isinstance(each, Absent)), ABSENT)) if kept else ABSENT

    def _lifting(self, role: str) -> list[Any]:
        made = self.target.made if self.target is not None else {}
        return [*self.spec.get("unbounded", {}).get(role, ()), *made.get("unbounded", {}).get(role, ())]

    def _default(self, role: str) -> Value:
        made = self.target.made if self.target is not None else {}
        if role == "stream" and self.spec.get("stream"):
            return Known((True,), "sdk-default")
        known = {**made.get("defaults", {}), **self.lent_defaults, **self.spec.get("defaults", {})}
        default = known.get(role)
        release = default.get("release") if default is not None else None
        self._note(role, release)
        trail = (release.span,) if release is not None and release.span is not None else ()
        if default is None or default.get("unbounded"):
            return ABSENT
        if "value" not in default:
            return Unknown("it is not passed here, but set elsewhere", trail)
        value = default["value"]
        known_value = Known((value if not isinstance(value, float) else Decimal(str(value)),), "sdk-default", trail)
        return in_requests(known_value, default.get("unit"))

    def _released(self, role: str) -> Release | None:
        """The release that says what an argument means."""
        made = self.target.made if self.target is not None else {}
        found: Release | None = {**made.get("released", {}), **self.spec.get("released", {})}.get(role)
        return found

    def _note(self, role: str, release: Release | None) -> None:
        if release is not None:
            self.releases[role] = release

    def value(self, thing: Thing, role: str, origin: str) -> Value:
        """What a thing says as the value of a role."""
        thing = _behind(thing)
        if isinstance(thing, Choice):
            return self._choice(thing, role, origin)
        if isinstance(thing, Lit):
            return self._literal(thing, origin)
        if isinstance(thing, Str):
            plain = thing.plain
            if plain is None and role in TEXTS:
                return Known(("text",), origin, thing.trail)
            if plain is None and role == "model" and (resource := _RESOURCE.search(_last_text(thing))):
                return Known((resource.group(1),), _origin(thing.origin, origin), thing.trail)
            if plain is None:
                return Unknown("it is put together at run time", thing.trail)
            if role == "model" and not plain:
                why = " unless a caller or a setting says otherwise" if thing.origin in OPEN else ""
                return Unknown(f"its name is empty{why}", thing.trail)
            shown = plain if role not in TEXTS else "text"
            return Known((shown,), _origin(thing.origin, origin), thing.trail)
        if isinstance(thing, Ref):
            if thing.dotted in self.catalog.absent:
                return ABSENT
            if role in VALUED:
                return Unknown(_outside(thing.dotted))
            return Known((thing.dotted.rpartition(".")[2],), origin)
        if isinstance(thing, Obj):
            inner = thing.settings.get(role)
            return self.value(inner.thing, role, origin) if inner is not None else self._object(thing, role)
        if isinstance(thing, Nope):
            return Unknown(thing.why, thing.trail)
        if isinstance(thing, (Map, Seq)) and role in VALUED:
            return Unknown(f"a {'dict' if isinstance(thing, Map) else 'list'} is passed")
        if isinstance(thing, (Map, Seq)):
            adds = self.slots[role].counts in ("more", "varies") if role in self.slots else False
            empty = not (thing.entries if isinstance(thing, Map) else thing.items)
            if empty and thing.more is None and role == "tools" and not adds:
                return ABSENT
            return Known((_count(thing, adds),), origin)
        if isinstance(thing, Rec) and role in TEXTS and self.catalog.is_text(thing):
            return Known(("text",), origin)
        if isinstance(thing, Rec):
            name = thing.symbol.rpartition(".")[2]
            return Unknown(f"the result of `{name}()` is not followed") if role in VALUED else Known((name,), origin)
        if isinstance(thing, (Inst, Cls, Func)):
            return Unknown(f"{KINDS[type(thing)]} is passed") if role in VALUED else Known((type(thing).__name__.lower(),), origin)
        return Unknown("it is not followed")

    def _object(self, thing: Obj, role: str) -> Value:
        default = thing.made.get("defaults", {}).get(role, {})
        return Known((default["value"],), "sdk-default") if "value" in default else Known((thing.symbol,), "client")

    def _choice(self, thing: Choice, role: str, origin: str) -> Value:
        """The members that are known. What may be handed in from outside replaces the rest, as for a default."""
        options = [_behind(each) for each in thing.options]
        outside = [each for each in options if is_open(each) or isinstance(each, Nope) and each.outside]
        inside = [each for each in options if each not in outside]
        told = [each for each in inside if not is_none(each) and not (role == "model" and _is_empty(each))]
        if outside:
            if not any(isinstance(each, (Str, Lit)) for each in told) or role != "model" and _of_some_branch(told, outside):
                return self.value(outside[0], role, origin)
            origin = "function-default"
        if role == "model" and told:
            inside = told
        members: list[Scalar | Absent] = []
        trail: list[Span] = []
        for option in inside:
            value = self.value(option, role, origin)
            if isinstance(value, Unknown):
                return value
            members += [each for each in (value.values if isinstance(value, Known) else (ABSENT,)) if each not in members]
            if isinstance(value, Known):
                origin = value.origin if value.origin != "argument" else origin
                trail += value.trail
        if all(isinstance(each, Absent) for each in members):
            return ABSENT
        return Known(tuple(members), origin, tuple(trail))

    def _literal(self, thing: Lit, origin: str) -> Value:
        if is_open(thing):
            return Unknown("it is None unless a caller or a setting says otherwise", thing.trail)
        if thing.value is None:
            return ABSENT
        return Known((thing.value,), _origin(thing.origin, origin), thing.trail)


def _further(before: Slot, slot: Slot) -> Slot:
    """What a call sends besides what its object sends anyway."""
    held = [each.items if isinstance(each, Seq) and each.more is None else (each,) for each in (before.thing, slot.thing)]
    return replace(slot, thing=Seq((*held[0], *held[1])))


def _last_text(thing: Str) -> str:
    """What a text that is put together ends in, as far as that is known."""
    texts: list[str] = []
    for part in reversed(thing.parts):
        if not isinstance(part, Text):
            break
        texts.append(part.text)
    return "".join(reversed(texts))


def _outside(dotted: str) -> str:
    """Why something that no import and no assignment of the tree leads further is not known."""
    package, _, name = dotted.partition(".")
    if package == "builtins" and not hasattr(builtins, name.partition(".")[0]):
        return f"nothing that is seen assigns `{name}`"
    return f"`{dotted}` is outside the tree"


def _of_some_branch(told: Sequence[Thing], outside: Sequence[Thing]) -> bool:
    """Whether the default is None, and some branch puts a value of the code's own in its place."""
    return any(map(is_open, outside)) and any(isinstance(each, (Str, Lit)) and each.origin == "argument" for each in told)


def _is_empty(thing: Thing) -> bool:
    return isinstance(thing, Str) and thing.plain == ""


def _behind(thing: Thing) -> Thing:
    """For an attribute of something that is not known, or handed in: why that is not known."""
    while isinstance(thing, Partial) and thing.unfollowed and isinstance(thing.args.positional[0], (Partial, Nope)):
        thing = thing.args.positional[0]
    return thing


def _hidden(target: Obj) -> str | None:
    """Why the settings of a model that the object was given are not seen."""
    return target.hidden or (target.more if target.made.get("inherit") else None)


def _origin(own: str, place: str) -> str:
    return "function-default" if own == SETTLED else own if own != "argument" else place


def grouped(listed: Thing, words: Mapping[str, str], name: Thing) -> Thing:
    """The models behind the name of a group."""
    plain = name.plain if isinstance(name, Str) else None
    if plain is None or not isinstance(listed, Seq) or listed.more is not None:
        return Nope("the name of a group of models, which are listed elsewhere", outside=True)
    names = [(dig(each, words["name"].split(".")), dig(each, words["model"].split("."))) for each in listed.items]
    if not all(isinstance(own, Str) for own, _ in names):
        return Nope("the list of models is not followed")
    behind = [model or Nope("no model is listed for it") for own, model in names if isinstance(own, Str) and own.plain == plain]
    return choice(behind) if behind else Nope(f"no model of the list is called {plain!r}")


_REQUESTS: Mapping[str, Callable[[int], int]] = {"supersteps": lambda n: (n + 1) // 2, "steps": lambda n: n + 1}
"""Model calls that a limit in a unit of its own allows: every other superstep is one, and after steps one more answers."""


def in_requests(value: Value, unit: str | None) -> Value:
    """A limit on turns in model calls."""
    count = _REQUESTS.get(unit or "")
    if count is None or not isinstance(value, Known):
        return value
    return replace(value, values=tuple(count(each) if isinstance(each, int) else each for each in value.values))


def _count(thing: Map | Seq, adds: bool) -> str:
    number = len(thing.entries if isinstance(thing, Map) else thing.items)
    return f"{number}+ items" if thing.more or adds else f"{number} item{'s' if number != 1 else ''}"


def joined(values: Sequence[Value]) -> Value:
    """What is known of a role when one of several objects takes the call."""
    first = values[0]
    if all(each == first for each in values):
        return first
    unknown = next((each for each in values if isinstance(each, Unknown)), None)
    if unknown is not None:
        return unknown
    members: list[Scalar | Absent] = []
    for value in values:
        members += [each for each in (value.values if isinstance(value, Known) else (ABSENT,)) if each not in members]
    known = [each for each in values if isinstance(each, Known)]
    return Known(tuple(members), known[0].origin, tuple(span for each in known for span in each.trail)) if known else ABSENT
