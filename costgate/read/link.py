"""Linking one tree: candidate files to call sites, wrappers to their callers, prompts and gaps to what they serve."""

from __future__ import annotations

import gc
import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar

from costgate.model.call import CallSite
from costgate.model.finding import Gap, Suppression
from costgate.model.snapshot import Reading
from costgate.model.tree import Cache, Lent, NoCache, Tree, give_back
from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.catalog import Catalog
from costgate.read.comments import budgets_in, suppressions_in
from costgate.read.declaredcalls import with_declared
from costgate.read.driven import driven
from costgate.read.evaluate import FRAMES, MAX_DEPTH, Evaluator
from costgate.read.expressions import Expressions
from costgate.read.extract import HUGE, LFS_POINTER, left_out, outlines, source_of, unpacked
from costgate.read.focus import OBJECTS, Focus, is_code
from costgate.read.following import Following, Place, Told, batches
from costgate.read.further import Further
from costgate.read.modules import MAX_MODULES, Module, Project
from costgate.read.notebook import SUFFIX, notebook, searchable
from costgate.read.possible import Marks, with_company
from costgate.read.prefilter import wanted
from costgate.read.prompts.code import code_sources
from costgate.read.prompts.find import prompt_texts
from costgate.read.prompts.join import joined
from costgate.read.reach import Reach
from costgate.read.releases import Releases
from costgate.read.rescued import rescued
from costgate.read.scanned import Scan, Scanned, is_flag
from costgate.read.taught import PACKAGED, generated_modules, own_modules
from costgate.read.watched import Watched
from costgate.read.workers import cores, forks, shared_with, trim
from costgate.read.wrappers import Wrappers

ALL_STEPS = 1_200_000
MAX_STEPS = 400_000
"""Steps that may be taken for a tree, and for one batch of its files."""
MIN_MODULES = 60
"""Modules that a process holds at least, of several that share what is held at most."""
MAX_NAMES = 40
"""So many names of a tree's own are looked for in all files; of more, in each file those that it can mean."""
_CLOSED = {
    "submodule": "a submodule, its files are not part of this tree",
    "folder": "a folder that cannot be looked into: too deep, or closed to who runs this",
}


def read_tree(
    tree: Tree,
    knowledge: Mapping[str, Any],
    cache: Cache,
    tell: Callable[[int, int], None] = lambda done, files: None,
    *,
    reach: bool = False,
    focus: Focus | None = None,
    scanned: Scanned | None = None,
) -> Reading:
    """Read a tree: every call site of a known SDK, what is known of it, and what could not be read.

    `tell` hears before each file that may hold calls how many are done, and of how many. `reach`: with the functions
    that lead to each call. `focus`: only the calls of these files, and of those that what they call is reached from.
    `scanned`: what earlier looks at the files told.
    """
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(usual + MAX_DEPTH * FRAMES)
    link = _Link(tree, knowledge, cache, tell, focus, scanned)
    try:
        return link.run(reach)
    finally:
        sys.setrecursionlimit(usual)
        link.let_go()


@dataclass(slots=True)
class Twins:
    """Calls of one function that have the same key: where the first stands among all, and how many each mark has."""

    first: int = 0
    marks: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Part:
    """What a process gives back of a batch: what was asked, why files were not read, files behind it, outlines, what to remember.

    `outlines`: of the files outlined there; None for one that nobody asks for any more.
    """

    told: Any
    unread: dict[str, str]
    gaps: dict[str, Gap]
    others: dict[str, str | None]
    outlines: dict[str, bytes | None]
    puts: list[tuple[str, str, bytes]]
    terms: list[tuple[str, bytes]]


R = TypeVar("R")
Work = Callable[[Evaluator, Sequence[str]], R]
"""What is asked of a batch of files, with an evaluator that has followed nothing for others."""


def _apart(held: tuple[_Link, Work[Any], Callable[[Any], Container[str] | None]], job: tuple[Sequence[str], int]) -> Part:
    link, work, wanted = held
    return link.apart(work, wanted, *job)


def _all(told: object) -> None:
    """All outlines are wanted."""


def _callers(told: Mapping[str, Sequence[Told]]) -> set[str]:
    """The files that callers stand in."""
    return {site.span.path for calls in told.values() for call in calls for site, _, _ in call.callers}


class _Link:
    def __init__(
        self,
        tree: Tree,
        knowledge: Mapping[str, Any],
        cache: Cache,
        tell: Callable[[int, int], None],
        focus: Focus | None,
        scanned: Scanned | None = None,
    ) -> None:
        scanned = Scanned() if scanned is None else scanned
        self.focus = focus
        self.tree = tree if isinstance(tree, Watched) else Watched(tree)
        self.tell = tell
        self.knowledge = knowledge = with_declared(knowledge, tree)
        self.cache = cache
        self.releases = Releases(tree, cache)
        self.catalog = Catalog(knowledge, self.releases.held)
        self.handed_over = self.catalog.handed_over()
        self.mark = f"{ol.VERSION}.{hashlib.sha256(' '.join(sorted(self.handed_over)).encode()).hexdigest()[:12]}"
        self.unread: dict[str, str] = {}
        self.sources: dict[str, bytes] = {}
        """Those of files that are to be outlined, or whose modules are held. The tree has them still."""
        self.sizes: dict[str, int] = {}
        self.cells: dict[str, tuple[tuple[int, int], ...]] = {}
        self.known: dict[str, bytes] = {}
        self.outlined: set[str] = set()
        """The files whose outlines another process has had."""
        self.suppressions: list[Suppression] = []
        self.budgets: dict[tuple[str, int, int], int] = {}
        paths = frozenset(entry.path for entry in tree.entries() if entry.kind == "file" and is_code(entry.path))
        self.project = Project(paths, self._load, self._drop)
        self.followed = paths if focus is None else paths & focus.files
        if focus is not None:
            self.project.near = paths & focus.around
        self.own = own_modules(self.project, knowledge)
        self.roots = self.catalog.modules - {module.split(".")[0] for module in self.own}
        self.project.foreign = self.roots
        self.ev = Evaluator(self.project, self.catalog, tree, self._held)
        self.scanned = self.ev.mentions.scanned = replace(scanned, made_by=f"{scanned.made_by} {sorted(self.own)}")
        self.wrappers = Wrappers(self.ev)
        aliases = {alias.rpartition(".")[2] for alias in self.catalog.aliases}
        named = (aliases | generated_modules(knowledge)) - self.own
        self.wanted = wanted(knowledge, {*knowledge["needles"]} - self.own, knowledge["marks"], named)
        self.consulted: dict[str, frozenset[str]] = {}
        self.expressions = Expressions()
        self.keeps = not isinstance(cache, NoCache)
        self.used: set[Place] = set()
        self.users: list[tuple[Place, tuple[str, str]]] = []

    def run(self, reach: bool) -> Reading:
        seeds = self._seeds()
        self._outline(seeds)
        self.ev.taught.settle(self.ev.untaught(), self.knowledge)
        calls = self._calls(seeds)
        self.unread |= self.ev.unread
        if reach:
            calls = Reach(self.project, self.wrappers).traced(calls)
        self._remember()
        for module in self._modules([*seeds, *sorted({site.span.path for site in calls}.difference(seeds))]):
            self.suppressions += suppressions_in(module)
            self.budgets |= budgets_in(module)
        files = prompt_texts(self.tree)
        self.unread = {**files.unread, **self.unread}
        return Reading(
            calls=tuple(calls),
            prompts=joined(list(code_sources(calls, self.budgets)), files.texts, self.tree),
            gaps=(
                *(Gap("file", why, Span(path, 1)) for path, why in sorted(self.unread.items())),
                *files.gaps,
                *(gap for _, gap in sorted(self.releases.gaps.items())),
                *_unsaid(calls),
            ),
            suppressions=(*self.suppressions, *files.suppressions),
            files=len(self.project.paths),
            read=len((self.known.keys() | self.outlined).difference(self.unread)),
            unread=dict(sorted(self.unread.items())),
            consulted=self.consulted,
            models=files.models,
            whole=self.focus is None,
        )

    def _seeds(self) -> list[str]:
        """The files that mention an SDK, or end a call as one does; all others are not decoded."""
        seeds = []
        self.unread |= {
            entry.path: _CLOSED[entry.kind]
            for entry in self.tree.entries()
            if entry.kind in _CLOSED and entry.path not in self.project.paths
        }
        for path, named in self.scanned.of("named", self.followed, Scan(self._bytes, self._names, is_flag, first=True)):
            data = self._bytes(path) if named else None
            if data is not None and self._source(path, data):
                seeds.append(path)
        taught = any(not about["where"].startswith(PACKAGED) for about in self.knowledge["sdks"].values())
        if taught or self.catalog.aliases:
            return seeds
        kept = with_company(seeds, self.ev.mentions.islands.top, Marks(self.knowledge), self._held, self.project.paths)
        for path in set(seeds).difference(kept):
            del self.sources[path]
        return kept

    def _names(self, path: str, data: bytes) -> bool:
        """Whether a file mentions an SDK, or cannot be told not to."""
        # UTF-16, a pointer to Git LFS and what is no text hide every name from a byte scan: such a file is told and
        # not passed over.
        hidden = data.startswith((b"\xff\xfe", b"\xfe\xff", LFS_POINTER)) or b"\0" in data
        return hidden or self.wanted.search(searchable(path, data))

    def _notebook(self, path: str, data: bytes) -> bytes | None:
        found = notebook(data)
        if found.why is not None or found.partly is not None:
            self.unread[path] = found.why or f"only partly read: {found.partly}"
        self.cells[path] = found.cells
        return found.source if found.why is None else None

    def _bytes(self, path: str) -> bytes | None:
        try:
            return self.tree.read(path)
        except (OSError, KeyError) as error:
            self.unread[path] = f"it cannot be read: {error.args[-1] if error.args else 'gone'}"
            return None

    def _held(self, path: str) -> bytes:
        return self.sources.get(path) or searchable(path, self._bytes(path) or b"")

    def _source(self, path: str, data: bytes) -> bool:
        if path.endswith(SUFFIX) and len(data) <= HUGE:
            code = self._notebook(path, data)
            if code is None:
                return False
            data = code
        source, why = source_of(data)
        if why is not None:
            self.unread[path] = why
            return False
        self.sources[path] = source
        self.sizes[path] = len(source)
        return True

    def _outline(self, paths: Iterable[str]) -> None:
        """Outline files at once, which worker processes can share."""
        sources = {path: self.sources[path] for path in paths if path not in self.known and self._sourced(path)}
        self.known.update(outlines(sources, self.handed_over, self.cache, self.mark))

    def _sourced(self, path: str) -> bool:
        data = self._bytes(path) if path not in self.sources else None
        return path in self.sources or data is not None and self._source(path, data)

    def _load(self, path: str) -> Module | None:
        if not self._sourced(path):
            return None
        self._outline([path])
        facts = unpacked(self.known[path])
        module = Module(path, self.sources[path], facts, self.cells.get(path, ()))
        self.expressions.recall(module, self.cache)
        if facts["broken"]:
            self.unread.setdefault(path, f"only partly read: it does not parse at {module.place(facts['broken'][0][0])}")
        for start, end in left_out(module.source):
            if self.wanted.search(module.source, start, end):
                why = f"the {end - start:,} bytes of the statement at line {module.line(start)} are more than is read"
                self.unread.setdefault(path, f"only partly read: {why}")
        return module

    def _drop(self, module: Module) -> None:
        self.expressions.keep(module)
        if not module.path.endswith(SUFFIX):  # a notebook takes longer to read again
            self.sources.pop(module.path, None)

    def _remember(self) -> None:
        """Leave the expressions to the next run. Only now: a module comes and goes often."""
        self.project.let_go()
        if self.keeps:
            self.expressions.put(self.cache)

    def let_go(self) -> None:
        """Part what holds one another: it is much, and what prices and judges the calls would have to find room beside it."""
        for each in (self.wrappers, self.ev.mentions, self.ev, self.project, self):
            vars(each).clear()

    # sites -----------------------------------------------------------------------------------------------------

    def _calls(self, seeds: Sequence[str]) -> list[CallSite]:
        calls: list[CallSite] = []
        twins: dict[str, Twins] = defaultdict(Twins)
        paths, names = self._looked_into(seeds)
        told = self._followed(paths, names)
        for each in (each for path in paths for each in told.get(path, ())):
            self.used |= each.behind
            self.users.extend((place, (each.site.span.path, each.site.context.function)) for place in each.behind)
            at = len(calls)
            calls.append(self._keyed(each.site, each.mark, each.rests, twins, calls))
            for caller, mark, rests in each.callers:
                calls.append(self._keyed(replace(caller, via=calls[at].key), mark, rests, twins, calls))
            if each.callers:
                calls[at] = replace(calls[at], counted=False)
        calls = driven(self.ev, rescued(self.project, calls), self._held)
        factories = self._factories(calls)
        return [self._object_counted(site, factories) for site in calls]

    def _looked_into(self, seeds: Sequence[str]) -> tuple[list[str], Callable[[str], frozenset[str]]]:
        """The files that may hold calls, and for each the names of the tree's own by which it may call something."""
        shares = batches(seeds, self._size)
        self.project.meet(seeds, hold=not self._shares(shares))
        mentions, islands = self.ev.mentions, self.ev.mentions.islands
        names: dict[str, set[str]] = defaultdict(set)
        further = self._importing() | {path for word in self.ev.taught.words for path in mentions.calling(word)}
        looking = Further(self.catalog.tails(), self.roots, further.union(seeds))
        for told, users in self._each(shares, looking.batch):
            further |= users
            for path, own in told.items():
                names[islands.top(path)] |= own
        several = sum(map(len, names.values())) > MAX_NAMES

        def known_in(path: str) -> frozenset[str]:
            tops = islands.seen_from(path) if several else names.keys()
            return frozenset(self.ev.taught.words.union(*(names.get(top, ()) for top in tops)))

        return [*seeds, *sorted(self.followed & further.difference(seeds))], known_in

    def _followed(self, paths: Sequence[str], names: Callable[[str], frozenset[str]]) -> dict[str, list[Told]]:
        """The calls of files, with their callers."""
        self._outline(paths)
        shares, done = batches(paths, self._size), count()
        self.project.meet(paths, hold=not self._shares(shares))
        following = Following(self.catalog.tails(), self.roots, names, self._size, lambda: self.tell(next(done), len(paths)))
        told: dict[str, list[Told]] = {}
        for share, found in zip(shares, self._each(shares, following.batch, _callers), strict=True):
            told |= found
            if self._shares(shares):
                for _ in share:
                    following.tell()
        return told

    def _shares(self, batches: Sequence[Sequence[str]]) -> bool:
        """Whether batches are given to other processes."""
        return len(batches) > 1 and cores() > 1 and forks()

    def _each(
        self, batches: Sequence[Sequence[str]], work: Work[R], wanted: Callable[[R], Container[str] | None] = _all
    ) -> Iterator[R]:
        """What `work` gives for each batch, from as many processes as pay. `wanted`: of which files outlines are, None for all."""
        limit = min(MAX_STEPS, ALL_STEPS // max(len(batches), 1))
        if len(batches) > 1:
            self.ev.mentions.scan()  # what is scanned once should not be scanned by each
        if not self._shares(batches):
            for batch in batches:
                yield self._done(work, batch, limit)
            return
        self.project.let_go()
        self.project.most = max(MAX_MODULES // cores(), MIN_MODULES)
        gc.collect()  # each worker has a copy of what is garbage, too
        trim()
        with closing(shared_with((self, work, wanted), _apart, [(batch, limit) for batch in batches])) as parts:
            for part in parts:
                yield self._taken(part)

    def _done(self, work: Work[R], batch: Sequence[str], limit: int) -> R:
        ev = self.ev.afresh(limit)
        told = work(ev, batch)
        self.unread = {**ev.unread, **self.unread}
        ev.forget()
        return told

    def _size(self, path: str) -> int:
        return self.sizes.get(path, 0)

    def apart(
        self, work: Work[R], wanted: Callable[[R], Container[str] | None], batch: Sequence[str], limit: int
    ) -> Part:
        """A batch as another process does it, with all else that the one which shared it out has to know."""
        lent, tell = Lent(self.cache), self.tell
        self.cache = self.releases.cache = lent
        self.tell = lambda done, files: None
        known = set(self.known)
        told = self._done(work, batch, limit)
        self.project.let_go()
        self.cache = self.releases.cache = lent.cache
        self.tell = tell
        kept = wanted(told)
        trim()
        return Part(
            told,
            unread=self.unread,
            gaps=self.releases.gaps,
            others=self.tree.others,
            outlines={
                path: outline if kept is None or path in kept else None for path, outline in self.known.items() if path not in known
            },
            puts=lent.puts,
            terms=self.expressions.fresh() if self.keeps else [],
        )

    def _taken(self, part: Part) -> Any:
        """What another process told."""
        self.unread = {**part.unread, **self.unread}
        self.releases.gaps |= part.gaps
        for path in part.others.keys() - self.tree.others.keys():
            with suppress(OSError, KeyError):
                self.tree.read(path)  # a check notes what it rests on, and of another process it does not see that
        self.tree.others |= part.others
        self.outlined |= part.outlines.keys()
        self.known.update((path, outline) for path, outline in part.outlines.items() if outline is not None)
        give_back(part.puts, self.cache)
        self.expressions.take(part.terms)
        trim()
        return part.told

    def _modules(self, paths: Iterable[str]) -> Iterator[Module]:
        return (module for path in paths if (module := self.project.module(path)) is not None)

    def _factories(self, calls: Sequence[CallSite]) -> set[tuple[str, str]]:
        """Functions that build an object which a call elsewhere goes through: what else they build is for such calls too."""
        made = {_place(site): (site.span.path, site.context.function) for site in calls if site.kind in OBJECTS}
        return {made[place] for place, user in self.users if place in made and made[place][1] and made[place] != user}

    def _importing(self) -> set[str]:
        """The files that import a taught name."""
        return {path for mark in self.ev.taught.marks for path in self.ev.mentions.importing(mark)}

    def _object_counted(self, site: CallSite, factories: set[tuple[str, str]]) -> CallSite:
        """Not counted: a model object or agent through which a call or a run goes, and what is inside of a taught name."""
        if self.ev.taught.holds(site):
            return replace(site, counted=False)
        if site.kind in OBJECTS and (_place(site) in self.used or (site.span.path, site.context.function) in factories):
            return replace(site, counted=False)
        return site

    def _keyed(self, site: CallSite, mark: str, rests: frozenset[str], twins: dict[str, Twins], calls: list[CallSite]) -> CallSite:
        """Twins in one function get a digest of their arguments; identical ones a number."""
        others = twins[site.key]
        key = site.key
        if others.marks:
            same = others.marks[mark]
            key = f"{site.key}#{mark}" + (f"~{same + 1}" if same else "")
            if others.marks.total() == 1:
                index = others.first
                first = replace(calls[index], key=f"{site.key}#{next(iter(others.marks))}")
                self.consulted[first.key] = self.consulted.pop(calls[index].key, frozenset())
                for at, each in enumerate(calls):
                    if each.via == calls[index].key:
                        calls[at] = replace(each, via=first.key)
                calls[index] = first
        else:
            others.first = len(calls)
        others.marks[mark] += 1
        self.consulted[key] = rests
        return replace(site, key=key)


def _place(site: CallSite) -> Place:
    return site.span.path, site.span.cell, site.span.line, site.span.column


def _unsaid(calls: Iterable[CallSite]) -> Iterable[Gap]:
    """Distributions whose release decides what a call does, and that nothing in the tree fixes."""
    names = {each.distribution for call in calls for each in call.releases.values() if each.version is None}
    for name in sorted(names):
        yield Gap("version", f"no lock file or requirement fixes the version of {name}; the newest known is taken")
