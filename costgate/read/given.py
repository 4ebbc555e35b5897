"""What arguments say of the roles of a call or an object: through their keywords, in nested dicts and objects, and what hides it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from costgate.read.things import (
    Args,
    Choice,
    Cls,
    Func,
    Inst,
    Lit,
    Map,
    Nope,
    Partial,
    Rec,
    Ref,
    Seq,
    Slot,
    Thing,
    choice,
    is_open,
    options_of,
)
from costgate.read.values import as_map, is_none

Spec = Mapping[str, Any]
KINDS: dict[type, str] = {Inst: "an object of the tree's own", Cls: "a class of the tree", Func: "a function of the tree"}
"""What to call these where a plain value or something in them is wanted."""
TEMPLATES, NAMES = "templates", "names"
TOGETHER = ("together", TEMPLATES, NAMES, "further")
"""How keywords count whose texts are all sent; in templates names in braces are filled, and nothing else with `names`.
Further ones are sent besides those of the object."""


def spread(spec: Spec, args: Args) -> Args:
    """The arguments with those of a dict among them, which are keywords of their own where none is passed itself."""
    keyword = spec.get("spreads")
    if keyword is None or keyword not in args.named.entries:
        return args
    held = as_map(args.named.entries[keyword])
    own = {key: each for key, each in args.named.entries.items() if key != keyword and not is_none(each)}
    named = Map({**held.entries, **own}, held.maybe.difference(own) | args.named.maybe, args.named.more or held.more)
    return replace(args, named=named)


def named_by(spec: Spec, args: Args) -> Map:
    entries = dict(zip(spec.get("positional", ()), args.positional, strict=False))
    return replace(args.named, entries={**entries, **args.named.entries})


def given(spec: Spec, args: Args) -> dict[str, Slot]:
    """Role -> what these arguments say of it, through the signature's keywords; the first keyword passed wins.

    Texts that are sent together are a list of all that are passed.
    What may stand in a dict or object that is not seen into is there, and not known.
    """
    named = named_by(spec, args)
    result: dict[str, Slot] = {}
    for role, keywords in spec["args"].items():
        for keyword in keywords:
            thing = dig(named, keyword.split("."))
            if spec.get("counts", {}).get(keyword) == "seen":
                thing = next((each for each in options_of(thing) if not isinstance(each, Nope)), None) if thing is not None else None
            if thing is not None and role in result and is_none(thing) and not is_open(thing):
                continue
            if thing is not None:
                result[role] = Slot(keyword, thing, spec.get("counts", {}).get(keyword), spec.get("units", {}).get(keyword))
                if not (isinstance(thing, Lit) and thing.value is None):
                    break
        if role in result and result[role].counts in TOGETHER:
            every = [each for keyword in keywords if (each := dig(named, keyword.split("."))) is not None]
            every = [each for each in every if not (isinstance(each, Lit) and each.value is None)]
            result[role] = replace(result[role], thing=Seq(tuple(every))) if len(every) > 1 else result[role]
        if role not in result:
            hidden = _behind(named.entries, [each for each in keywords if spec.get("counts", {}).get(each) != "seen"])
            if hidden is not None:
                result[role] = Slot(hidden[0], Nope(hidden[1], outside=True, empty=True), hidden=True)
    return result


def dig(base: Thing, path: list[str]) -> Thing | None:
    """A nested key or attribute; None when it is certainly not there."""
    if not path:
        return base
    name, *rest = path
    if isinstance(base, Choice):
        found = [dig(each, path) for each in base.options]
        if all(each is None for each in found):
            return None
        return choice([Lit(None) if each is None else each for each in found])
    if isinstance(base, Rec):
        base = base.args.named
    if isinstance(base, Map) and name != "*":
        if name not in base.entries:
            name = _camel(name)
        if name in base.entries:
            inner = dig(base.entries[name], rest)
            if inner is not None and name in base.maybe:
                return choice([inner, Lit(None)])
            return inner
        return None
    if name == "*" and isinstance(base, (Seq, Map)):
        found = [dig(each, rest) for each in (base.items if isinstance(base, Seq) else base.entries.values())]
        there = [each for each in found if each is not None]
        return choice(there) if there else None
    if isinstance(base, Nope):
        return base
    return None


def opened(args: Args, spec: Spec) -> str | None:
    """Why a role that was not seen may still be passed; None when the call is fully visible."""
    why = args.named.more or args.more
    if why is None and len(args.positional) > len(spec.get("positional", ())):
        why = "an argument is passed by position"
    return why


def _behind(named: Mapping[str, Thing], keywords: Sequence[str]) -> tuple[str, str] | None:
    """A nested keyword whose holder is passed and not seen into, and why."""
    for keyword in keywords:
        head, *rest = keyword.split(".")
        why = _hidden(named[head], rest) if rest and head in named else None
        if why is not None:
            return keyword, why
    return None


def _hidden(holder: Thing, path: list[str]) -> str | None:
    """Why a nested key that was not seen may still be in there."""
    if isinstance(holder, Choice):
        return next((why for each in holder.options if (why := _hidden(each, path))), None)
    if isinstance(holder, Nope):
        return holder.why
    if isinstance(holder, Ref):
        return f"`{holder.dotted}` is not followed"
    if is_open(holder):
        return "it is None unless a caller or a setting says otherwise"
    if isinstance(holder, Rec) and holder.args.positional and not holder.args.named.entries:
        return f"the result of `{holder.symbol.rpartition('.')[2]}()` is not followed"
    inner = holder.args.named if isinstance(holder, Rec) else holder
    if isinstance(inner, Seq) and path[0] == "*":
        return inner.more or next((why for each in inner.items if (why := _hidden(each, path[1:]))), None)
    if isinstance(inner, Map):
        return inner.more or (_hidden(inner.entries[path[0]], path[1:]) if path[1:] and path[0] in inner.entries else None)
    if isinstance(holder, Inst):
        return f"{KINDS[Inst]} is not followed"
    return "it is not followed" if isinstance(holder, Partial) else None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
