"""Wrappers: a call that is made of a function's parameters, seen from each of the function's callers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from costgate.model.call import CallSite, Loop
from costgate.read import outline as ol
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.modules import Module
from costgate.read.passed import MAPS, arguments_of
from costgate.read.sites import Found, describe, digest_of
from costgate.read.things import Args, Func, Partial, Thing, options_of
from costgate.read.values import merge

MAX_CALLERS = 150
MAX_LEVELS = 6
_CALLED = re.compile(rb"(\w+)\s*\(")
_RENAMED = re.compile(rb"(\w+)\s+as\s+(\w+)|(\w+)\s*=\s*[\w.]*partial(?:method)?\(\s*(?:\w+\.)*(\w+)\s*[,)]")
_TAKERS = (
    rb"to_thread|submit|run_in_executor|run_in_threadpool|apply_async|Thread|Process|Timer|map|imap|starmap|add_task|call_soon|partial"
)
_FIRST = rb"\(\s*(?:None\s*,\s*|target\s*=\s*)?((?:\w+\.)*(\w+))\s*(?:,\s*((?:\w+\.)*(\w+))\s*(?=[,)])|(?=[,)]))"
_HANDED = re.compile(rb"(?:" + _TAKERS + rb")" + _FIRST)
MAX_USES = 400
MAX_USES_IN_TREE = 2500
_GIVEN = re.compile(_FIRST)
Mark = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Use:
    """One call of a function, or one place that hands it over (`handed`: where its own arguments start)."""

    module: Module
    row: list[Any]
    function: Func
    given: Args = field(default_factory=Args)
    handed: int = -1

    @property
    def inner(self) -> Mark:
        """The function that the use stands in."""
        return self.module.path, self.row[ol.C_SCOPE]


class Wrappers:
    """Finds the callers of wrappers. `bytes_of` gives the source of a file of the tree, whether outlined or not."""

    def __init__(self, ev: Evaluator, bytes_of: Callable[[str], bytes]) -> None:
        self.ev = ev
        self.project = ev.project
        self.bytes_of = bytes_of
        self.words: dict[bytes, list[str]] = defaultdict(list)
        self.renamed: dict[bytes, set[bytes]] = defaultdict(set)
        self.handed: dict[bytes, list[str]] = defaultdict(list)
        self.left = MAX_USES
        self.left_in_tree = MAX_USES_IN_TREE

    def entries(self, found: Found, asked: frozenset[tuple[str, int, str]]) -> list[tuple[CallSite, str, frozenset[str]]]:
        """An entry for each caller of the function that a call stands in: the site, its digest, the files behind it."""
        mark = (found.module.path, int(found.row[ol.C_SCOPE]))
        self.left = MAX_USES
        if not any((path, at) == mark for path, at, _ in asked) or found.kind in ("model-object", "agent"):
            return []
        entries = []
        self.left = min(MAX_USES, self.left_in_tree)
        before = self.left
        for entry in self._through(found, (), mark, frozenset({mark})):
            entries.append(entry)
            if len(entries) == MAX_CALLERS:
                break
        self.left_in_tree -= before - self.left
        return entries if self.left > 0 else []

    def gave_up(self) -> bool:
        """Whether the last call had more callers, and callers of those, than are followed."""
        return self.left <= 0

    def _through(
        self, found: Found, chain: tuple[Use, ...], mark: Mark, seen: frozenset[Mark]
    ) -> Iterator[tuple[CallSite, str, frozenset[str]]]:
        for use in self.uses(mark):
            if use.inner in seen:
                continue
            if self.left <= 0:
                return
            self.left -= 1
            longer = (*chain, use)
            entry, asked = self._seen_from(found, longer)
            outer = list(self.uses(use.inner)) if self._hands_on(use, asked) and len(longer) < MAX_LEVELS else []
            if outer and all(each.inner in {*seen, use.inner} for each in outer):
                continue  # only the wrapper itself leads here, in a circle
            deeper = outer and self._through(found, longer, use.inner, seen | {use.inner})
            yield from deeper or (entry,)

    def _hands_on(self, use: Use, asked: frozenset[tuple[str, int, str]]) -> bool:
        return any((path, scope) == use.inner for path, scope, _ in asked)

    def _seen_from(
        self, found: Found, chain: tuple[Use, ...]
    ) -> tuple[tuple[CallSite, str, frozenset[str]], frozenset[tuple[str, int, str]]]:
        """The site as the outermost of a chain of callers makes it."""
        self.ev.reset()
        env: dict[Mark, dict[str, Thing]] = {}
        for use in reversed(chain):
            args = merge(use.given, arguments_of(self.ev, use.module, use.row, env, use.handed))
            env = {**env, (use.function.path, use.function.scope): self.ev.bound(use.function, args)}
        site = describe(self.ev, found, env, callers=[(use.module, use.row) for use in chain])
        last = chain[-1]
        if last.handed >= 0 and last.row[ol.C_TAIL] in MAPS:
            over = Loop("fan-out", None, site.span)
            site = replace(site, context=replace(site.context, loops=(over, *site.context.loops)))
        entry = site, digest_of(last.module, last.row), frozenset(self.ev.touched)
        return entry, frozenset(self.ev.asked)

    # uses ------------------------------------------------------------------------------------------------------

    def uses(self, mark: Mark) -> Iterator[Use]:
        """Calls anywhere in the tree that resolve to a function, and places that hand it over to be called."""
        module = self.project.module(mark[0])
        if module is None or module.scope(mark[1])[ol.S_KIND] != "def" or module.scope(mark[1])[ol.S_NAME].startswith("__"):
            return
        name = str(module.scope(mark[1])[ol.S_NAME])
        self._scan()
        count = 0
        for word in (name.encode(), *sorted(self.renamed.get(name.encode(), ()))):
            for path in self.words.get(word, ()):
                other = self.project.module(path)
                for row in other.calls_by_tail.get(word.decode(), ()) if other is not None else ():
                    assert other is not None
                    use = self._resolved(other, row, row[ol.C_START], row[ol.C_FUNCTION_END], mark)
                    if use is not None and count < MAX_CALLERS:
                        count += 1
                        yield use
        for path in self.handed.get(name.encode(), ()):
            yield from self._handed(path, name, mark)

    def _handed(self, path: str, name: str, mark: Mark) -> Iterator[Use]:
        module = self.project.module(path)
        for row in module.facts["calls"] if module is not None else ():
            assert module is not None
            start = row[ol.C_FUNCTION_END]
            match = _GIVEN.match(module.source[start : min(row[ol.C_END], start + 200)])
            if match is None or row[ol.C_TAIL] in ("partial", "partialmethod", name):
                continue
            group = next((each for each in (1, 3) if match.group(each + 1) == name.encode()), None)
            use = self._resolved(module, row, start + match.start(group), start + match.end(group), mark) if group else None
            if use is not None and group is not None:
                yield Use(module, row, use.function, use.given, start + match.end(group))

    def _resolved(self, module: Module, row: list[Any], start: int, end: int, mark: Mark) -> Use | None:
        self.ev.reset()
        thing = self.ev.slice(Frame(module, row[ol.C_SCOPE], start, {}, start), start, end)
        for each in options_of(thing):
            target, given = (each.target, each.args) if isinstance(each, Partial) else (each, Args())
            if isinstance(target, Func) and (target.path, target.scope) == mark:
                return Use(module, row, target, given)
        return None

    def callers_of(self, name: str) -> list[str]:
        """The files that seem to call something of that name, from one scan of the bytes of the tree."""
        self._scan()
        return self.words.get(name.encode(), [])

    def _scan(self) -> None:
        for path in sorted(self.project.paths) if not self.words else ():
            data = self.bytes_of(path)
            for word in set(_CALLED.findall(data)):
                self.words[word].append(path)
            for name, alias, own, target in set(_RENAMED.findall(data)):
                self.renamed[name or target].add(alias or own)
            for word in {each for _, first, _, second in _HANDED.findall(data) for each in (first, second) if each}:
                self.handed[word].append(path)
