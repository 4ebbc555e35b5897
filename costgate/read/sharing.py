"""Batches of files shared out among processes: who does them, what each gives back, and what is taken up of that here.

A batch is asked with an evaluator that has followed nothing for another one and has limits of its own, so that the answer is the
same whoever gives it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from costgate.model.finding import Gap
from costgate.model.tree import Lent, give_back
from costgate.read.evaluate import Evaluator
from costgate.read.files import Files
from costgate.read.modules import MAX_MODULES, Project
from costgate.read.releases import Releases
from costgate.read.watched import Watched
from costgate.read.workers import cores, forks, shared_with, trim

ALL_STEPS = 1_200_000
MAX_STEPS = 400_000
"""Steps that may be taken for a tree, and for one batch of its files."""
MIN_MODULES = 60
"""Modules that a process holds at least, of several that share what is held at most."""
R = TypeVar("R")
Work = Callable[[Evaluator, Sequence[str]], R]
"""What is asked of a batch of files."""
Wanted = Callable[[Any], Container[str] | None]
"""The files whose outlines are wanted here of those that a process made on the way to its answer; None for all."""
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """What a process gives back of a batch: what was asked, why files were not read, files behind it, outlines, what to remember.

    `outlines`: of the files outlined there; None for one that nobody asks for any more. `sizes`: of their sources, by which
    the next batches are made.
    """

    told: Any
    unread: dict[str, str]
    gaps: dict[str, Gap]
    others: dict[str, str | None]
    outlines: dict[str, bytes | None]
    sizes: dict[str, int]
    puts: list[tuple[str, str, bytes]]
    terms: list[tuple[str, bytes]]


def is_shared(batches: Sequence[Sequence[str]]) -> bool:
    """Whether batches are given to other processes."""
    return len(batches) > 1 and cores() > 1 and forks()


class Sharing:
    """Has batches done. All that it is made with is what a batch adds to: another process has a copy of it.

    `tell` hears which file is begun, of how many; in another process nobody does.
    """

    def __init__(self, tree: Watched, files: Files, project: Project, ev: Evaluator, releases: Releases, tell: Tell) -> None:
        self.tree = tree
        self.files = files
        self.project = project
        self.ev = ev
        self.releases = releases
        self.tell = tell

    def each(self, batches: Sequence[Sequence[str]], work: Work[R], wanted: Wanted = lambda told: None) -> Iterator[R]:
        """What `work` gives for each batch, from as many processes as pay."""
        limit = min(MAX_STEPS, ALL_STEPS // max(len(batches), 1))
        if len(batches) > 1:
            self.ev.mentions.scan()  # what is scanned once should not be scanned by each
        if not is_shared(batches):
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

    def apart(self, work: Work[Any], wanted: Wanted, batch: Sequence[str], limit: int) -> Part:
        """A batch as another process does it, with all else that the one which shared it out has to know."""
        files, lent, tell = self.files, Lent(self.files.cache), self.tell
        files.cache = self.releases.cache = lent
        self.tell = lambda done, files: None
        known = set(files.known)
        told = self._done(work, batch, limit)
        self.project.let_go()
        files.cache = self.releases.cache = lent.cache
        self.tell = tell
        kept = wanted(told)
        fresh = [path for path in files.known if path not in known]
        trim()
        return Part(
            told,
            unread=files.unread,
            gaps=self.releases.gaps,
            others=self.tree.others,
            outlines={path: files.known[path] if kept is None or path in kept else None for path in fresh},
            sizes={path: files.sizes[path] for path in fresh},
            puts=lent.puts,
            terms=files.expressions.fresh() if files.keeps else [],
        )

    def _done(self, work: Work[R], batch: Sequence[str], limit: int) -> R:
        ev = self.ev.afresh(limit)
        told = work(ev, batch)
        self.files.unread = {**ev.unread, **self.files.unread}
        ev.forget()
        return told

    def _taken(self, part: Part) -> Any:
        files = self.files
        files.unread = {**part.unread, **files.unread}
        self.releases.gaps |= part.gaps
        for path in part.others.keys() - self.tree.others.keys():
            with suppress(OSError, KeyError):
                self.tree.read(path)  # a check notes what it rests on, and of another process it does not see that
        self.tree.others |= part.others
        files.outlined |= part.outlines.keys()
        files.sizes |= part.sizes
        files.known.update((path, outline) for path, outline in part.outlines.items() if outline is not None)
        give_back(part.puts, files.cache)
        files.expressions.take(part.terms)
        trim()
        return part.told


def _apart(held: tuple[Sharing, Work[Any], Wanted], job: tuple[Sequence[str], int]) -> Part:
    sharing, work, wanted = held
    return sharing.apart(work, wanted, *job)
