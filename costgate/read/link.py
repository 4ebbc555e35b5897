"""Linking one tree: candidate files to call sites, wrappers to their callers, prompts and gaps to what they serve."""

from __future__ import annotations

import hashlib
import marshal
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from costgate.model.call import CallSite
from costgate.model.finding import Gap, Suppression
from costgate.model.snapshot import Reading
from costgate.model.tree import Cache, Tree
from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read import python
from costgate.read.catalog import Catalog
from costgate.read.describe import describe, digest, objects_behind
from costgate.read.driven import driven
from costgate.read.evaluate import FRAMES, MAX_DEPTH, Evaluator
from costgate.read.extract import HUGE, LFS_POINTER, key_of, left_out, outlines, source_of, unpacked
from costgate.read.focus import OBJECTS, Focus, is_code
from costgate.read.looks import Look, Looks, is_flag
from costgate.read.makers import makers
from costgate.read.modules import Module, Project
from costgate.read.notebook import SUFFIX, notebook, searchable
from costgate.read.possible import Marks, with_company
from costgate.read.prefilter import wanted
from costgate.read.prompts.code import code_sources
from costgate.read.prompts.find import prompt_texts
from costgate.read.prompts.join import joined
from costgate.read.reach import Reach
from costgate.read.releases import Releases
from costgate.read.rescued import rescued
from costgate.read.sites import find, own_names
from costgate.read.taught import PACKAGED, importing, own_modules
from costgate.read.wrappers import Wrappers

Place = tuple[str, int | None, int, int]
_BUDGET = re.compile(r"#\s*costgate:\s*budget[ \t:=]+([\d_,]{1,12})")
MAX_SITES = 3_000
"""Calls of one file; a file with more was generated."""
MAX_NAMES = 40
"""So many names of a tree's own are looked for in all files; of more, in each file those that it can mean."""
MAX_USERS = 60
"""A name that more files use than that is not that of a factory."""
_IGNORE = re.compile(r"#\s*costgate:\s*ignore\[([^\]]*)\]\s*(.*)")


def read_tree(
    tree: Tree,
    knowledge: Mapping[str, Any],
    cache: Cache,
    tell: Callable[[int, int], None] = lambda done, files: None,
    *,
    reach: bool = False,
    focus: Focus | None = None,
    looks: Looks | None = None,
) -> Reading:
    """Read a tree: every call site of a known SDK, what is known of it, and what could not be read.

    `tell` hears before each file that may hold calls how many are done, and of how many. `reach`: with the functions
    that lead to each call. `focus`: only the calls of these files, and of those that what they call is reached from.
    `looks`: what earlier looks at the files told.
    """
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(usual + MAX_DEPTH * FRAMES)
    link = _Link(tree, knowledge, cache, tell, focus, looks)
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


class _Link:
    def __init__(
        self,
        tree: Tree,
        knowledge: Mapping[str, Any],
        cache: Cache,
        tell: Callable[[int, int], None],
        focus: Focus | None,
        looks: Looks | None = None,
    ) -> None:
        looks = Looks() if looks is None else looks
        self.focus = focus
        self.tree = tree
        self.tell = tell
        self.knowledge = knowledge
        self.cache = cache
        self.releases = Releases(tree, cache)
        self.catalog = Catalog(knowledge, self.releases.held)
        self.handed_over = self.catalog.handed_over()
        self.mark = f"{ol.VERSION}.{hashlib.sha256(' '.join(sorted(self.handed_over)).encode()).hexdigest()[:12]}"
        self.unread: dict[str, str] = {}
        self.sources: dict[str, bytes] = {}
        self.cells: dict[str, tuple[tuple[int, int], ...]] = {}
        self.known: dict[str, bytes] = {}
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
        self.looks = self.ev.mentions.looks = replace(looks, made_by=f"{looks.made_by} {sorted(self.own)}")
        self.wrappers = Wrappers(self.ev, self._held)
        aliases = {alias.rpartition(".")[2] for alias in self.catalog.aliases}
        self.wanted = wanted({*knowledge["needles"]} - self.own, aliases - self.own, knowledge["tails"], knowledge["http"])
        self.consulted: dict[str, frozenset[str]] = {}
        self.recalled: dict[str, int] = {}
        self.dropped: dict[str, bytes] = {}
        self.used: set[Place] = set()
        self.users: list[tuple[Place, tuple[str, str]]] = []

    def run(self, reach: bool) -> Reading:
        seeds = self._seeds()
        self._outline(seeds)
        self.ev.taught.settle(Evaluator(self.project, self.catalog, self.tree, self._held), self.knowledge)
        calls = self._calls(seeds)
        self.unread |= self.ev.unread
        if reach:
            calls = Reach(self.project, self.wrappers).traced(calls)
        self._remember()
        for module in self._modules([*seeds, *sorted({site.span.path for site in calls}.difference(seeds))]):
            self.suppressions += _suppressions(module)
            self.budgets |= _budgets(module)
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
            read=sum(1 for path in self.known if path not in self.unread),
            unread=dict(sorted(self.unread.items())),
            consulted=self.consulted,
            models=files.models,
            whole=self.focus is None,
        )

    def _seeds(self) -> list[str]:
        """The files that mention an SDK, or end a call as one does; all others are not decoded."""
        seeds = []
        self.unread |= {
            entry.path: "a submodule, its files are not part of this tree"
            for entry in self.tree.entries()
            if entry.kind == "submodule" and entry.path not in self.project.paths
        }
        for path, named in self.looks.of("named", self.followed, Look(self._names, is_flag)):
            data = self._bytes(path) if named else None
            if data is not None and self._source(path, data):
                seeds.append(path)
        taught = any(not about["where"].startswith(PACKAGED) for about in self.knowledge["sdks"].values())
        if taught or self.catalog.aliases:
            return seeds
        marks = Marks(self.knowledge)
        kept = with_company(seeds, self.ev.mentions.islands.top, lambda path: marks.given_away(self.sources[path]))
        for path in set(seeds).difference(kept):
            del self.sources[path]
        return kept

    def _names(self, path: str) -> bool | None:
        """Whether a file mentions an SDK, or cannot be told not to."""
        data = self._bytes(path)
        if data is None:
            return None
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
        self._recall(module)
        if facts["broken"]:
            self.unread.setdefault(path, f"only partly read: it does not parse at {module.place(facts['broken'][0][0])}")
        for start, end in left_out(module.source):
            if self.wanted.search(module.source, start, end):
                why = f"the {end - start:,} bytes of the statement at line {module.line(start)} are more than is read"
                self.unread.setdefault(path, f"only partly read: {why}")
        return module

    def _recall(self, module: Module) -> None:
        """Take up the expressions that were read before, by this run or an earlier one, so that a warm run needs no parser."""
        packed = self.dropped.pop(module.path, None)
        known = _expressions(packed) if packed else self.cache.get("terms", _terms_key(module.source))
        if isinstance(known, list):
            module.terms.update({(start, end): term for start, end, term in known})
        if packed is None:
            self.recalled[module.path] = len(module.terms)

    def _drop(self, module: Module) -> None:
        """Keep the expressions of a module that is not held any longer; packed they are small."""
        self.dropped[module.path] = marshal.dumps([[*place, term] for place, term in module.terms.items()])

    def _remember(self) -> None:
        """Leave the expressions to the next run. Only now: a module comes and goes often."""
        for module in self.project.held():
            self._drop(module)
        for path, packed in self.dropped.items():
            terms = _expressions(packed)
            if len(terms) > self.recalled.get(path, 0):
                self.cache.put("terms", _terms_key(self.sources[path]), terms)

    def let_go(self) -> None:
        """Part what holds one another: it is much, and what prices and judges the calls would have to find room beside it."""
        for each in (self.wrappers, self.ev.mentions, self.ev, self.project, self):
            vars(each).clear()

    # sites -----------------------------------------------------------------------------------------------------

    def _calls(self, seeds: Sequence[str]) -> list[CallSite]:
        tails = self.catalog.tails()
        calls: list[CallSite] = []
        twins: dict[str, Twins] = defaultdict(Twins)
        self.project.meet(seeds)
        mentions, islands = self.ev.mentions, self.ev.mentions.islands
        names: dict[str, set[str]] = defaultdict(set)
        further = self._importing() | {path for word in self.ev.taught.words for path in mentions.calling(word)}
        for module in self._modules(seeds):
            own = own_names(self.ev, module, tails)
            names[islands.top(module.path)] |= own
            further |= {path for name in own for path in mentions.calling(name, module.path)}
        for module in self._modules(seeds):  # only now: a maker is followed with few steps, and what that leaves is kept
            further |= self._using(module, further.union(seeds))
        several = sum(map(len, names.values())) > MAX_NAMES
        paths = [*seeds, *sorted(self.followed & further.difference(seeds))]
        self._outline(paths)
        self.project.meet(paths)
        for done, module in enumerate(self._modules(paths)):
            self.tell(done, len(paths))
            tops = islands.seen_from(module.path) if several else names.keys()
            known = self.ev.taught.words.union(*(names.get(top, ()) for top in tops))
            for count, found in enumerate(find(self.ev, module, tails, self.roots, known)):
                if count == MAX_SITES:
                    self.unread.setdefault(module.path, f"only partly read: it has more than {MAX_SITES:,} calls of an SDK")
                    break
                self.ev.reset()
                site = describe(self.ev, found, {})
                term = module.term(found.row[ol.C_START], found.row[ol.C_END])
                if term[0] == "?":
                    self.unread.setdefault(module.path, f"only partly read: the call at line {site.span.line}: {term[1]}")
                behind = objects_behind(self.ev, found)
                self.used |= behind
                self.users.extend((place, (site.span.path, site.context.function)) for place in behind)
                asked = frozenset(self.ev.asked)
                site = self._keyed(site, digest(found), twins, calls)
                calls.append(site)
                at = len(calls) - 1
                entries = [] if self.ev.taught.holds(site) else self.wrappers.entries(found, asked)
                for caller, mark, touched in entries:
                    self.ev.touched = set(touched)
                    calls.append(self._keyed(replace(caller, via=calls[at].key), mark, twins, calls))
                if entries:
                    calls[at] = replace(calls[at], counted=False)
                if self.wrappers.gave_up():
                    gap = Gap("callers", "it has more callers, and callers of those, than are followed", site.span)
                    calls[at] = replace(calls[at], gaps=(*calls[at].gaps, gap))
        calls = driven(self.ev, rescued(self.project, calls), self._held)
        factories = self._factories(calls)
        return [self._object_counted(site, factories) for site in calls]

    def _modules(self, paths: Iterable[str]) -> Iterator[Module]:
        return (module for path in paths if (module := self.project.module(path)) is not None)

    def _factories(self, calls: Sequence[CallSite]) -> set[tuple[str, str]]:
        """Functions that build an object which a call elsewhere goes through: what else they build is for such calls too."""
        made = {_place(site): (site.span.path, site.context.function) for site in calls if site.kind in OBJECTS}
        return {made[place] for place, user in self.users if place in made and made[place][1] and made[place] != user}

    def _using(self, module: Module, known: set[str]) -> set[str]:
        """The files that get objects of an SDK from a module: they call its factories, or extend its classes.

        `known`: the files that are looked into anyway.
        """

        def callers(name: str) -> list[str]:
            paths = self.ev.mentions.calling(name)
            return paths if len(paths) <= MAX_USERS else []

        factories, classes = makers(self.ev, module, self.roots, lambda name: not known.issuperset(callers(name)))
        heirs = [paths for name in classes if len(paths := self.ev.mentions.extending(name)) <= MAX_USERS]
        return {path for paths in (*map(callers, factories), *heirs) for path in paths}

    def _importing(self) -> set[str]:
        """The files that import a taught name."""
        wanted = importing(self.ev.taught.marks)
        paths = self.followed if wanted is not None else ()
        return {path for path in paths if wanted and wanted.search(self._held(path))}

    def _object_counted(self, site: CallSite, factories: set[tuple[str, str]]) -> CallSite:
        """Not counted: a model object or agent through which a call or a run goes, and what is inside of a taught name."""
        if self.ev.taught.holds(site):
            return replace(site, counted=False)
        if site.kind in OBJECTS and (_place(site) in self.used or (site.span.path, site.context.function) in factories):
            return replace(site, counted=False)
        return site

    def _keyed(self, site: CallSite, mark: str, twins: dict[str, Twins], calls: list[CallSite]) -> CallSite:
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
        self.consulted[key] = frozenset(self.ev.touched)
        return replace(site, key=key)


def _expressions(packed: bytes) -> list[list[Any]]:
    return marshal.loads(packed)  # type: ignore[no-any-return]  # noqa: S302 - packed by this very run


def _terms_key(source: bytes) -> str:
    return f"{key_of(source)}.{python.VERSION}"


def _place(site: CallSite) -> Place:
    return site.span.path, site.span.cell, site.span.line, site.span.column


def _budgets(module: Module) -> dict[tuple[str, int, int], int]:
    """The budgets that comments declare, by file, cell and line."""
    found = {}
    for start, end in module.facts["comments"]:
        match = _BUDGET.search(module.text(start, end))
        tokens = int(match.group(1).replace(",", "").replace("_", "") or 0) if match is not None else 0
        if 0 < tokens < 10**9:
            span = module.span(start)
            found[span.path, span.cell or 0, span.line] = tokens
    return found


def _unsaid(calls: Iterable[CallSite]) -> Iterable[Gap]:
    """Distributions whose release decides what a call does, and that nothing in the tree fixes."""
    names = {each.distribution for call in calls for each in call.releases.values() if each.version is None}
    for name in sorted(names):
        yield Gap("version", f"no lock file or requirement fixes the version of {name}; the newest known is taken")


def _suppressions(module: Module) -> Iterable[Suppression]:
    for start, end in module.facts["comments"]:
        match = _IGNORE.search(module.text(start, end))
        if match is not None:
            rules = tuple(part.strip() for part in match.group(1).split(",") if part.strip())
            yield Suppression(module.span(start, end), rules, match.group(2).strip())
