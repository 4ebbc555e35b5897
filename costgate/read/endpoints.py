"""Model endpoints: what the address of a request says of its kind, its model and who answers, and how its body is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costgate.knowledge.http_tables import HOLE
from costgate.knowledge.providers import is_local, provider_of_url
from costgate.model.prompt import Text
from costgate.model.value import Span
from costgate.read.given import dig
from costgate.read.prefilter import Scan, ends
from costgate.read.things import Args, Choice, Lit, Map, Nope, Seq, Str, Thing, options_of
from costgate.read.values import as_map, is_none, reason, text_of

MAX_ADDRESS = 2000
_ADDRESS = re.compile(r"(?:(https?|wss?)://([^/?#]*))?([^?#]*)(?:\?([^#]*))?", re.DOTALL)
_NOWHERE = Span("", 1)
_AT_RUN_TIME = "it is put together at run time"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes. `host` is None where it is not seen; holes are HOLE."""

    text: str
    host: str | None
    path: str
    query: Map
    line: int


@dataclass(frozen=True, slots=True)
class Match:
    """An endpoint that an address is, with the name that the address gives the model."""

    endpoint: Mapping[str, Any]
    path: str
    address: Address
    model: Thing | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """What a request carries: its body, the query and the headers, each as far as they are seen."""

    body: Map
    query: Map
    headers: Map


def mentions(thing: Thing, needle: Scan) -> bool:
    """Whether a text, or one of a few, holds the end of an endpoint's address."""
    texts = [_text(each) for each in options_of(thing)]
    return any(text is not None and needle.search(text[0][-MAX_ADDRESS:].encode("utf-8", "replace") + b'"') for text in texts)


def addresses(thing: Thing, base: Thing | None) -> Iterator[Address]:
    """Every address that a value may be, joined to the client's own where it has one."""
    for each in options_of(thing):
        own = _text(each)
        if own is None:
            continue
        for before in [None] if base is None or "://" in own[0] else options_of(base):
            start = "" if before is None else _opening(before)
            text = start.rstrip("/") + own[0] if own[0][:1] in ("/", "") else f"{start.rstrip('/')}/{own[0]}" if start else own[0]
            if len(text) <= MAX_ADDRESS:
                yield _parsed(text, own[1])


def _opening(thing: Thing) -> str:
    """The address of a client: one without a scheme is a host."""
    text = (_text(thing) or (HOLE, 0))[0]
    return text if "://" in text or text.startswith(HOLE) else f"https://{text}"


def _text(thing: Thing) -> tuple[str, int] | None:
    if not isinstance(thing, Str):
        return None
    line = thing.trail[-1].line if thing.trail else 0
    return "".join(part.text if isinstance(part, Text) else HOLE for part in thing.parts), line


def _parsed(text: str, line: int) -> Address:
    found = _ADDRESS.match(text)
    scheme, place, path, query = found.groups() if found is not None else (None, None, text, None)
    host = None
    if scheme and place:
        name = place.rpartition("@")[2]
        rest = name.replace(HOLE, "")
        host = name.replace(HOLE, "x") if rest.count(".") > 1 or HOLE not in name else None
    return Address(text, host, re.sub("/+", "/", path), _query(query or ""), line)


def _query(text: str) -> Map:
    entries: dict[str, Thing] = {}
    more = None
    for pair in text.split("&") if text else ():
        name, _, value = pair.partition("=")
        if HOLE in name:
            more = "the query is put together at run time"
        elif name:
            entries[name] = Nope(_AT_RUN_TIME) if HOLE in value else text_of(value, _NOWHERE)
    return Map(entries, more=more)


class HttpKnowledge:
    """Look-ups over the compiled tables of knowledge/http."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.functions: Mapping[str, Mapping[str, Any]] = table["functions"]
        self.objects: Mapping[str, Mapping[str, Any]] = table["objects"]
        self.requests: Mapping[str, Mapping[str, Any]] = table["requests"]
        self.unknown: Mapping[str, Mapping[str, Any]] = table["unknown"]
        self.tails = frozenset(table["tails"])
        self.sends = re.compile(rb"\.(?:" + b"|".join(re.escape(tail.encode()) for tail in table["tails"]) + rb")\s*\(")
        self.needle = ends(table)
        self.endpoints = Endpoints(table["endpoints"])


class Endpoints:
    """The endpoints of the knowledge, ready to be compared."""

    def __init__(self, table: Sequence[Mapping[str, Any]]) -> None:
        self.entries = [
            (each, [(path, re.compile(pattern)) for path, pattern in zip(each["paths"], each["patterns"], strict=True)])
            for each in table
        ]

    def match(
        self, found: Sequence[Address], parts: Callable[[Address], Parts], speaks: Callable[[str], bool], *, websocket: bool
    ) -> Match | None:
        """The endpoint that an address or one of a few is; where one is certain, doubtful ones beside it count too."""
        matches = [each for address in found for each in self._one(address, parts, speaks, websocket)]
        if not any(each.certain for each in matches):
            return None
        first = min(matches, key=lambda each: (each.address.line, not each.certain))
        same = [each for each in matches if each.endpoint["spec"]["kind"] == first.endpoint["spec"]["kind"]]
        return min(same, key=lambda each: (each.address.host is None, not each.certain))

    def _one(
        self, address: Address, parts: Callable[[Address], Parts], speaks: Callable[[str], bool], websocket: bool
    ) -> list[Match]:
        doubtful: list[Match] = []
        for endpoint, patterns in self.entries:
            if endpoint["websocket"] is not websocket:
                continue
            for path, pattern in patterns:
                fits = pattern.search(address.path) or pattern.search(address.path.rstrip("/"))
                if fits is None:
                    continue
                model = _model(fits.groupdict().get("model"))
                certain = _certain(endpoint, address, parts, speaks)
                if certain is not False:
                    match = Match(endpoint, path, address, model, certain is True)
                    if match.certain:
                        return [match]
                    doubtful.append(match)
                break
        return doubtful[:1]


def _model(text: str | None) -> Thing | None:
    if text is None:
        return None
    unseen = HOLE in text or not text
    return Nope(f"the model in the address: {_AT_RUN_TIME}") if unseen else text_of(text, _NOWHERE)


def _certain(
    endpoint: Mapping[str, Any], address: Address, parts: Callable[[Address], Parts], speaks: Callable[[str], bool]
) -> bool | None:
    """Whether the path means this endpoint; None when it may."""
    if endpoint["at"] and not _serves(endpoint["at"], address.host):
        return False
    if endpoint["filled"] and _empty(parts(address).body, endpoint["filled"]):
        return False
    if not endpoint["weak"] or endpoint["at"] or _serves(endpoint["hosts"], address.host) or _known(address.host):
        return True
    carried = parts(address)
    said = [_has(carried, keys) for keys in endpoint["cue"]]
    if any(each is True for each in said):
        return True
    if said and not any(each is None for each in said):
        return False
    return True if any(hint in address.text.lower() or speaks(hint) for hint in endpoint["hints"]) else None


def _known(host: str | None) -> bool:
    provider = provider_of_url(f"https://{host}") if host else None
    return provider is not None and not is_local(provider)


def _serves(patterns: Sequence[str], host: str | None) -> bool:
    if not host:
        return False
    name = host.partition(":")[0]
    return any(name.endswith(each[1:]) if each.startswith("*") else name == each for each in patterns)


def _has(parts: Parts, keys: Sequence[str]) -> bool | None:
    said = []
    for key in keys:
        holder = parts.query if key.startswith("@query.") else parts.body
        path = key.removeprefix("@query.").split(".")
        top = holder.entries.get(path[0])
        if top is None:
            said.append(False if holder.more is None else None)
        else:
            inner = dig(holder, path)
            seen = inner is not None and not isinstance(inner, Nope) or len(path) == 1
            said.append(True if seen else False if isinstance(top, Map) and top.more is None else None)
    return False if False in said else None if None in said else True


def _empty(body: Map, key: str) -> bool:
    value = body.entries.get(key)
    if value is None:
        return body.more is None
    return is_none(value) or isinstance(value, Str) and value.plain == "" or isinstance(value, Seq) and value == Seq(())


# what a request carries ----------------------------------------------------------------------------------------


def carried(thing: Thing | None) -> Map:
    """A body, a query or headers as a dict: its keys, or why they are not seen."""
    if thing is None:
        return Map({})
    if isinstance(thing, Map):
        return thing
    if isinstance(thing, Lit) and thing.value is None:
        return Map({}, more="a parameter that is None unless the caller sets it" if thing.origin == "function-default" else None)
    if isinstance(thing, Choice):
        given = [each for each in thing.options if not is_none(each)]
        return as_map(Choice(tuple(carried(each) for each in given)))
    if isinstance(thing, Seq) and thing.more is None and all(isinstance(each, Seq) and len(each.items) == 2 for each in thing.items):
        return _pairs(thing)
    return Map({}, more=reason(thing, "the body is not followed"))


def _pairs(thing: Seq) -> Map:
    entries = {}
    for each in thing.items:
        key = each.items[0] if isinstance(each, Seq) else each
        if isinstance(each, Seq) and isinstance(key, Str) and key.plain is not None:
            entries[key.plain] = each.items[1]
    return Map(entries, more=None if len(entries) == len(thing.items) else "a key is computed")


def joined(first: Map, second: Map) -> Map:
    """Two dicts as one, the second winning."""
    maybe = first.maybe.difference(second.entries) | second.maybe
    return Map({**first.entries, **second.entries}, frozenset(maybe), first.more or second.more)


def arguments(match: Match, parts: Parts) -> Args:
    """What a request carries, as if its body's keys were the arguments of a call; `@` marks what lies elsewhere."""
    keys = [key for given in match.endpoint["spec"]["args"].values() for key in given]
    whole = any(not key.startswith("@") for key in keys)
    entries: dict[str, Thing] = dict(parts.body.entries) if whole else {}
    entries["@url"] = Map({} if match.model is None else {"model": match.model})
    entries["@query"] = parts.query
    entries["@headers"] = parts.headers
    host = match.address.host
    if host and provider_of_url(f"https://{host}") is not None:
        entries["@host"] = text_of(f"https://{host}", _NOWHERE)
    return Args((), Map(entries, parts.body.maybe if whole else frozenset(), parts.body.more if whole else None))
