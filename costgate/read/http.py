"""Raw HTTP requests to model endpoints: calls of an HTTP library, and calls that hand an address to the tree's own helper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from costgate.read import outline as ol
from costgate.read.endpoints import mentions
from costgate.read.evaluate import Evaluator
from costgate.read.modules import Module
from costgate.read.passed import arguments_of
from costgate.read.request import Hop, Request, hops, seen
from costgate.read.things import Func

MAX_DEPTH = 3
MAX_ROWS = 80
MAX_CHAINS = 24
MAX_STEPS_OF_REQUEST = 4_000
_WORD = re.compile(r"[A-Za-z_]\w*")
_SHOWN = 3000
"""How much of a call's arguments, or of a value, is looked at for an address."""


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
        self.ev.reset(MAX_STEPS_OF_REQUEST)
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
        self.ev.reset(MAX_STEPS_OF_REQUEST)
        for hop in hops(self.ev, self.module, row, ref[ol.R_START], ref[ol.R_END]):
            if hop.function is None:
                return seen(self.ev, (replace(hop, handed=ref[ol.R_END]),), {})
        return None

    def _bears(self, row: list[Any]) -> bool:
        text = self.module.source[row[ol.C_FUNCTION_END] : min(row[ol.C_END], row[ol.C_FUNCTION_END] + _SHOWN)]
        if not self.bearing and not self.http.needle.search(text):
            return False
        words = _WORD.findall(text.decode("utf-8", "replace"))
        return not self.bearing.isdisjoint(words) or self.http.needle.search(text)

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
    """The names of a module whose values mention an endpoint, or a name that does; answers of a request are none."""
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
    found = {name for name, text in texts if needle.search(text) and not ev.http.sends.search(text)}
    words = [(name, set(_WORD.findall(text.decode("utf-8", "replace")))) for name, text in texts if len(text) < 300]
    for _ in range(2):
        found |= {name for name, said in words if not found.isdisjoint(said)}
    return frozenset(found)


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
