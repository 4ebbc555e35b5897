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
        self._found: tuple[Mapping[str, list[str]], ...] = ()

    def scan(self) -> None:
        """Look at all files now, and not when first asked."""
        self._all()

    def assigning(self, attribute: str) -> list[str]:
        """The files that assign to an attribute of that name, but for those of `self`."""
        return self._all()[SET].get(attribute, [])

    def extending(self, name: str) -> list[str]:
        """The files with a class that has a base of that name."""
        return self._all()[EXTENDED].get(name, [])

    def calling(self, name: str, home: str = "") -> list[str]:
        """The files that seem to call something of that name.

        With `home`, of many perhaps only those that can mean something of that file: no number to go by.
        """
        return self._near(self._all()[CALLED].get(name, []), home)

    def holding(self, text: str, home: str = "") -> list[str]:
        """The files that hold a text; with `home`, of many perhaps only those that can mean something of that file."""
        if text not in self._texts:
            self._texts[text] = self._holding(text, self.paths)
        return self._near(self._texts[text], home)

    def importing(self, name: str) -> list[str]:
        """The files with an import of that name, or of something of that name out of a module."""
        return self._all()[IMPORTED].get(name, [])

    def handing(self, name: str) -> list[str]:
        """The files that give something of that name to what calls what it is given."""
        return self._all()[HANDED].get(name, [])

    def queueing(self, name: str) -> list[str]:
        """The files that have a queue of tasks call something of that name."""
        return self._all()[QUEUED].get(name, [])

    def renamed(self, name: str) -> list[str]:
        """The names that something of that name gets elsewhere."""
        return self._all()[RENAMED].get(name, [])

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

    def _all(self) -> tuple[Mapping[str, list[str]], ...]:
        if not self._found:
            self._found = tuple(defaultdict(list) for _ in range(KINDS))
            for path, words in self.scanned.of("words", self.paths, Scan(self._words, are_words)):
                for found, names in zip(self._found[:RENAMED], words[:RENAMED], strict=True):
                    for name in names.split():
                        found[name].append(path)
                for pair in words[RENAMED].split():
                    name, _, other = pair.partition(":")
                    if other not in self._found[RENAMED][name]:
                        self._found[RENAMED][name].append(other)
        return self._found

    def _words(self, path: str) -> list[str]:
        return words_of(self.bytes_of(path))
