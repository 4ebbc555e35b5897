"""From which functions of the tree a call is reached: its own, those that call it, those that call these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from costgate.model.call import CallSite
from costgate.model.finding import Gap
from costgate.read import outline as ol
from costgate.read.modules import Module, Project
from costgate.read.wrappers import Mark, Wrappers

MAX_FUNCTIONS = 1_500
"""Functions of a tree whose callers are looked for; a call for which there are more says so."""


class Reach:
    """Walks up the callers of functions, each looked for once."""

    def __init__(self, project: Project, wrappers: Wrappers) -> None:
        self.project = project
        self.wrappers = wrappers
        self.known: dict[Mark, frozenset[Mark]] = {}
        self.above: dict[Mark, frozenset[Mark]] = {}
        self.gave_up = False

    def traced(self, calls: Iterable[CallSite]) -> list[CallSite]:
        """The calls with all functions that lead to them, as path::function; those between a wrapper's body and the
        caller that stands for it are among them."""
        found = list(calls)
        marks = {call.key: self._mark_of(call) for call in found}
        return [self._traced(call, marks[call.key], marks.get(call.via or "")) for call in found]

    def _traced(self, call: CallSite, mark: Mark | None, body: Mark | None) -> CallSite:
        if mark is None:
            return call
        leading = self._up(mark)
        between = frozenset() if body is None else {each for each in self._up(body) if mark in self._up(each)}
        names = tuple(sorted(map(self._named, leading | between)))
        if not self.gave_up:
            return replace(call, reached_from=names)
        gap = Gap("callers", "more functions lead to calls than are followed", call.span)
        return replace(call, reached_from=names, gaps=(*call.gaps, gap))

    def _up(self, mark: Mark) -> frozenset[Mark]:
        """A function and all that lead to it."""
        if mark not in self.above:
            seen, left = {mark}, [mark]
            while left:
                fresh = self._callers(left.pop()) - seen
                seen |= fresh
                left += sorted(fresh)
            self.above[mark] = frozenset(seen)
        return self.above[mark]

    def _callers(self, mark: Mark) -> frozenset[Mark]:
        if mark not in self.known and len(self.known) >= MAX_FUNCTIONS:
            self.gave_up = True
            return frozenset()
        if mark not in self.known:
            found = {(use.module.path, _function(use.module, use.inner[1])) for use in self.wrappers.uses(mark)}
            module = self.project.module(mark[0])
            parent = None if module is None or not mark[1] else _function(module, module.scope(mark[1])[ol.S_PARENT])
            if parent:
                found.add((mark[0], parent))  # a function inside of another is that one's work
            self.known[mark] = frozenset(found - {mark})
        return self.known[mark]

    def _mark_of(self, call: CallSite) -> Mark | None:
        module = self.project.module(call.span.path)
        for row in module.facts["calls"] if module is not None else ():
            assert module is not None
            if module.line(row[ol.C_START]) == call.span.line:
                span = module.span(row[ol.C_START], row[ol.C_END])
                if (span.line, span.column) == (call.span.line, call.span.column):
                    return module.path, _function(module, row[ol.C_SCOPE])
        return None

    def _named(self, mark: Mark) -> str:
        module = self.project.module(mark[0])
        return f"{mark[0]}::{'' if module is None else module.qualified(mark[1])}"


def _function(module: Module, scope: int) -> int:
    """The function around a scope; the module itself for what stands in none."""
    while scope > 0 and module.scope(scope)[ol.S_KIND] != "def":
        scope = module.scope(scope)[ol.S_PARENT]
    return max(scope, 0)
