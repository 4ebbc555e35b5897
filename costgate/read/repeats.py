"""Retry layers: those of libraries, by their data, and those of the SDK itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from costgate.model.call import Ends, RetryLayer
from costgate.model.value import Absent, Known, Span, Unknown
from costgate.read import outline as ol
from costgate.read.arguments import Roles
from costgate.read.caught import asked_for
from costgate.read.frame import Frame
from costgate.read.python import Term
from costgate.read.things import Args, Func, Inst, Lit, Rec, Ref, Thing

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

_COUNTS = {
    "retries": lambda n: n + 1,
    "attempts": lambda n: max(n, 1),
    "2n+1": lambda n: 2 * n + 1,
    "n(n+1)": lambda n: n * (n + 1),
}


def library_layer(ev: Evaluator, symbol: str, args: Args, span: Span) -> RetryLayer | None:
    """One layer of a retry library: its attempts, or that nothing bounds it."""
    spec = ev.catalog.layers[symbol]
    named = {**dict(zip(spec["positional"], args.positional, strict=False)), **args.named.entries}
    needs = spec.get("needs")
    if needs and not any(each in named for each in ([needs] if isinstance(needs, str) else needs)):
        return None
    what = str(spec["library"])
    bound = _bounded(ev, spec, named)
    ends, hidden = _ends(ev, spec), bool(args.named.more or args.more)
    waits = _waits(spec, named, hidden=hidden)
    on = asked_for(ev, spec, named, hidden=hidden)
    if bound is not None:
        attempts, known = bound
        return RetryLayer(what, attempts, False if known else None, span, ends, waits, on)
    if hidden:
        return RetryLayer(what, None, None, span, ends, waits, on)
    default = spec.get("default", "unknown")
    if default == "unbounded":
        return RetryLayer(what, None, True, span, ends, waits, on)
    count = default if isinstance(default, int) else None
    return RetryLayer(what, count, None if count is None else False, span, ends, waits, on)


def _waits(spec: Mapping[str, Any], named: Mapping[str, Thing], *, hidden: bool) -> bool | None:
    if spec.get("waits") or any(name.partition(".")[0] in named for name in spec.get("wait", ())):
        return True
    return None if hidden or not spec.get("wait") else False


def _ends(ev: Evaluator, spec: Mapping[str, Any]) -> Ends | None:
    for bound in spec["bounds"]:
        if bound["kind"] in _COUNTS:
            return Ends(bound["arg"][0], bound["kind"])
        if bound["kind"] == "stop":
            roots = {each.partition(".")[0] for each in spec.get("symbols", ())} or {str(spec["library"])}
            stops = (
                symbol
                for symbol, stop in ev.catalog.stops.items()
                if symbol.partition(".")[0] in roots and any(each["kind"] == "attempts" for each in stop.get("bounds", ()))
            )
            return Ends(bound["arg"][0], "attempts", tuple(stops))
    return None


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
    if isinstance(thing, Inst):
        return _own_stop(ev, thing)
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


def _own_stop(ev: Evaluator, thing: Inst) -> int | str:
    """A stop of the tree, which hands the decision to one of the library: `return stop_after_attempt(n)(state)`."""
    method = ev.attribute(thing, "__call__", None)
    module = ev.project.module(method.path) if isinstance(method, Func) else None
    if module is None or not isinstance(method, Func) or not module.scope(method.scope)[ol.S_PARAMS]:
        return "unknown"
    env = {(method.path, method.scope): {module.scope(method.scope)[ol.S_PARAMS][0][ol.P_NAME]: thing}}
    found: set[int | str] = set()
    for jump in module.jumps.get(method.scope, ()):
        term: Term = module.term(jump[ol.J_START], jump[ol.J_END]) if jump[ol.J_KIND] == "return" else ["?"]
        frame = Frame(module, method.scope, jump[ol.J_START], env, jump[ol.J_START])
        found.add(_stop(ev, ev.term(term[1], frame)) if term[0] == "call" else "unknown")
    return found.pop() if len(found) == 1 else "unknown"


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
        written = slot is not None and not slot.hidden
        found.append(RetryLayer(_name(roles), None, None, span if written else None))
    elif isinstance(value, Absent) and _default(roles, provider).get("unbounded"):
        found.append(RetryLayer(_name(roles), None, True))
    for layer in (*roles.layers, *(roles.target.layers if roles.target is not None else ())):
        attempts = layer.attempts.value if isinstance(layer.attempts, Lit) else None
        count = int(_COUNTS[layer.counts](attempts)) if isinstance(attempts, int) and layer.counts in _COUNTS else None
        unbounded = True if layer.counts == "unbounded" else False if count is not None else None
        found.append(RetryLayer(layer.what, count, unbounded, layer.span))
    return found


def one_of_layers(each: Sequence[list[RetryLayer]]) -> list[RetryLayer]:
    """The SDK's retries where one of a few objects takes the call: those of the one that retries most, if that is known."""
    tries = [[(layer.attempts, layer.unbounded) for layer in layers] for layers in each]
    if all(one == tries[0] for one in tries):
        return each[0]
    counts = [product(layers) for layers in each]
    if None in counts:
        return [RetryLayer("one of several clients", None, None)]
    return max(each, key=lambda layers: product(layers) or 0)


def product(layers: list[RetryLayer]) -> int | None:
    """Requests that layers multiply to; None where one is not known."""
    counts = [layer.attempts for layer in layers]
    return prod(each for each in counts if each is not None) if None not in counts else None


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


def _ways(default: Mapping[str, Any], number: int | None) -> set[int]:
    """The requests that a number may stand for, or the default, as long as nobody says which provider answers."""
    told = [{**default, **each} for each in ({}, *default.get("providers", {}).values())]
    return {
        _COUNTS[each["counts"]](each["value"] if number is None else number)
        for each in told
        if each.get("counts") in _COUNTS and (number is not None or "value" in each)
    }


def _sdk_layer(roles: Roles, value: Known, span: Span, provider: str | None) -> RetryLayer:
    slot, default = roles.slots.get("retries"), _default(roles, provider)
    by_default = value.origin == "sdk-default"
    own = slot.counts if slot is not None and not by_default else None
    counts = own or default.get("counts") or "retries"
    numbers = [each for each in value.values if isinstance(each, int) and not isinstance(each, bool)]
    if by_default and "value" in default:
        numbers = [default["value"]]
    place = value.trail[-1] if value.trail else None if by_default else span
    if any(isinstance(each, Absent) for each in value.values):
        if roles.target is not None and roles.target.more is not None:
            return RetryLayer(_name(roles), None, None)  # what is not seen may hold it: that is written nowhere
        if "value" in default:
            numbers.append(default["value"])
    ways = _ways(default, None if by_default else max(numbers, default=0)) if provider is None and own is None else set()
    if len(ways) > 1 or len(numbers) != len(value.values) or counts not in _COUNTS:
        return RetryLayer(_name(roles), None, None, place)
    return RetryLayer(_name(roles), int(_COUNTS[counts](max(numbers))), False, place)
