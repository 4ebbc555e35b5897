"""What repeats a call: loops around it, retry decorators and loops, the SDK's own retries, and their product."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from costgate.model.call import Loop, RetryLayer
from costgate.model.value import Absent, Known, Span, Unknown
from costgate.read import outline as ol
from costgate.read.arguments import Roles
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.modules import Module
from costgate.read.things import Args, Lit, Rec, Ref, Seq, Thing

_COUNTS = {
    "retries": lambda n: n + 1,
    "attempts": lambda n: max(n, 1),
    "2n+1": lambda n: 2 * n + 1,
    "n(n+1)": lambda n: n * (n + 1),
}
_LEAVES = ("return", "break", "raise")
_ENDLESS = ("itertools.count", "itertools.cycle")
_FOREVER = re.compile(r"(?:True|1)\Z")


def loops_and_retries(ev: Evaluator, frame: Frame, at: int) -> tuple[list[Loop], list[RetryLayer]]:
    """Loops around an offset of a function, split into those that repeat the call and those that retry it."""
    module = frame.module
    blocks = module.facts["blocks"]
    chain = module.chain(module.block_at(frame.scope, at))
    loops: list[Loop] = []
    retries: list[RetryLayer] = []
    for block in chain:
        row = blocks[block]
        kind = row[ol.K_KIND]
        if kind not in ("for", "while", "comprehension"):
            continue
        span = module.span(row[ol.K_GROUP])
        endless = kind == "while" and bool(_FOREVER.match(module.text(row[ol.K_HEAD], row[ol.K_HEAD_END]).strip("() ")))
        bound = _bound(ev, frame, row) if kind != "while" else None
        endless = endless or kind == "for" and _never_ends(_header(ev, frame, row))
        iterator = _iterator(ev, frame, row) if kind == "for" else None
        if iterator is not None:
            retries.append(iterator)
        elif kind != "comprehension" and _retries(module, frame.scope, chain, block, at):
            retries.append(RetryLayer(f"{'endless ' if endless else ''}{kind} loop", bound, endless, span))
        elif endless and not _has_exit(module, frame.scope, block):
            loops.append(Loop("forever", None, span))
        else:
            loops.append(Loop(kind, bound, span))
    return loops, retries


def _retries(module: Module, scope: int, chain: list[int], loop: int, at: int) -> bool:
    """A try inside the loop, around the call, that leaves the loop on success and goes round again on failure."""
    blocks = module.facts["blocks"]
    inside = chain[: chain.index(loop)]
    tries = [block for block in inside if blocks[block][ol.K_KIND] == "try"]
    if not tries:
        return False
    group = blocks[tries[-1]][ol.K_GROUP]
    handlers = [
        index
        for index, row in enumerate(blocks)
        if row[ol.K_SCOPE] == scope and row[ol.K_GROUP] == group and row[ol.K_KIND] == "except"
    ]
    jumps = module.jumps.get(scope, ())
    again = any(
        not any(jump[ol.J_BLOCK] == handler and jump[ol.J_KIND] in _LEAVES for jump in jumps) for handler in handlers
    )
    done = any(
        jump[ol.J_KIND] in ("return", "break")
        and (jump[ol.J_START] >= at or jump[ol.J_START] <= at <= jump[ol.J_END])
        and loop in module.chain(jump[ol.J_BLOCK])
        and not any(handler in module.chain(jump[ol.J_BLOCK]) for handler in handlers)
        for jump in jumps
    )
    return bool(handlers) and again and done


def _has_exit(module: Module, scope: int, loop: int) -> bool:
    return any(
        jump[ol.J_KIND] in (*_LEAVES, "yield") and loop in module.chain(jump[ol.J_BLOCK])
        for jump in module.jumps.get(scope, ())
    )


def _bound(ev: Evaluator, frame: Frame, row: list[Any]) -> int | None:
    """How often a for loop runs: range(N) or a list that is all seen."""
    source = _header(ev, frame, row)
    if isinstance(source, Rec) and source.symbol == "builtins.range":
        ends = [each.value for each in source.args.positional if isinstance(each, Lit) and isinstance(each.value, int)]
        if len(ends) == len(source.args.positional) and ends:
            start, stop = (0, ends[0]) if len(ends) == 1 else (ends[0], ends[1])
            return max(stop - start, 0) if len(ends) < 3 else None
    if isinstance(source, Seq) and source.more is None:
        return len(source.items)
    return None


def _never_ends(source: Thing) -> bool:
    if not isinstance(source, Rec):
        return False
    return source.symbol in _ENDLESS or source.symbol == "itertools.repeat" and len(source.args.positional) == 1


def _header(ev: Evaluator, frame: Frame, row: list[Any]) -> Thing:
    return ev.slice(Frame(frame.module, frame.scope, row[ol.K_HEAD], frame.env), row[ol.K_HEAD], row[ol.K_HEAD_END])


def _iterator(ev: Evaluator, frame: Frame, row: list[Any]) -> RetryLayer | None:
    """`for attempt in Retrying(...)`."""
    source = _header(ev, frame, row)
    if isinstance(source, Rec) and source.symbol in ev.catalog.layers:
        return library_layer(ev, source.symbol, source.args, frame.module.span(row[ol.K_GROUP]))
    return None


def decorator_layers(ev: Evaluator, module: Module, scope: int) -> list[RetryLayer]:
    """Retry decorators on a function and on the functions it stands in."""
    found: list[RetryLayer] = []
    while scope > 0:
        row = module.scope(scope)
        for start, end in row[ol.S_DECORATORS]:
            frame = Frame(module, row[ol.S_PARENT], start, {}, start)
            thing = ev.slice(frame, start, end)
            name, args = (thing.symbol, thing.args) if isinstance(thing, Rec) else ("", Args())
            if isinstance(thing, Ref):
                name = thing.dotted
            spec = ev.catalog.layers.get(name)
            if spec is not None and "decorator" in spec.get("form", ["decorator"]):
                layer = library_layer(ev, name, args, module.span(start, end))
                found += [layer] if layer is not None else []
        scope = row[ol.S_PARENT]
    return found


def library_layer(ev: Evaluator, symbol: str, args: Args, span: Span) -> RetryLayer | None:
    """One layer of a retry library: its attempts, or that nothing bounds it."""
    spec = ev.catalog.layers[symbol]
    named = {**dict(zip(spec["positional"], args.positional, strict=False)), **args.named.entries}
    needs = spec.get("needs")
    if needs and not any(each in named for each in ([needs] if isinstance(needs, str) else needs)):
        return None
    what = str(spec["library"])
    bound = _bounded(ev, spec, named)
    if bound is not None:
        attempts, known = bound
        return RetryLayer(what, attempts, False if known else None, span)
    if args.named.more or args.more:
        return RetryLayer(what, None, None, span)
    default = spec.get("default", "unknown")
    if default == "unbounded":
        return RetryLayer(what, None, True, span)
    return RetryLayer(what, default if isinstance(default, int) else None, False if isinstance(default, int) else None, span)


def _bounded(ev: Evaluator, spec: Mapping[str, Any], named: Mapping[str, Thing]) -> tuple[int | None, bool] | None:
    """(attempts or None, whether that is certain) of the first bound that holds, None when nothing bounds."""
    for bound in spec["bounds"]:
        value = next((named[name] for name in bound["arg"] if name in named), None)
        if value is None and "default" in bound:
            value = Lit(bound["default"])
        if value is None or (isinstance(value, Lit) and (value.value is None or value.value in spec.get("unbounded", ()))):
            continue
        kind = bound["kind"]
        if kind == "stop":
            stopped = _stop(ev, value)
            if stopped == "never":
                continue
            return (stopped, True) if isinstance(stopped, int) else (None, stopped == "time")
        if kind == "time":
            return (None, True)
        if isinstance(value, Lit) and isinstance(value.value, int):
            return (int(_COUNTS[kind](value.value)), True)
        return (None, False)
    return None


def _stop(ev: Evaluator, thing: Thing) -> int | str:
    """Attempts that a stop expression allows, or "never" | "time" | "unknown"."""
    if isinstance(thing, Ref):
        thing = Rec(thing.dotted, Args(), Span("", 1))
    if not isinstance(thing, Rec):
        return "unknown"
    if thing.symbol == "|":
        return _any([_stop(ev, each) for each in thing.args.positional])
    spec = ev.catalog.stops.get(thing.symbol)
    if spec is None:
        return "unknown"
    if spec.get("unbounded"):
        return "never"
    if "combine" in spec:
        inner = [_stop(ev, each) for each in thing.args.positional]
        return _any(inner) if spec["combine"] == "any" else "never" if "never" in inner else "unknown"
    named = {**dict(zip(spec["positional"], thing.args.positional, strict=False)), **thing.args.named.entries}
    found = _bounded(ev, spec, named)
    if found is None:
        return "unknown"
    return found[0] if found[0] is not None else "time" if found[1] else "unknown"


def _any(found: list[int | str]) -> int | str:
    numbers = [each for each in found if isinstance(each, int)]
    if numbers:
        return min(numbers)
    return "time" if "time" in found else "unknown" if "unknown" in found else "never"


def sdk_layers(roles: Roles, span: Span, provider: str | None) -> list[RetryLayer]:
    """The retries of the SDK itself, and those that its object carries (`.with_retry()`). A default has no place."""
    found = [RetryLayer(str(each["what"]), int(each["attempts"]), False) for each in _built_in(roles)]
    value = roles.values.get("retries")
    slot = roles.slots.get("retries")
    if isinstance(value, Known):
        found.append(_sdk_layer(roles, value, span, provider))
    elif isinstance(value, Unknown):
        found.append(RetryLayer(_name(roles), None, None, span if slot is not None else None))
    elif isinstance(value, Absent) and _default(roles, provider).get("unbounded"):
        found.append(RetryLayer(_name(roles), None, True))
    for layer in (*roles.layers, *(roles.target.layers if roles.target is not None else ())):
        attempts = layer.attempts.value if isinstance(layer.attempts, Lit) else None
        count = int(_COUNTS[layer.counts](attempts)) if isinstance(attempts, int) and layer.counts in _COUNTS else None
        unbounded = True if layer.counts == "unbounded" else False if count is not None else None
        found.append(RetryLayer(layer.what, count, unbounded, layer.span))
    return found


def _built_in(roles: Roles) -> list[Mapping[str, Any]]:
    """Layers that the SDK always adds, whatever is passed."""
    made = roles.target.made if roles.target is not None else {}
    return [*roles.spec.get("layers", ()), *(made.get("layers", ()) if made is not roles.spec else ())]


def _default(roles: Roles, provider: str | None) -> Mapping[str, Any]:
    """The SDK's default for retries, with what it is for one provider in particular."""
    made = roles.target.made if roles.target is not None else {}
    found: Mapping[str, Any] = roles.spec.get("defaults", {}).get("retries") or made.get("defaults", {}).get("retries", {})
    return {**found, **found.get("providers", {}).get(provider or "", {})}


def _name(roles: Roles) -> str:
    sdk = roles.target.sdk if roles.target is not None else roles.spec.get("sdk", "SDK")
    return f"{sdk} client"


def _sdk_layer(roles: Roles, value: Known, span: Span, provider: str | None) -> RetryLayer:
    slot, default = roles.slots.get("retries"), _default(roles, provider)
    by_default = value.origin == "sdk-default"
    own = slot.counts if slot is not None and not by_default else None
    counts = own or default.get("counts") or "retries"
    numbers = [each for each in value.values if isinstance(each, int) and not isinstance(each, bool)]
    if by_default and "value" in default:
        numbers = [default["value"]]
    place = value.trail[-1] if value.trail else None if by_default else span
    unsure = provider is None and "providers" in default and own is None
    if unsure or len(numbers) != len(value.values) or counts not in _COUNTS:
        return RetryLayer(_name(roles), None, None, place)
    return RetryLayer(_name(roles), int(_COUNTS[counts](max(numbers))), False, place)
