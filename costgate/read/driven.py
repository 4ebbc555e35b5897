"""Endless loops around a call that no caller says more of: they stand in a function that calls the one with the call."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from costgate.model.call import CallSite, Loop
from costgate.read import outline as ol
from costgate.read.answering import PLAIN_STEPS
from costgate.read.ending import gets_out
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.loops import endless_blocks
from costgate.read.modules import Module, is_test
from costgate.read.pauses import polls
from costgate.read.rescued import rows_of
from costgate.read.things import Func, options_of

MAX_DOWN = 3
"""Functions between the loop and the one with the call."""
MAX_FOLLOWED = 300
"""Calls in endless loops that are followed in one tree."""
MAX_FILES = 300
"""Files with such loops that are looked at."""
MAX_CALLING = 20
"""Files that call something of a name; a name that more call is not that of one function."""
_ENDLESS = re.compile(rb"\bwhile\s*\(?\s*(?:True|1)\b|\b(?:count|cycle|repeat)\(")
Mark = tuple[str, int]


def driven(ev: Evaluator, calls: Sequence[CallSite], bytes_of: Callable[[str], bytes]) -> list[CallSite]:
    """The calls, each with the endless loops around calls of the function that it stands in."""
    return _Driven(ev, calls).looped(bytes_of) if calls else []


class _Driven:
    def __init__(self, ev: Evaluator, calls: Sequence[CallSite]) -> None:
        self.ev = ev
        self.project = ev.project
        self.calls = calls
        self.inside: dict[Mark, list[int]] = defaultdict(list)
        """The calls of each function."""
        self.left = MAX_FOLLOWED
        by_path: dict[str, list[int]] = defaultdict(list)
        for index, site in enumerate(calls):
            by_path[site.span.path].append(index)
        for path, all_of_path in by_path.items():
            indexes = [index for index in all_of_path if calls[index].counted]  # a loop around a caller shows at the caller
            module = self.project.module(path) if indexes else None
            rows = rows_of(module, (calls[index] for index in indexes)) if module is not None else {}
            for index in indexes:
                span = calls[index].span
                row = rows.get((span.cell, span.line, span.column))
                if row is not None:
                    self.inside[path, row[ol.C_SCOPE]].append(index)

    def looped(self, bytes_of: Callable[[str], bytes]) -> list[CallSite]:
        found = list(self.calls)
        endless = [
            path for path in sorted(self.project.near) if not is_test(path) and _ENDLESS.search(bytes_of(path))
        ][:MAX_FILES] if any(scope > 0 for _, scope in self.inside) else []
        names = self._names() if endless else set()
        calling = {path for name in names for path in self.ev.mentions.calling(name)}
        for path in endless:
            module = self.project.module(path) if path in calling else None
            if module is None:
                continue
            for scope, row, loop in self._loops(module, names):
                for index in self._reached(module, scope, row, names):
                    found[index] = _with(found[index], loop)
        return found

    def _names(self) -> set[str]:
        """The names of the functions with calls, and of those that call one of that name, as far up as is followed.

        Which modules happen to be held must not matter: that depends on how many processes there were.
        """
        top = self.ev.mentions.islands.top
        marks = {mark for mark in self.inside if mark[1] > 0}
        names: set[str] = set()
        for down in range(1, MAX_DOWN + 1):
            fresh = {(top(mark[0]), name): mark[0] for mark in sorted(marks) if (name := self._name(mark)) and name not in names}
            names |= {name for _, name in fresh}
            if down < MAX_DOWN:
                marks = {caller for (_, name), home in fresh.items() for caller in self._calling(name, home)}
        return names

    def _calling(self, name: str, home: str) -> Iterator[Mark]:
        """The functions that call something of the name of one in a file; none where many do, as they mean others, too."""
        files = [path for path in self.ev.mentions.calling(name, home) if not is_test(path)]
        for path in files if len(files) <= MAX_CALLING else ():
            module = self.project.module(path)
            for row in module.calls_by_tail.get(name, ()) if module is not None else ():
                if row[ol.C_SCOPE] > 0:
                    yield path, row[ol.C_SCOPE]

    def _name(self, mark: Mark) -> str:
        module = self.project.module(mark[0])
        return str(module.scope(mark[1])[ol.S_NAME]) if module is not None else ""

    def _loops(self, module: Module, names: set[str]) -> Iterator[tuple[int, list[Any], Loop]]:
        """The calls of such functions that stand in a loop without a way out, each with the innermost such loop."""
        for scope, rows in module.calls.items():
            blocks = endless_blocks(self.ev, module, scope) if any(row[ol.C_TAIL] in names for row in rows) else []
            for row in rows if blocks else ():
                chain = module.chain(module.block_at(scope, row[ol.C_START]))
                around = next((block for block in chain if block in blocks), None)
                if around is not None and row[ol.C_TAIL] in names and not polls(module, scope, around, row[ol.C_START]):
                    yield scope, row, Loop("forever", None, module.span(module.facts["blocks"][around][ol.K_GROUP]))

    def _reached(self, module: Module, scope: int, row: list[Any], names: set[str]) -> set[int]:
        """The calls in the function that is called, and in those that it calls."""
        found: set[int] = set()
        todo, seen = [(mark, 1) for mark in self._called(module, scope, row)], set()
        while todo:
            mark, depth = todo.pop()
            inner = self.project.module(mark[0]) if mark not in seen else None
            seen.add(mark)
            if inner is None or gets_out(inner, mark[1]):
                continue
            found.update(self.inside.get(mark, ()))
            for each in inner.calls.get(mark[1], ()) if depth < MAX_DOWN else ():
                if each[ol.C_TAIL] in names:
                    todo += [(further, depth + 1) for further in self._called(inner, mark[1], each)]
        return found

    def _called(self, module: Module, scope: int, row: list[Any]) -> list[Mark]:
        """The function that a call is of; none where it may be one of several."""
        if self.left <= 0:
            return []
        self.left -= 1
        self.ev.reset(PLAIN_STEPS)
        start = row[ol.C_START]
        thing = self.ev.slice(Frame(module, scope, start, {}, start), start, row[ol.C_FUNCTION_END])
        options = list(options_of(thing))
        return [(each.path, each.scope) for each in options if isinstance(each, Func)] if len(options) == 1 else []


def _with(site: CallSite, loop: Loop) -> CallSite:
    loops = site.context.loops
    if any(each.kind == "forever" for each in loops):
        return site
    return replace(site, context=replace(site.context, loops=(loop, *loops)))
