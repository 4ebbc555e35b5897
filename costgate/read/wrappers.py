"""Wrappers: a call that is made of a function's parameters, seen from each of the function's callers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

from costgate.knowledge.values import queued
from costgate.model.call import CallSite, Loop
from costgate.model.finding import Gap
from costgate.read import outline as ol
from costgate.read.answering import PLAIN_STEPS
from costgate.read.called import calls_of_made, maker_of, names_of
from costgate.read.classes import INSTANCE
from costgate.read.describe import describe, digest_of
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.lineage import lineage
from costgate.read.modules import Module, Project
from costgate.read.passed import MAPS, arguments_of, opened, rounds
from costgate.read.sites import Found
from costgate.read.things import Args, Cls, Func, Inst, Partial, Thing, options_of
from costgate.read.values import merge
from costgate.read.words import GIVEN

MAX_CALLERS = 150
MAX_LEVELS = 6
MAX_USES = 400
MAX_INSTANCE_USES = 24
MAX_INSTANCE_USES_IN_TREE = 300
MAX_USES_IN_TREE = 2500
MAX_STEPS_OF_CALLER = 4_000
MAX_STEPS_OF_CALLERS = 12_000
"""How many steps it may take to see one call from one of its callers, and from all of them."""
MAX_STEPS_IN_VAIN = 4_000
"""How many before the first caller is known that says more. In real applications it was the 3,800th step at most."""
MAX_STEPS_FOR_MORE = 500
"""How many more for each caller that is found."""
Mark = tuple[str, int]
Entry = tuple[CallSite, str, frozenset[str]]
"""A call as one of its callers makes it, a digest of that, and the files it rests on."""


@dataclass(frozen=True, slots=True)
class Use:
    """One call of a function, or one place that hands it over (`handed`: where its own arguments start).

    `at`: where the function is named. `guessed`: it is what one of several heirs has under the name that is called, and
    nothing says that the instance is of this one.
    """

    project: Project
    path: str
    row: list[Any]
    function: Func
    given: Args = field(default_factory=Args)
    handed: int = -1
    at: tuple[int, int] = (0, 0)
    guessed: bool = False

    @property
    def module(self) -> Module:
        """The module that it stands in, which may have been let go of since."""
        found = self.project.module(self.path)
        assert found is not None
        return found

    @property
    def inner(self) -> Mark:
        """The function that the use stands in."""
        return self.path, self.row[ol.C_SCOPE]


@dataclass(frozen=True, slots=True)
class _Chain:
    """Callers of a wrapper, each of the one before, with the site as the outermost makes it, and what that asks for.

    `inside`: the functions that they stand in, with the wrapper itself. `before`: the chain without the outermost.
    """

    uses: tuple[Use, ...]
    inside: frozenset[Mark]
    before: _Chain | None
    entry: Entry | None
    asked: frozenset[tuple[str, int, str]]

    @property
    def inner(self) -> Mark:
        """The function that the outermost stands in."""
        return self.uses[-1].inner


def _cut_off(chain: _Chain) -> _Chain:
    if chain.entry is None:
        return chain
    site, mark, touched = chain.entry
    gap = Gap("callers", "its own callers are more than are followed", site.span)
    return replace(chain, entry=(replace(site, gaps=(*site.gaps, gap)), mark, touched))


def _holds(outer: list[Any], inner: list[Any]) -> bool:
    """Whether a call stands among the arguments of another."""
    return bool(outer[ol.C_FUNCTION_END] <= inner[ol.C_START] and inner[ol.C_END] < outer[ol.C_END])


def _guessed(function: Func, options: list[tuple[Func, Args]]) -> bool:
    several = len({(each.path, each.scope) for each, _ in options}) > 1
    return several and isinstance(function.bound, Inst) and function.bound.args is None


class Wrappers:
    """Finds the callers of wrappers."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self.project = ev.project
        self.left = MAX_USES
        self.left_in_tree = MAX_USES_IN_TREE
        self.left_of_instances = MAX_INSTANCE_USES_IN_TREE
        self.start = self.until = 0
        self.built = False
        self.stopped = False
        self.vain: set[Hashable] = set()
        self._uses: dict[Mark, Sequence[Use]] = {}

    def entries(self, found: Found, asked: frozenset[tuple[str, int, str]]) -> list[Entry]:
        """An entry for each caller of the function that a call stands in: the site, its digest, the files behind it."""
        mark = (found.module.path, int(found.row[ol.C_SCOPE]))
        self.stopped = False
        plainly = any((path, at) == mark for path, at, _ in asked)
        if found.kind in ("model-object", "agent") or not plainly and not self._of_instance(mark, asked):
            return []
        self.left = min(MAX_USES, self.left_in_tree) if plainly else min(MAX_INSTANCE_USES, self.left_of_instances)
        before = self.left
        self.built = False
        search = self._search(mark, asked)
        if search in self.vain:
            self.stopped = plainly
            return []
        self.start = self.ev.all_steps
        self.until = self.start + MAX_STEPS_IN_VAIN
        entries = self._through(found, mark)
        if plainly:
            self.left_in_tree -= before - self.left
        else:
            self.left_of_instances -= before - self.left
        if self.stopped and not entries:
            self.vain.add(search)
        if not plainly and (self.stopped or not self.built):
            self.stopped = False
            return []
        return entries

    def _search(self, mark: Mark, asked: frozenset[tuple[str, int, str]]) -> Hashable:
        """What a search for callers has in common with others that end like it: methods of heirs that are called by guess."""
        uses = self.uses(mark)
        if uses and all(use.guessed for use in uses):
            return frozenset((use.path, int(use.row[ol.C_START])) for use in uses)
        return mark, asked

    def _of_instance(self, mark: Mark, asked: frozenset[tuple[str, int, str]]) -> bool:
        """Whether what is asked for depends on the instance that a method is called on: how it was built, or of which heir."""
        module = self.project.module(mark[0])
        owner = module.lookup_class(mark[1]) if module is not None else None
        if owner is None:
            return False
        own = Cls(mark[0], owner)
        return any(own == each or self._related(own, each) for each in self._classes(asked))

    def _classes(self, asked: frozenset[tuple[str, int, str]]) -> Iterator[Cls]:
        for path, scope, name in asked:
            module = self.project.module(path)
            row = module.scope(scope) if module is not None else None
            if row is not None and name == INSTANCE:
                yield Cls(path, scope)
            elif row is not None and row[ol.S_NAME] == "__init__":
                yield Cls(path, row[ol.S_PARENT])

    def _related(self, one: Cls, other: Cls) -> bool:
        return other in lineage(self.ev, one)[0] or one in lineage(self.ev, other)[0]

    def gave_up(self) -> bool:
        """Whether the last call had more callers, and callers of those, than are followed."""
        return self.stopped

    def _through(self, found: Found, mark: Mark) -> list[Entry]:
        """An entry for each outermost caller.

        Where the budget ends, the callers nearer by stand for those further out, and also where those are all guesses.
        """
        level = self._callers(found, None, mark) or []
        kept: list[_Chain] = []
        while level and len(kept) < MAX_CALLERS:
            further: list[_Chain] = []
            for chain in level:
                outer = self._outer(chain)
                if outer and all(use.inner in chain.inside for use in outer):
                    continue  # only the wrapper itself leads here, in a circle
                longer = self._callers(found, chain, chain.inner) if outer else []
                kept.append(chain if longer is not None else _cut_off(chain))
                further += longer or []
            level = further
        told: set[int] = set()
        entries: list[Entry] = []
        for chain in reversed(kept):  # those further out first
            if chain.entry is not None and id(chain) not in told:
                entries.append(chain.entry)
            if chain.before is not None and (chain.entry is not None or id(chain) in told):
                told.add(id(chain.before))
        return entries[::-1][:MAX_CALLERS]

    def _outer(self, chain: _Chain) -> list[Use]:
        further = self._hands_on(chain.uses[-1], chain.asked) and len(chain.uses) < MAX_LEVELS
        return list(self.uses(chain.inner)) if further else []

    def _callers(self, found: Found, chain: _Chain | None, mark: Mark) -> list[_Chain] | None:
        """The chains of callers that are one longer; None where they are more than are followed."""
        found_here: list[_Chain] = []
        uses, inside = (chain.uses, chain.inside) if chain is not None else ((), frozenset({mark}))
        for use in self.uses(mark):
            if use.inner in inside:
                continue
            if self.left <= 0 or self.ev.all_steps > self.until or self.ev.spent():
                self.stopped = True
                return None
            self.left -= 1
            self.built = self.built or isinstance(use.function.bound, Inst) and use.function.bound.args is not None
            seen_here = self._seen_from(found, (*uses, use))
            if seen_here is None:
                continue
            found_here.append(_Chain((*uses, use), inside | {use.inner}, chain, *seen_here))
            if seen_here[0] is not None:
                self.until = min(self.until + MAX_STEPS_FOR_MORE, self.start + MAX_STEPS_OF_CALLERS)
        return found_here

    def _hands_on(self, use: Use, asked: frozenset[tuple[str, int, str]]) -> bool:
        return any((path, scope) == use.inner for path, scope, _ in asked) or self._of_instance(use.inner, asked)

    def _seen_from(
        self, found: Found, chain: tuple[Use, ...]
    ) -> tuple[Entry | None, frozenset[tuple[str, int, str]]] | None:
        """The site as the outermost of a chain of callers makes it, and what it asks for.

        None where the callers call another function. No site where the chain is a guess: what is asked for is then what
        the objects depend on that are called, since a caller further out may tell which these are.
        """
        self.ev.reset(MAX_STEPS_OF_CALLER)
        env: dict[Mark, Mapping[str, Thing]] = {}
        guessed = False
        for seen in reversed(chain):
            use = self._again(seen, env) if env or seen.guessed else seen
            if use is None:
                return None
            guessed = guessed or use.guessed
            inside = use.row[ol.C_TAIL] in queued()
            passed = arguments_of(self.ev, use.module, use.row, env, use.handed, later=not inside)
            args = merge(use.given, opened(passed) if inside else passed)
            own = (use.function.path, use.function.scope)
            env = {**env, **(use.function.env or {}), own: self.ev.bound(use.function, args)}
        if guessed:
            return None, frozenset(self.ev.asked)
        site = describe(self.ev, found, env, callers=[(use.module, use.row) for use in chain])
        last = chain[-1]
        if last.handed >= 0 and last.row[ol.C_TAIL] in MAPS:
            over = Loop("fan-out", rounds(self.ev, last.module, last.row, env), site.span)
            site = replace(site, context=replace(site.context, loops=(over, *site.context.loops)))
        entry = site, digest_of(last.module, last.row), frozenset(self.ev.touched)
        return entry, frozenset(self.ev.asked)

    def _again(self, use: Use, env: Mapping[Mark, Mapping[str, Thing]]) -> Use | None:
        """A use as the callers around it make it: `self` is the instance that they call. None: that has another function."""
        frame = Frame(use.module, use.row[ol.C_SCOPE], use.at[0], env, use.at[0])
        mark = (use.function.path, use.function.scope)
        options = list(self._functions(self.ev.slice(frame, *use.at)))
        for function, given in options:
            if (function.path, function.scope) == mark:
                return replace(use, function=function, given=given, guessed=_guessed(function, options))
        return None if options else use

    # uses ------------------------------------------------------------------------------------------------------

    def uses(self, mark: Mark) -> Sequence[Use]:
        """Calls anywhere in the tree that resolve to a function, and places that hand it over to be called."""
        if mark not in self._uses:
            self._uses[mark] = tuple(self._found(mark))
        return self._uses[mark]

    def _found(self, mark: Mark) -> Iterator[Use]:
        module = self.project.module(mark[0])
        if module is None:
            return
        found = islice(self._called(module, mark), MAX_CALLERS)
        yield from found
        name = str(module.scope(mark[1])[ol.S_NAME])
        for path in self.ev.mentions.handing(name):
            yield from self._handed(path, name, mark)

    def _called(self, module: Module, mark: Mark) -> Iterator[Use]:
        for other, row in self._rows(module, mark[1]):
            use = self._resolved(other, row, row[ol.C_START], row[ol.C_FUNCTION_END], mark)
            if use is not None:
                yield use

    def _rows(self, module: Module, scope: int) -> Iterator[tuple[Module, list[Any]]]:
        """Calls that may be of a function, by the name of what they call."""
        mentions = self.ev.mentions
        files = partial(mentions.calling, home=module.path)
        names = names_of(self.project, module, scope, files)
        maker = maker_of(module, scope)
        for word in sorted(names.union(*map(mentions.renamed, names))):
            for path in files(word):
                other = self.project.module(path)
                for row in other.calls_by_tail.get(word, ()) if other is not None else ():
                    assert other is not None
                    yield other, row
        for word in sorted(names):
            for path in mentions.queueing(word):
                other = self.project.module(path)
                rows = (row for method in queued() for row in other.calls_by_tail.get(method, ())) if other is not None else ()
                own = (row for row in rows if row[ol.C_CALLEE].split(".")[-2:-1] == [word])
                yield from ((other, row) for row in own if other is not None)
        if maker is not None:
            yield from calls_of_made(self.project, maker, files)

    def _handed(self, path: str, name: str, mark: Mark) -> Iterator[Use]:
        module = self.project.module(path)
        for row in module.facts["calls"] if module is not None else ():
            assert module is not None
            start = row[ol.C_FUNCTION_END]
            match = GIVEN.match(module.source[start : min(row[ol.C_END], start + 200)])
            if match is None or row[ol.C_TAIL] == name:
                continue
            group = next((each for each in (1, 3) if match.group(each + 1) == name.encode(errors="surrogatepass")), None)
            if group is None:
                continue
            if row[ol.C_TAIL] in ("partial", "partialmethod"):
                yield from self._handed_partial(module, row, mark)
                continue
            use = self._resolved(module, row, start + match.start(group), start + match.end(group), mark)
            if use is not None:
                yield replace(use, handed=start + match.end(group))

    def _handed_partial(self, module: Module, row: list[Any], mark: Mark) -> Iterator[Use]:
        """`executor.map(partial(ask, model="x"), texts)`: what takes the partial is what calls."""
        around = [each for each in module.calls.get(row[ol.C_SCOPE], ()) if _holds(each, row)]
        use = self._resolved(module, row, row[ol.C_START], row[ol.C_END], mark) if around else None
        if use is not None:
            outer = min(around, key=lambda each: each[ol.C_END] - each[ol.C_START])
            yield replace(use, row=outer, handed=row[ol.C_END])

    def _resolved(self, module: Module, row: list[Any], start: int, end: int, mark: Mark) -> Use | None:
        self.ev.reset(PLAIN_STEPS)
        thing = self.ev.slice(Frame(module, row[ol.C_SCOPE], start, {}, start), start, end)
        options = list(self._functions(thing))
        for target, given in options:
            if (target.path, target.scope) == mark:
                return Use(self.project, module.path, row, target, given, at=(start, end), guessed=_guessed(target, options))
        return None

    def _functions(self, thing: Thing) -> Iterator[tuple[Func, Args]]:
        """The functions of the tree that something may be when it is called, with what is given already."""
        for each in options_of(thing):
            target, given = (each.target, each.args) if isinstance(each, Partial) else (each, Args())
            target = self.ev.attribute(target, "__call__", None) if isinstance(target, Inst) else target
            if isinstance(target, Func):
                yield target, given
