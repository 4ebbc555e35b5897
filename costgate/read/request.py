"""One raw HTTP request: the calls that lead to it, where it goes, what it carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from costgate.read import outline as ol
from costgate.read.endpoints import Address, Match, Parts, addresses, arguments, carried, joined
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.modules import Module
from costgate.read.passed import arguments_of
from costgate.read.things import Args, Env, Func, Map, Nope, Partial, Rec, Ref, Str, Thing, options_of
from costgate.read.values import is_none


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
    given = any(name in named and not is_none(named[name]) for name in hop.call["body"])
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
    given = [name for name in names if name in named and not (is_none(named[name]) and name in args.named.maybe)]
    for name in given:
        thing = named[name]
        found = carried(thing)
        own = first.named.entries.get(name) if first is not None else None
        if found.more is not None and not found.entries and own is not None:
            found = carried(own)
        if not (is_none(thing) and len(given) > 1):
            return found
    more = args.named.more or args.more
    return Map({}, more=more)


def _words(ev: Evaluator, module: Module) -> str:
    return f"{module.path}\n{module.source.decode('utf-8', 'replace')}".lower()
