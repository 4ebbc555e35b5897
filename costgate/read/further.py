"""What files have for others under names of their own, and who gets it from them: these are looked into, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from costgate.read.evaluate import Evaluator
from costgate.read.makers import makers, shared
from costgate.read.modules import Module
from costgate.read.sites import own_names

MAX_USERS = 60
"""A name that more files use than that is not that of a factory."""


class Further:
    """Looks at batches of files. `roots`: the names of SDKs' modules; `known`: the files that are looked into anyway."""

    def __init__(self, tails: frozenset[str], roots: frozenset[str], known: Iterable[str]) -> None:
        self.tails = tails
        self.roots = roots
        self.known = frozenset(known)

    def batch(self, ev: Evaluator, paths: Sequence[str]) -> tuple[dict[str, set[str]], set[str]]:
        """For each file the names that it has for something of an SDK and whose call may be a site elsewhere; the files to look into."""
        names = {module.path: own_names(ev, module, self.tails) for module in _modules(ev, paths)}
        found = {user for path, own in names.items() for name in own for user in ev.mentions.calling(name, path)}
        for module in _modules(ev, paths):  # only now: a maker is followed with few steps, and what that leaves is kept
            found.update(self._users(ev, module, found))
        return names, found

    def _users(self, ev: Evaluator, module: Module, found: set[str]) -> list[str]:
        """The files that get objects of an SDK from a module: they import them, call its factories, or extend its classes."""

        def few(users: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
            return lambda name: paths if len(paths := users(name)) <= MAX_USERS else []

        def asked(users: Callable[[str], list[str]]) -> Callable[[str], bool]:
            return lambda name: any(user not in self.known and user not in found for user in users(name))

        callers, importers, heirs = few(ev.mentions.calling), few(ev.mentions.importing), few(ev.mentions.extending)
        factories, classes = makers(ev, module, self.roots, asked(callers))
        objects = shared(ev, module, self.roots, asked(importers))
        return [path for users in (*map(callers, factories), *map(importers, objects), *map(heirs, classes)) for path in users]


def _modules(ev: Evaluator, paths: Iterable[str]) -> Iterator[Module]:
    return (module for path in paths if (module := ev.project.module(path)) is not None)
