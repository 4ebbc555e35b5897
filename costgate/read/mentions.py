"""Which files assign to an attribute, extend a class or call a name, from one scan of the bytes of the tree for each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from costgate.read.islands import Islands
from costgate.read.modules import Project

FEW = 3
MANY = 3_000
"""Files that are looked into for one name, and for all, without asking whether they can mean anything of the one at hand:
to know that, all files have to be scanned.
"""
_SET = re.compile(rb"^[ \t]*(?!self\.|cls\.)[A-Za-z_][\w.]*\.(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_CLASS = re.compile(rb"^[ \t]*class[ \t]+\w+[^(:\n]*\(([^()]*(?:\([^()]*\)[^()]*)*)\)", re.MULTILINE)
_IMPORTED = re.compile(rb"^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)
_WORD = re.compile(rb"\w+")
_CALLED = re.compile(rb"\b(\w++)\s*+\(")


class Mentions:
    """The words of a tree's files that stand where an attribute is set or a class extended. Scanned when first asked."""

    def __init__(self, project: Project, bytes_of: Callable[[str], bytes]) -> None:
        self.paths = project.near
        self.everywhere = project.paths
        self.bytes_of = bytes_of
        self.islands = Islands(project, self.paths, bytes_of)
        self._looked = 0
        self._texts: dict[str, list[str]] = {}
        self._calling: dict[bytes, list[str]] = {}
        self._importing: dict[bytes, list[str]] = {}
        self._decorating: dict[tuple[str, ...], list[str]] = {}
        self._found: tuple[Mapping[bytes, list[str]], Mapping[bytes, list[str]]] | None = None

    def assigning(self, attribute: str) -> list[str]:
        """The files that assign to an attribute of that name, but for those of `self`."""
        return self._all()[0].get(attribute.encode(errors="surrogatepass"), [])

    def extending(self, name: str) -> list[str]:
        """The files with a class that has a base of that name."""
        return self._all()[1].get(name.encode(errors="surrogatepass"), [])

    def calling(self, name: str, home: str = "") -> list[str]:
        """The files that seem to call something of that name.

        With `home`, of many perhaps only those that can mean something of that file: no number to go by.
        """
        if not self._calling:
            self._calling = defaultdict(list)
            for path in sorted(self.paths):
                for word in set(_CALLED.findall(self.bytes_of(path))):
                    self._calling[word].append(path)
        return self._near(self._calling.get(name.encode(errors="surrogatepass"), []), home)

    def holding(self, text: str, home: str = "") -> list[str]:
        """The files that hold a text; with `home`, of many perhaps only those that can mean something of that file."""
        if text not in self._texts:
            self._texts[text] = self._holding(text, self.paths)
        return self._near(self._texts[text], home)

    def importing(self, name: str) -> list[str]:
        """The files that import something of that name out of a module."""
        if not self._importing:
            self._importing = defaultdict(list)
            for path in sorted(self.paths):
                for word in {word for names in _IMPORTED.findall(self.bytes_of(path)) for word in _WORD.findall(names)}:
                    self._importing[word].append(path)
        return self._importing.get(name.encode(errors="surrogatepass"), [])

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

    def _all(self) -> tuple[Mapping[bytes, list[str]], Mapping[bytes, list[str]]]:
        if self._found is None:
            self._found = defaultdict(list), defaultdict(list)
            for path in sorted(self.paths):
                data = self.bytes_of(path)
                for name in set(_SET.findall(data)):
                    self._found[0][name].append(path)
                for name in {word for bases in _CLASS.findall(data) for word in _WORD.findall(bases)}:
                    self._found[1][name].append(path)
        return self._found
