"""Linking one tree: candidate files to call sites, wrappers to their callers, prompts and gaps to what they serve."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from costgate.model.call import CallSite
from costgate.model.finding import Gap, Suppression
from costgate.model.snapshot import Reading
from costgate.model.tree import Cache, Tree
from costgate.model.value import Span
from costgate.read.catalog import Catalog
from costgate.read.comments import budgets_in, suppressions_in
from costgate.read.declaredcalls import with_declared
from costgate.read.driven import driven
from costgate.read.evaluate import FRAMES, MAX_DEPTH, Evaluator
from costgate.read.extract import LFS_POINTER
from costgate.read.files import Files
from costgate.read.focus import OBJECTS, Focus, is_code
from costgate.read.following import Following, Place, Told, batches
from costgate.read.further import Further
from costgate.read.modules import MAX_MODULES, Module, Project
from costgate.read.notebook import searchable
from costgate.read.possible import Marks, with_company
from costgate.read.prefilter import wanted
from costgate.read.prompts.code import code_sources
from costgate.read.prompts.find import prompt_texts
from costgate.read.prompts.join import joined
from costgate.read.reach import Reach
from costgate.read.releases import Releases
from costgate.read.rescued import rescued
from costgate.read.scanned import Scan, Scanned, is_flag
from costgate.read.sharing import Sharing, is_shared
from costgate.read.taught import PACKAGED, generated_modules, own_modules
from costgate.read.watched import Watched
from costgate.read.workers import trim
from costgate.read.wrappers import Wrappers

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
        self.knowledge = knowledge = with_declared(knowledge, tree)
        self.releases = Releases(tree, cache)
        self.catalog = Catalog(knowledge, self.releases.held)
        self.files = Files(self.tree, cache, self.catalog.handed_over(), lambda *part: self.wanted.search(*part))
        self.suppressions: list[Suppression] = []
        self.budgets: dict[tuple[str, int, int], int] = {}
        paths = frozenset(entry.path for entry in tree.entries() if entry.kind == "file" and is_code(entry.path))
        self.project = Project(paths, self.files.load, self.files.drop)
        self.followed = paths if focus is None else paths & focus.files
        if focus is not None:
            self.project.near = paths & focus.around
        self.own = own_modules(self.project, knowledge)
        self.roots = self.catalog.modules - {module.split(".")[0] for module in self.own}
        self.project.foreign = self.roots
        self.ev = Evaluator(self.project, self.catalog, tree, self.files.text_of)
        self.scanned = self.ev.mentions.scanned = replace(scanned, made_by=f"{scanned.made_by} {sorted(self.own)}")
        self.wrappers = Wrappers(self.ev)
        self.sharing = Sharing(self.tree, self.files, self.project, self.ev, self.releases, tell)
        aliases = {alias.rpartition(".")[2] for alias in self.catalog.aliases}
        named = (aliases | generated_modules(knowledge)) - self.own
        self.wanted = wanted(knowledge, {*knowledge["needles"]} - self.own, knowledge["marks"], named)
        self.consulted: dict[str, frozenset[str]] = {}
        self.used: set[Place] = set()
        self.users: list[tuple[Place, tuple[str, str]]] = []

    def run(self, reach: bool) -> Reading:
        seeds = self._seeds()
        self.files.outline(seeds)
        self.ev.taught.settle(self.ev.untaught(), self.knowledge)
        calls = self._calls(seeds)
        self.files.unread |= self.ev.unread
        if reach:
            calls = Reach(self.project, self.wrappers).traced(calls)
        self.project.let_go()
        self.files.remember()
        for module in self._modules([*seeds, *sorted({site.span.path for site in calls}.difference(seeds))]):
            self.suppressions += suppressions_in(module)
            self.budgets |= budgets_in(module)
        files = prompt_texts(self.tree)
        self.files.unread = {**files.unread, **self.files.unread}
        return Reading(
            calls=tuple(calls),
            prompts=joined(list(code_sources(calls, self.budgets)), files.texts, self.tree),
            gaps=(
                *(Gap("file", why, Span(path, 1)) for path, why in sorted(self.files.unread.items())),
                *files.gaps,
                *(gap for _, gap in sorted(self.releases.gaps.items())),
                *_unsaid(calls),
            ),
            suppressions=(*self.suppressions, *files.suppressions),
            files=len(self.project.paths),
            read=self.files.read_in_full(),
            unread=dict(sorted(self.files.unread.items())),
            consulted=self.consulted,
            models=files.models,
            whole=self.focus is None,
        )

    def _seeds(self) -> list[str]:
        """The files that mention an SDK, or end a call as one does; all others are not decoded."""
        seeds = []
        self.files.unread |= {
            entry.path: _CLOSED[entry.kind]
            for entry in self.tree.entries()
            if entry.kind in _CLOSED and entry.path not in self.project.paths
        }
        for path, named in self.scanned.of("named", self.followed, Scan(self.files.bytes_of, self._names, is_flag, first=True)):
            data = self.files.bytes_of(path) if named else None
            if data is not None and self.files.take_up(path, data):
                seeds.append(path)
        taught = any(not about["where"].startswith(PACKAGED) for about in self.knowledge["sdks"].values())
        if taught or self.catalog.aliases:
            return seeds
        kept = with_company(seeds, self.ev.mentions.islands.top, Marks(self.knowledge), self.files.text_of, self.project.paths)
        for path in set(seeds).difference(kept):
            del self.files.sources[path]
        return kept

    def _names(self, path: str, data: bytes) -> bool:
        """Whether a file mentions an SDK, or cannot be told not to."""
        # UTF-16, a pointer to Git LFS and what is no text hide every name from a byte scan: such a file is told and
        # not passed over.
        hidden = data.startswith((b"\xff\xfe", b"\xfe\xff", LFS_POINTER)) or b"\0" in data
        return hidden or self.wanted.search(searchable(path, data))

    def let_go(self) -> None:
        """Part what holds one another: it is much, and what prices and judges the calls would have to find room beside it."""
        much = len(self.files.known) > MAX_MODULES
        for each in (self.wrappers, self.ev.mentions, self.ev, self.project, self.sharing, self.files, self):
            vars(each).clear()
        if much:
            trim()

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
        calls = driven(self.ev, rescued(self.project, calls), self.files.text_of)
        factories = self._factories(calls)
        return [self._object_counted(site, factories) for site in calls]

    def _looked_into(self, seeds: Sequence[str]) -> tuple[list[str], Callable[[str], frozenset[str]]]:
        """The files that may hold calls, and for each the names of the tree's own by which it may call something."""
        shares = batches(seeds, self.files.size)
        self.project.meet(seeds, hold=not is_shared(shares))
        mentions, islands = self.ev.mentions, self.ev.mentions.islands
        names: dict[str, set[str]] = defaultdict(set)
        further = self._importing() | {path for word in self.ev.taught.words for path in mentions.calling(word)}
        looking = Further(self.catalog.tails(), self.roots, further.union(seeds))
        for told, users in self.sharing.each(shares, looking.batch):
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
        self.files.outline(paths)
        shares, done = batches(paths, self.files.size), count()
        self.project.meet(paths, hold=not is_shared(shares))
        following = Following(
            self.catalog.tails(), self.roots, names, self.files.size, lambda: self.sharing.tell(next(done), len(paths))
        )
        told: dict[str, list[Told]] = {}
        for share, found in zip(shares, self.sharing.each(shares, following.batch, _callers), strict=True):
            told |= found
            if is_shared(shares):
                for _ in share:
                    following.tell()
        return told

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
