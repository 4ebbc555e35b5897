"""Raw HTTP requests to model endpoints: calls of an HTTP library, and calls that hand an address to the tree's own helper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from costgate.read import outline as ol
from costgate.read.endpoints import Address, Match, Parts, addresses, arguments, carried, joined, mentions
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.modules import Module
from costgate.read.passed import arguments_of
from costgate.read.things import Args, Env, Func, Lit, Map, Nope, Partial, Rec, Ref, Str, Thing, options_of

MAX_DEPTH = 3
MAX_ROWS = 80
MAX_CHAINS = 24
_WORD = re.compile(r"[A-Za-z_]\w*")
_SHOWN = 3000
"""How much of a call's arguments, or of a value, is looked at for an address."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A call on the way to a request: into a function of the tree, or (`function` None) the request itself."""

    module: Module
    row: list[Any]
    function: Func | None = None
    call: Mapping[str, Any] | None = None
    client: Thing | None = None
    handed: int = -1


@dataclass(frozen=True, slots=True)
class Request:
    """A request that a call makes, itself or through functions of the tree. The first hop is the site."""

    hops: tuple[Hop, ...]
    match: Match


class Watch:
    """Looks at the calls of one module. `alert`: whether the module says anything of an endpoint."""

    def __init__(self, ev: Evaluator, module: Module) -> None:
        self.ev = ev
        self.module = module
        self.http = ev.http
        self.routes = {start for row in module.facts["scopes"] for start, _ in row[ol.S_DECORATORS]}
        self.bearing = _bearing(ev, module) if self.http.needle.search(module.source) else frozenset()

    def called(self, row: list[Any]) -> Request | None:
        """The request that a call makes."""
        if row[ol.C_START] in self.routes:
            return None
        sends = row[ol.C_TAIL] in self.http.tails
        if not sends and not self._bears(row):
            return None
        self.ev.reset()
        for hop in hops(self.ev, self.module, row, row[ol.C_START], row[ol.C_FUNCTION_END]):
            if hop.function is None and sends:
                found = seen(self.ev, (hop,), {})
            else:
                found = self._through(hop) if hop.function is not None else None
            if found is not None:
                return found
        return None

    def handed(self, ref: list[Any], row: list[Any]) -> Request | None:
        """The request that a method makes which is handed over with its arguments."""
        if self.module.text(ref[ol.R_START], ref[ol.R_END]).rpartition(".")[2] not in self.http.tails:
            return None
        self.ev.reset()
        for hop in hops(self.ev, self.module, row, ref[ol.R_START], ref[ol.R_END]):
            if hop.function is None:
                return seen(self.ev, (replace(hop, handed=ref[ol.R_END]),), {})
        return None

    def _bears(self, row: list[Any]) -> bool:
        text = self.module.source[row[ol.C_FUNCTION_END] : min(row[ol.C_END], row[ol.C_FUNCTION_END] + _SHOWN)]
        if not self.bearing and not self.http.needle.search(text):
            return False
        words = _WORD.findall(text.decode("utf-8", "replace"))
        return not self.bearing.isdisjoint(words) or self.http.needle.search(text) is not None

    def _through(self, hop: Hop) -> Request | None:
        """A general helper: what it requests shows only with the arguments of this call."""
        assert hop.function is not None
        args = arguments_of(self.ev, hop.module, hop.row, {})
        if not any(mentions(each, self.http.needle) for each in (*args.positional, *args.named.entries.values())):
            return None
        for inner in senders(self.ev, hop.function, 1, frozenset())[:MAX_CHAINS]:
            self.ev.reset()
            found = seen(self.ev, (hop, *inner), {})
            if found is not None:
                self.ev.reset()
                return found if seen(self.ev, inner, {}) is None and self._asks(hop.function) else None
        return None

    def _asks(self, function: Func) -> bool:
        """Whether what was just looked at depends on a parameter of a function."""
        return any((path, scope) == (function.path, function.scope) for path, scope, _ in self.ev.asked)


def _bearing(ev: Evaluator, module: Module) -> frozenset[str]:
    """The names of a module whose values mention an endpoint, or a name that does."""
    needle = ev.http.needle
    texts: list[tuple[str, bytes]] = []
    for row in module.facts["bindings"]:
        if row[ol.B_START] >= 0 and row[ol.B_KIND] != "def":
            name = row[ol.B_TARGET].partition("[")[0].rpartition(".")[2]
            texts.append((name, module.source[row[ol.B_START] : min(row[ol.B_END], row[ol.B_START] + _SHOWN)]))
    for row in module.facts["scopes"]:
        for param in row[ol.S_PARAMS]:
            if param[ol.P_DEFAULT] is not None:
                texts.append((param[ol.P_NAME], module.source[param[ol.P_DEFAULT][0] : param[ol.P_DEFAULT][1]]))
        if row[ol.S_KIND] == "def" and row[ol.S_END] - row[ol.S_START] < _SHOWN // 2:
            texts.append((row[ol.S_NAME], module.source[row[ol.S_START] : row[ol.S_END]]))
    found = {name for name, text in texts if needle.search(text)}
    words = [(name, set(_WORD.findall(text.decode("utf-8", "replace")))) for name, text in texts if len(text) < 300]
    for _ in range(2):
        found |= {name for name, said in words if not found.isdisjoint(said)}
    return frozenset(found)


def hops(ev: Evaluator, module: Module, row: list[Any], start: int, end: int, env: Env | None = None) -> Iterator[Hop]:
    """What calling the callee at `start` may do: send a request, or enter a function of the tree."""
    frame = Frame(module, row[ol.C_SCOPE], start, env or {}, start)
    thing = ev.slice(frame, start, end)
    name = module.text(start, end).rpartition(".")[2]
    for each in options_of(thing):
        if isinstance(each, Func):
            yield Hop(module, row, each)
            continue
        call, client = _library(ev, each, name)
        if call is not None:
            yield Hop(module, row, None, call, client)


def _library(ev: Evaluator, thing: Thing, name: str) -> tuple[Mapping[str, Any] | None, Thing | None]:
    http = ev.http
    if isinstance(thing, Ref) and not thing.dotted.startswith("builtins."):
        known = http.functions.get(thing.dotted)
        return (known, None) if known is not None else (http.unknown.get(name), thing)
    if isinstance(thing, Partial) and isinstance(thing.target, Ref) and thing.target.dotted == f".{name}":
        base = thing.args.positional[0]
        about = http.objects.get(base.symbol) if isinstance(base, Rec) else None
        if about is not None:
            return about["calls"].get(name), base
        return http.unknown.get(name), base
    if isinstance(thing, (Nope, Ref)):
        return http.unknown.get(name), thing
    return None, None


def senders(ev: Evaluator, function: Func, depth: int, seen_: frozenset[tuple[str, int]]) -> list[tuple[Hop, ...]]:
    """The requests that a function of the tree makes, with the calls that lead to each."""
    mark = (function.path, function.scope)
    module = ev.project.module(function.path)
    if module is None or mark in seen_ or depth > MAX_DEPTH:
        return []
    known = ev.senders.get((mark, depth))
    if known is None:
        ev.reset()
        known = list(_senders(ev, module, mark, depth, seen_ | {mark}))
        ev.senders[mark, depth] = known
    return known


def _senders(
    ev: Evaluator, module: Module, mark: tuple[str, int], depth: int, seen_: frozenset[tuple[str, int]]
) -> Iterator[tuple[Hop, ...]]:
    tails = ev.http.tails
    rows = [row for scope in _scopes(module, mark[1]) for row in module.calls.get(scope, ())]
    for row in sorted(rows, key=lambda row: row[ol.C_TAIL] not in tails)[:MAX_ROWS]:
        if row[ol.C_CALLEE].split(".")[0] in ("log", "logger", "logging") or not row[ol.C_TAIL]:
            continue
        for hop in hops(ev, module, row, row[ol.C_START], row[ol.C_FUNCTION_END]):
            if hop.function is not None:
                yield from ((hop, *inner) for inner in senders(ev, hop.function, depth + 1, seen_))
            elif row[ol.C_TAIL] in tails:
                yield (hop,)


def _scopes(module: Module, scope: int) -> list[int]:
    """A function and those defined in it."""
    found = [scope]
    for each in found:
        found += [index for index in module.methods.get(each, ()) if module.scope(index)[ol.S_KIND] != "class"]
    return found


# one request ---------------------------------------------------------------------------------------------------


def seen(ev: Evaluator, chain: tuple[Hop, ...], env: Env) -> Request | None:
    """The request at the end of a chain of calls, when its address is that of a model endpoint."""
    hop = chain[-1]
    assert hop.call is not None
    inside = bound(ev, chain[:-1], env)
    args = _last(ev, hop, arguments_of(ev, hop.module, hop.row, inside, hop.handed))
    if args is None or not _posts(hop, args):
        return None
    thing = args.named.entries.get(hop.call["address"], Str(()))
    found = list(addresses(thing, _base(ev, _client(ev, hop, inside))))
    if not _known(ev, hop.client) and hop.client is not None:
        bodies = set(hop.call["body"]) & args.named.entries.keys()
        found = [each for each in found if not each.text.startswith("/")] if bodies or hop.call["websocket"] else []
    first = args_of_first(ev, chain, env)
    match = ev.http.endpoints.match(
        found,
        lambda address: _parts(address, hop, args, first),
        lambda hint: any(hint in _words(ev, each.module) for each in (chain[0], hop)),
        websocket=hop.call["websocket"],
    )
    return None if match is None else Request(chain, match)


def sent(ev: Evaluator, request: Request, env: Env) -> Args:
    """What a request carries, as the arguments of a call, seen with the parameters that `env` binds."""
    hop = request.hops[-1]
    assert hop.call is not None
    inside = bound(ev, request.hops[:-1], env)
    args = _last(ev, hop, arguments_of(ev, hop.module, hop.row, inside, hop.handed))
    if args is None:
        return Args((), more="the request is not followed")
    again = seen(ev, request.hops, env)
    match = again.match if again is not None and again.match.endpoint is request.match.endpoint else request.match
    return arguments(match, _parts(match.address, hop, args, args_of_first(ev, request.hops, env)))


def frames(ev: Evaluator, request: Request, env: Env) -> Iterator[tuple[Module, list[Any], Frame]]:
    """The calls behind the site that lead to the request, for the loops and retries around each."""
    for index, hop in enumerate(request.hops[1:], start=1):
        inside = bound(ev, request.hops[:index], env)
        yield hop.module, hop.row, Frame(hop.module, hop.row[ol.C_SCOPE], hop.row[ol.C_START], inside, hop.row[ol.C_START])


def bound(ev: Evaluator, chain: tuple[Hop, ...], env: Env) -> Env:
    """The parameters of each function that a chain of calls enters."""
    for hop in chain:
        if hop.function is not None:
            function = _again(ev, hop, env)
            args = arguments_of(ev, hop.module, hop.row, env)
            env = {**env, **(function.env or {}), (function.path, function.scope): ev.bound(function, args)}
    return env


def _again(ev: Evaluator, hop: Hop, env: Env) -> Func:
    """The function that a hop enters, bound to what `env` makes of the object it is a method of."""
    assert hop.function is not None
    if not env:
        return hop.function
    frame = Frame(hop.module, hop.row[ol.C_SCOPE], hop.row[ol.C_START], env, hop.row[ol.C_START])
    mark = (hop.function.path, hop.function.scope)
    found = options_of(ev.slice(frame, hop.row[ol.C_START], hop.row[ol.C_FUNCTION_END]))
    return next((each for each in found if isinstance(each, Func) and (each.path, each.scope) == mark), hop.function)


def _client(ev: Evaluator, hop: Hop, env: Env) -> Thing | None:
    """The client of the last call, as `env` makes it."""
    if not env or hop.client is None or hop.handed >= 0:
        return hop.client
    found = hops(ev, hop.module, hop.row, hop.row[ol.C_START], hop.row[ol.C_FUNCTION_END], env)
    return next((each.client for each in found if each.call is hop.call), hop.client)


def _last(ev: Evaluator, hop: Hop, args: Args) -> Args | None:
    assert hop.call is not None
    args = _named(hop.call, args)
    return args if hop.call["request"] is None else _kept(ev, hop, args)


def args_of_first(ev: Evaluator, chain: tuple[Hop, ...], env: Env) -> Args | None:
    """What the site itself passes to a helper: a helper hands on what it takes under the library's own names."""
    return arguments_of(ev, chain[0].module, chain[0].row, env) if len(chain) > 1 else None


def _named(call: Mapping[str, Any], args: Args) -> Args:
    names = dict(zip(call["positional"], args.positional, strict=False))
    return Args((), replace(args.named, entries={**names, **args.named.entries}), args.more)


def _kept(ev: Evaluator, hop: Hop, args: Args) -> Args | None:
    """A request that was built before: its own arguments, where the address is no text already."""
    assert hop.call is not None
    thing = args.named.entries.get(hop.call["request"])
    for each in options_of(thing) if thing is not None else ():
        about = ev.http.requests.get(each.symbol) if isinstance(each, Rec) else None
        if about is not None and isinstance(each, Rec):
            built = _named(about, each.args)
            url = {hop.call["address"]: built.named.entries["url"]} if "url" in built.named.entries else {}
            return Args((), joined(joined(args.named, built.named), Map(url)), args.more)
    return args if hop.call["request"] == hop.call["address"] else None


def _posts(hop: Hop, args: Args) -> bool:
    """Whether the call sends a body: by its name, its verb, or because one is given."""
    assert hop.call is not None
    named = args.named.entries
    given = any(name in named and not _none(named[name]) for name in hop.call["body"])
    if hop.call["websocket"]:
        return True
    if hop.call["request"] is not None:
        said = named.get("method")
        return given if said is None else _verb(said) == "POST" or _verb(said) is None and given
    if hop.call["verb"] is None:
        return True
    verb = _verb(named.get(hop.call["verb"]))
    return verb == "POST" or verb is None and (given or bool(args.named.more))


def _verb(thing: Thing | None) -> str | None:
    verbs = {each.plain.upper() for each in options_of(thing) if isinstance(each, Str) and each.plain} if thing is not None else set()
    return "POST" if "POST" in verbs else next(iter(sorted(verbs)), None)


def _none(thing: Thing) -> bool:
    return isinstance(thing, Lit) and thing.value is None


def _known(ev: Evaluator, client: Thing | None) -> bool:
    return isinstance(client, Rec) and client.symbol in ev.http.objects


def _base(ev: Evaluator, client: Thing | None) -> Thing | None:
    about = ev.http.objects.get(client.symbol) if isinstance(client, Rec) else None
    if about is None or about["base"] is None or not isinstance(client, Rec):
        return None
    return _named({"positional": about["constructor"]}, client.args).named.entries.get(about["base"])


def _parts(address: Address, hop: Hop, args: Args, first: Args | None) -> Parts:
    assert hop.call is not None
    body = _carried(args, first, hop.call["body"])
    query = joined(address.query, _carried(args, first, ["params"]))
    return Parts(body, query, _carried(args, first, ["headers"]))


def _carried(args: Args, first: Args | None, names: list[str]) -> Map:
    """The first of some arguments that is given; where it is not read, what the site passes under that name."""
    named = args.named.entries
    given = [name for name in names if name in named and not (_none(named[name]) and name in args.named.maybe)]
    for name in given:
        thing = named[name]
        found = carried(thing)
        own = first.named.entries.get(name) if first is not None else None
        if found.more is not None and not found.entries and own is not None:
            found = carried(own)
        if not (_none(thing) and len(given) > 1):
            return found
    more = args.named.more or args.more
    return Map({}, more=more)


def _words(ev: Evaluator, module: Module) -> str:
    return f"{module.path}\n{module.source.decode('utf-8', 'replace')}".lower()
