"""The calls of some files, each with its callers: a batch that nothing of another batch decides, so that processes can share.

What was followed for one batch would shorten the way for the next, and its limits would be met elsewhere. A batch is therefore
begun with nothing followed, no matter whether it has a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from costgate.model.call import CallSite
from costgate.model.finding import Gap
from costgate.read import outline as ol
from costgate.read.describe import describe, digest, objects_behind
from costgate.read.evaluate import Evaluator
from costgate.read.modules import Module
from costgate.read.sites import Found, find
from costgate.read.wrappers import Entry, Wrappers

Place = tuple[str, int | None, int, int]
MAX_SITES = 3_000
"""Calls of one file; a file with more was generated."""
BATCH_BYTES = 2_000_000
"""Of source, in files that may hold calls; a larger batch is made only of one file."""


@dataclass(frozen=True, slots=True)
class Told:
    """A call as it stands, before it has a key among its likes.

    `mark`: a digest of what it passes. `rests`: the files that it rests on. `behind`: where the objects were built that it goes
    through. `callers`: the same call as each of its callers makes it.
    """

    site: CallSite
    mark: str
    rests: frozenset[str]
    behind: frozenset[Place]
    callers: tuple[Entry, ...]


def batches(paths: Iterable[str], size: Callable[[str], int]) -> list[list[str]]:
    """Files that stand beside one another in a batch: they share most of what they lead to."""
    found: list[list[str]] = []
    left = 0
    for path in sorted(paths):
        if not found or size(path) > left:
            found.append([])
            left = BATCH_BYTES
        found[-1].append(path)
        left -= size(path)
    return found


def parts(
    paths: Sequence[str], package: Callable[[str], str], size: Callable[[str], int], limit: int
) -> Iterator[tuple[Sequence[str], int]]:
    """The packages of a batch, each with the steps that may have been taken at its end: one that takes many leaves the next its own.

    What is in no package stands together. A package may take what those before it left, but for half of what those after it would
    have by their size.
    """
    every, seen = sum(map(size, paths)), 0
    for _, files in groupby(paths, lambda path: "" if (top := package(path)) == path else top):
        part = list(files)
        seen += sum(map(size, part))
        yield part, limit * (every + seen) // max(2 * every, 1)


class Following:
    """Follows batches. `names`: for a file, the names of the tree's own by which it may call something; `size`: its bytes.

    `tell` hears before each file.
    """

    def __init__(
        self,
        tails: frozenset[str],
        roots: frozenset[str],
        names: Callable[[str], frozenset[str]],
        size: Callable[[str], int],
        tell: Callable[[], None],
    ) -> None:
        self.size = size
        self.tell = tell
        self.tails = tails
        self.roots = roots
        self.names = names

    def batch(self, ev: Evaluator, paths: Sequence[str]) -> dict[str, list[Told]]:
        """The calls of some files."""
        wrappers = Wrappers(ev)
        calls: dict[str, list[Told]] = {}
        for part, limit in parts(paths, ev.mentions.islands.top, self.size, ev.most_steps):
            ev.most_steps = limit
            for path in part:
                self.tell()
                module = ev.project.module(path)
                if module is not None:
                    calls[path] = list(self._calls(ev, wrappers, module))
        return calls

    def _calls(self, ev: Evaluator, wrappers: Wrappers, module: Module) -> Iterator[Told]:
        for count, found in enumerate(find(ev, module, self.tails, self.roots, self.names(module.path))):
            if count == MAX_SITES:
                ev.unread.setdefault(module.path, f"only partly read: it has more than {MAX_SITES:,} calls of an SDK")
                return
            ev.reset()
            site = describe(ev, found, {})
            term = module.term(found.row[ol.C_START], found.row[ol.C_END])
            if term[0] == "?":
                ev.unread.setdefault(module.path, f"only partly read: the call at line {site.span.line}: {term[1]}")
            yield _with_callers(ev, wrappers, found, site)


def _with_callers(ev: Evaluator, wrappers: Wrappers, found: Found, site: CallSite) -> Told:
    behind = objects_behind(ev, found)
    asked, rests = frozenset(ev.asked), frozenset(ev.touched)
    held = ev.taught.holds(site)
    callers = () if held else tuple(wrappers.entries(found, asked))
    if not held and wrappers.gave_up():
        gap = Gap("callers", "it has more callers, and callers of those, than are followed", site.span)
        site = replace(site, gaps=(*site.gaps, gap))
    return Told(site, digest(found), rests, frozenset(behind), callers)
