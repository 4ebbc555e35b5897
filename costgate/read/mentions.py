"""Which files assign to an attribute, extend a class, call, import or hand over a name, from one scan of the bytes of the tree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from costgate.read.islands import Islands
from costgate.read.modules import Project
from costgate.read.scanned import Scan, Scanned
from costgate.read.words import CALLED, EXTENDED, HANDED, IMPORTED, KINDS, QUEUED, RENAMED, SET, are_words, words_of

FEW = 3
MANY = 3_000
"""Files that are looked into for one name, and for all, without asking whether they can mean anything of the one at hand:
to know that, all files have to be scanned.
"""


class Mentions:
    """The words of a tree's files that stand where an attribute is set or a class extended. Scanned when first asked."""

    def __init__(self, project: Project, bytes_of: Callable[[str], bytes]) -> None:
        self.paths = project.near
        self.everywhere = project.paths
        self.bytes_of = bytes_of
        self.islands = Islands(project, self.paths, bytes_of)
        self._looked = 0
        self._texts: dict[str, list[str]] = {}
        self._decorating: dict[tuple[str, ...], list[str]] = {}
        self.scanned = Scanned()
        self._looks: list[list[tuple[str, str]]] = []
        """For each kind of words the files that have some, with these, until it is asked for."""
        self._found: dict[int, Mapping[str, list[str]]] = {}

    def scan(self) -> None:
        """Look at all files now, and at what ties them: from now on it is asked for every name who can mean it."""
        for kind in range(KINDS):
            self._said(kind)
        self.islands.tie()
        self._looked = MANY + 1

    def assigning(self, attribute: str) -> list[str]:
        """The files that assign to an attribute of that name, but for those of `self`."""
        return self._said(SET).get(attribute, [])

    def extending(self, name: str) -> list[str]:
        """The files with a class that has a base of that name."""
        return self._said(EXTENDED).get(name, [])

    def calling(self, name: str, home: str = "") -> list[str]:
        """The files that seem to call something of that name.

        With `home`, of many perhaps only those that can mean something of that file: no number to go by.
        """
        return self._near(self._said(CALLED).get(name, []), home)

    def holding(self, text: str, home: str = "") -> list[str]:
        """The files that hold a text; with `home`, of many perhaps only those that can mean something of that file."""
        if text not in self._texts:
            self._texts[text] = self._holding(text, self.paths)
        return self._near(self._texts[text], home)

    def importing(self, name: str) -> list[str]:
        """The files with an import of that name, or of something of that name out of a module."""
        return self._said(IMPORTED).get(name, [])

    def handing(self, name: str) -> list[str]:
        """The files that give something of that name to what calls what it is given."""
        return self._said(HANDED).get(name, [])

    def queueing(self, name: str) -> list[str]:
        """The files that have a queue of tasks call something of that name."""
        return self._said(QUEUED).get(name, [])

    def renamed(self, name: str) -> list[str]:
        """The names that something of that name gets elsewhere."""
        return self._said(RENAMED).get(name, [])

    def decorating(self, words: tuple[str, ...], home: str) -> list[str]:
        """The files with a decorator that ends in one of some words."""
        if words not in self._decorating:
            found = re.compile(rb"^[ \t]*@[\w.]+\.(?:" + "|".join(map(re.escape, words)).encode() + rb")\b", re.MULTILINE)
            self._decorating[words] = [path for path in sorted(self.paths) if found.search(self.bytes_of(path))]
        return self._near(self._decorating[words], home)

    def anywhere(self, text: str) -> list[str]:
        """The files that hold a text, also those that nothing leads to."""
        return self.holding(text) if self.everywhere is self.paths else self._holding(text, self.everywhere)

    def _near(self, paths: list[str], home: str) -> list[str]:
        self._looked += len(paths)
        if not home or len(paths) <= FEW or self._looked <= MANY:
            return paths
        own = self.islands.top(home)
        return [path for path in paths if own in self.islands.seen_from(path)]

    def _holding(self, text: str, paths: Iterable[str]) -> list[str]:
        return [path for path in sorted(paths) if text.encode(errors="surrogatepass") in self.bytes_of(path)]

    def _said(self, kind: int) -> Mapping[str, list[str]]:
        """For each word of a kind the files that say it, or for what is renamed its other names. Made when first asked."""
        found = self._found.get(kind)
        if found is None:
            self._look()
            found = self._found[kind] = defaultdict(list)
            for path, names in self._looks[kind]:
                for name in names.split():
                    word, _, other = name.partition(":")
                    found[word].append(other or path)
            self._looks[kind] = []
        return found

    def _look(self) -> None:
        if self._looks:
            return
        self._looks = [[] for _ in range(KINDS)]
        for path, words in self.scanned.of("words", self.paths, Scan(self.bytes_of, _words, are_words)):
            for looks, names in zip(self._looks, words, strict=True):
                if names:
                    looks.append((path, names))


def _words(_: str, data: bytes) -> list[str]:
    return words_of(data)
