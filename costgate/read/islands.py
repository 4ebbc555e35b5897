"""Which files of a tree can mean something of which others: those of one package, and those that imports lead to."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from costgate.read.imports import Imports, classes_of, imports_of, owners_of, reached, setters
from costgate.read.modules import Project


class Islands:
    """The outermost packages of a tree and what ties them. A file outside of packages is one by itself.

    In a repository of many applications a name that each of them uses is looked for only where it can be meant. What
    is in a package may mean all that is in it, in those it imports, and in those that extend a class of it or set
    something on an object or a class of it. Made by one scan of all files, when first asked.
    """

    def __init__(self, project: Project, paths: Iterable[str], bytes_of: Callable[[str], bytes]) -> None:
        self.project = project
        self.paths = paths
        self.bytes_of = bytes_of
        self._edges: dict[str, set[str]] = {}
        self._seen: dict[str, frozenset[str]] = {}
        self._tops: dict[str, str] = {}
        self._packages: dict[str, str] = {}
        self._meant_by: dict[tuple[str, str], frozenset[str]] = {}
        self._within: dict[str, list[str]] = defaultdict(list)
        self._below: dict[str, set[str]] = defaultdict(set)
        self._setting: dict[str, frozenset[bytes]] = {}

    def top(self, path: str) -> str:
        """The outermost package that a file stands in; outside of packages the file itself."""
        found = self._tops.get(path)
        if found is None:
            found = self._tops[path] = self._outermost(posixpath.dirname(path)) or path
        return found

    def _outermost(self, folder: str) -> str:
        """The outermost package that a folder is in, or is; "" for none."""
        new = []
        while folder and folder not in self._packages:
            new.append(folder)
            folder = posixpath.dirname(folder)
        found = self._packages.get(folder, "")
        for each in reversed(new):
            found = self._packages[each] = found or (each if f"{each}/__init__.py" in self.project.paths else "")
        return found

    def seen_from(self, path: str) -> frozenset[str]:
        """The packages of which a file may mean something."""
        self.tie()
        top = self.top(path)
        found = self._seen.get(top)
        if found is None:
            found = self._seen[top] = frozenset(reached((top,), self._edges))
        return found

    def tie(self) -> None:
        """Find the ties, where that is not done."""
        if self._edges:
            return
        for path in self.paths:
            top = self.top(path)
            self._within[top].append(path)
            folder = posixpath.dirname(path)
            while folder:
                self._below[folder].add(top)
                folder = posixpath.dirname(folder)
        self._edges = {top: set() for top in self._within}
        for path in self.paths:
            data = self.bytes_of(path)
            top, folder = self.top(path), posixpath.dirname(path)
            imports = imports_of(data)
            others = {other for module, _ in imports for other in self._meant(folder, module)} - {top}
            self._edges[top] |= others
            for other in self._told_of(folder, data, imports) & others if others else ():
                self._edges[other].add(top)
        for each in (self._meant_by, self._within, self._below, self._setting):
            each.clear()  # nothing else asks them, and they grow with the tree

    def _meant(self, folder: str, name: str) -> frozenset[str]:
        """The packages and files that an import in a file of a folder may lead to."""
        root = name if name.startswith(".") else name.split(".")[0]
        found = self._meant_by.get((folder, root))
        if found is None:
            found = self._meant_by[folder, root] = frozenset(
                top
                for base in self._bases(folder, root)
                for top in (*self._below.get(base, ()), *((self.top(f"{base}.py"),) if f"{base}.py" in self.project.paths else ()))
                if top in self._edges
            )
        return found

    def _bases(self, folder: str, root: str) -> Iterator[str]:
        """The modules and folders, without suffix, that the first word of an import may stand for."""
        rest = root.lstrip(".")
        if rest == root:
            yield from (posixpath.join(each, root) for each in self.project.folders_for(folder, root))
            return
        for _ in range(len(root) - len(rest) - 1):
            folder = posixpath.dirname(folder)
        yield posixpath.join(folder, rest.split(".")[0]) if rest else folder

    def _told_of(self, folder: str, data: bytes, imports: Imports) -> set[str]:
        """The packages in whose classes and objects a file has a say: it extends them, or sets something on them."""
        locals_of = [(module, {local.encode(errors="surrogatepass") for _, local in taken}) for module, taken in imports]
        words = classes_of(data)[1] | owners_of(data, {local for _, names in locals_of for local in names})
        return {
            top
            for module, names in locals_of
            for top in self._meant(folder, module)
            if words and (b"*" in names or not words.isdisjoint(names))
            or any(b"." + name + b"(" in data for name in self._setters(top))
        }

    def _setters(self, top: str) -> frozenset[bytes]:
        """The functions of a package that set something on a class of it."""
        if top not in self._setting:
            self._setting[top] = frozenset(name for path in self._within[top] for name in setters(self.bytes_of(path)))
        return self._setting[top]
