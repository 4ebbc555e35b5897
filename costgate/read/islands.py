"""Which files of a tree can mean one another at all: those of one package, and those that imports tie together."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from costgate.read.modules import Project

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)|import[ \t]+((?:[^\n#;\\]|\\\r?\n)+))|[;:][ \t]*(?:from|import)[ \t]+([.\w]+)", re.MULTILINE
)
_NAME = re.compile(rb"[.\w]+")
_QUOTED = re.compile(rb"[\"']([\w.]+)[\"']")


class Islands:
    """Sets of files that no import leads out of, in either direction. One scan of all files, when first asked.

    In a repository of many applications a name that each of them calls is looked for in one of them alone.
    """

    def __init__(self, project: Project, paths: Iterable[str], bytes_of: Callable[[str], bytes]) -> None:
        self.project = project
        self.paths = paths
        self.bytes_of = bytes_of
        self._above: dict[str, str] = {}
        self._of: dict[str, str] = {}
        self._tops: dict[str, str] = {}

    def of(self, path: str) -> str:
        """What all files of an island have in common, and no other."""
        if not self._above:
            self._join()
        found = self._of.get(path)
        if found is None:
            found = self._of[path] = self._root(self._top(path))
        return found

    def _join(self) -> None:
        below: dict[str, set[str]] = defaultdict(set)
        for path in self.paths:
            top = self._top(path)
            self._above.setdefault(top, top)
            folder = posixpath.dirname(path)
            while folder:
                below[folder].add(top)
                folder = posixpath.dirname(folder)
        done: set[tuple[str, str]] = set()
        for path in self.paths:
            folder = posixpath.dirname(path)
            for name in _imported(self.bytes_of(path)):
                if (folder, name) not in done:
                    done.add((folder, name))
                    for base in self._meant(folder, name):
                        self._unite({self._top(path), *below.get(base, ())}, base)

    def _meant(self, folder: str, name: str) -> Iterator[str]:
        """The modules and folders, without suffix, that the first word of an import may stand for."""
        if name.startswith("."):
            rest = name.lstrip(".")
            for _ in range(len(name) - len(rest) - 1):
                folder = posixpath.dirname(folder)
            yield posixpath.join(folder, rest.split(".")[0]) if rest else folder
        else:
            root = name.split(".")[0]
            yield from (posixpath.join(each, root) for each in self.project.folders_for(folder, root))

    def _unite(self, tops: set[str], base: str) -> None:
        if f"{base}.py" in self.project.paths:
            tops.add(self._top(f"{base}.py"))
        first, *others = (self._root(top) for top in tops)
        for other in others:
            self._above[self._root(other)] = self._root(first)

    def _top(self, path: str) -> str:
        """The outermost package that a file stands in; outside of packages the file itself."""
        folder = posixpath.dirname(path)
        if f"{folder}/__init__.py" not in self.project.paths:
            return path
        if folder not in self._tops:
            above = folder
            while f"{posixpath.dirname(above)}/__init__.py" in self.project.paths:
                above = posixpath.dirname(above)
            self._tops[folder] = above
        return self._tops[folder]

    def _root(self, top: str) -> str:
        above = self._above.setdefault(top, top)
        while above != top:
            self._above[top] = self._above[above]
            top, above = above, self._above[above]
        return top


def _imported(data: bytes) -> Iterator[str]:
    names = {name for each in _IMPORT.findall(data) for name in (each[0], each[2], *_NAME.findall(each[1])) if name}
    if b"import_module" in data or b"__import__" in data:
        names |= set(_QUOTED.findall(data))
    return (name.decode("utf-8", "replace") for name in names)
