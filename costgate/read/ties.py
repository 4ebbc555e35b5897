"""Which files of a tree may have a say in which others: asked for a few files, told without a look at all the rest."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from costgate.read.imports import Imports, behind, classes_of, handed_in, owners_of, setters_of, turned
from costgate.read.modules import Project

NEAR = 4
"""So many imports away a name may stand that is passed on from file to file."""
TURNING = 100
"""After looking into so many files for each one there is, all imports are turned round: in a large package many files may
import one of it.
"""
_PACKAGE = "/__init__.py"
_ANY = "."
"""The root of a relative import that may lead out of the outermost folder; of another one with that folder behind it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says of classes, by its bytes."""

    classes: frozenset[bytes]
    bases: frozenset[bytes]
    owners: frozenset[bytes]
    setters: frozenset[bytes]
    handed: frozenset[bytes]


class Ties:
    """The ties of one tree. `imports` are those of its files, by path; `bytes_of` gives the bytes of a file again."""

    def __init__(
        self,
        imports: Mapping[str, Imports],
        foreign: frozenset[str],
        bytes_of: Callable[[str], bytes],
        like: Ties | None = None,
        changed: Collection[str] = (),
    ) -> None:
        self.imports = imports
        self.bytes_of = bytes_of
        self.like = like
        """The ties of another tree with the same paths; what is said of files that are not `changed` is the same there."""
        self.changed = changed
        self.project = Project(frozenset(imports), lambda path: None, foreign=foreign)
        self.stems = {part.removesuffix(".py") for path in imports for part in path.split("/")}
        self.paths = sorted(imports)
        self._found: dict[tuple[str, str], str | None] = {}
        self._bound: dict[str, dict[str, set[str]]] = {}
        self._direct: dict[str, set[str]] = {}
        self._said: dict[str, Said] = {}
        self._importers: dict[str, set[str]] = {}
        self._turned: Mapping[str, set[str]] = {}
        self._tried = 0
        self._roots: dict[str, set[str]] = defaultdict(set)
        for path in imports:
            if path.endswith(_PACKAGE):
                above, name = posixpath.split(posixpath.dirname(path))
                self._roots[name].add(above)

    def before(self, path: str) -> set[str]:
        """The files that what a file says may have a say in, at once."""
        return (self.importers(path) | self._extended(path) | self._shared(path) | self._set_up(path)) - {path}

    def built(self, path: str) -> set[str]:
        """The files with a class that a file may build, and hand something to that nothing else tells."""
        data = self.bytes_of(path)
        found = set()
        for file in self.direct(path) | self._passed_on(path):
            said = self.said(file)
            if file != path and any(name + b"(" in data for name in said.handed):
                found.add(file)
        return found

    def said(self, path: str) -> Said:
        """What a file says of classes."""
        if self.like is not None and path not in self.changed:
            return self.like.said(path)
        found = self._said.get(path)
        if found is None:
            data = self.bytes_of(path)
            imported = {local.encode(errors="surrogatepass") for _, taken in self.imports[path] for _, local in taken}
            classes, bases = classes_of(data)
            found = Said(classes, bases, owners_of(data, imported), setters_of(data, classes), handed_in(data))
            self._said[path] = found
        return found

    # imports -------------------------------------------------------------------------------------------------------

    def importers(self, path: str) -> set[str]:
        """The files that an import leads from to a file."""
        found = self._importers.get(path)
        if found is None:
            found = self._importers[path] = self._importing(path)
        return found

    def _importing(self, path: str) -> set[str]:
        if not self._turned and self._tried > TURNING * len(self.imports):
            self._turned = turned({each: self.direct(each) for each in self.imports})
        if self._turned:
            return self._turned.get(path, set())
        perhaps = self._perhaps(path)
        self._tried += len(perhaps)
        return {each for each in perhaps if path in self.direct(each)}

    def _perhaps(self, path: str) -> set[str]:
        """The files whose imports have the words that one of a file may have."""
        folder, name = posixpath.split(path)
        roots = (*path.removesuffix(".py").split("/"), _ANY, _ANY + _top(path))
        if name != "__init__.py":
            found = self._naming(folder, name.removesuffix(".py"), roots)
        elif folder in ("", "src"):  # what no folder has may be said there
            return set(self.paths)
        else:
            found = self._naming(*posixpath.split(folder), roots) | set(self._inside(folder))
        package = folder if name != "__init__.py" else posixpath.dirname(folder)
        while f"{package}{_PACKAGE}" in self.imports:  # `import package`, and then `package.inner`
            if package == "src":  # under any name
                return set(self.paths)
            found |= self._naming(*posixpath.split(package), roots)
            package = posixpath.dirname(package)
        return found

    def _naming(self, folder: str, name: str, roots: Collection[str]) -> set[str]:
        """The files with an import of a module or package of a name that may stand in a folder.

        `roots`: what such an import may begin with, or where it may stand if it is a relative one.
        """
        found = set(self.saying(posixpath.basename(folder), name, roots)) if folder else set()
        inside = f"{folder}/" if folder else ""
        everywhere = folder in ("", "src") or folder in self._roots.get(name, ())
        found.update(each for each in self.saying("", name, roots) if everywhere or each.startswith(inside))
        return found

    def saying(self, before: str, word: str, roots: Collection[str]) -> Iterator[str]:
        """The files with an import from one of some roots in which one word follows another; "" comes before the first."""
        for root in roots:
            yield from self._words.get((root, before, word), ())
        if self.like is not None:
            yield from self.like.saying(before, word, roots)

    def _inside(self, folder: str) -> Iterator[str]:
        at = bisect_left(self.paths, f"{folder}/")
        while at < len(self.paths) and self.paths[at].startswith(f"{folder}/"):
            yield self.paths[at]
            at += 1

    @cached_property
    def _words(self) -> Mapping[tuple[str, str, str], list[str]]:
        found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for path, imports in self.imports.items() if self.like is None else [(each, self.imports.get(each, ())) for each in self.changed]:
            pairs = set()
            for module, taken in imports:
                if not module.startswith(".") and module.partition(".")[0] not in self.stems:
                    continue
                last, root = "", _root(path, module)
                for part in module.lstrip(".").split("."):
                    pairs.add((root, last, part))
                    last = part or last
                for name, _ in taken:
                    for part in name.split(".") if name and name != "*" else ():
                        pairs.add((root, last, part))
            for pair in pairs:
                found[pair].append(path)
        return found

    def direct(self, path: str) -> set[str]:
        """The files that the imports of a file lead to."""
        if self.like is not None and path not in self.changed:
            return self.like.direct(path)
        found = self._direct.get(path)
        if found is None:
            found = self._direct[path] = {file for files in self.bound(path).values() for file in files}
        return found

    def bound(self, path: str) -> Mapping[str, set[str]]:
        """The files that each imported name of a file may lead to."""
        if self.like is not None and path not in self.changed:
            return self.like.bound(path)
        found = self._bound.get(path)
        if found is None:
            found = self._bound[path] = self._names(path)
        return found

    def _names(self, path: str) -> dict[str, set[str]]:
        bound: dict[str, set[str]] = defaultdict(set)
        data: bytes | None = None
        for module, taken in self.imports[path]:
            if not module.startswith(".") and module.partition(".")[0] not in self.stems:
                continue
            for name, local in taken:
                for target in self._targets(path, module, name):
                    bound[local].add(target)
                    if target.endswith("__init__.py") and name in ("", target.split("/")[-2:][0]):
                        data = self.bytes_of(path) if data is None else data
                        bound[local].update(self._below(posixpath.dirname(target), behind(local, data)))
        return dict(bound)

    def _targets(self, path: str, module: str, name: str) -> Iterator[str]:
        if not name:
            parts = module.split(".")
            asked = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
        else:
            asked = [module if name == "*" else module + name if module.endswith(".") else f"{module}.{name}", module]
        for each in asked:
            found = self._find(path, each)
            if found is not None:
                yield found
                package = f"{posixpath.dirname(found)}{_PACKAGE}"
                if name and package in self.imports:  # it may give out another thing under the name of the module
                    yield package

    def _find(self, path: str, dotted: str) -> str | None:
        key = posixpath.dirname(path), dotted
        if key not in self._found:
            found = self.project.find(path, dotted)
            if found is not None and found[0] == path:  # `find` does not take the importer itself for what it imports
                return path
            self._found[key] = None if found is None else found[0]
        return self._found[key]

    def _below(self, folder: str, words: set[bytes]) -> Iterator[str]:
        """The modules of a package that are named behind a dot, where the package itself is at hand."""
        for word in words:
            inner = f"{folder}/{word.decode('utf-8', 'replace')}"
            if f"{inner}.py" in self.imports:
                yield f"{inner}.py"
            if f"{inner}{_PACKAGE}" in self.imports:
                yield f"{inner}{_PACKAGE}"
                yield from self._below(inner, words)

    # classes -------------------------------------------------------------------------------------------------------

    def _extended(self, path: str) -> set[str]:
        """The files of what the classes of a file extend: a class may be one of its heirs."""
        found: set[str] = set()
        said, bound = self.said(path), self.bound(path)
        for base in said.bases if bound else ():
            name = base.decode("utf-8", "replace")
            for local, asked in ((name, self._called(path, name)), ("*", name)):
                wanted = asked.encode(errors="surrogatepass")
                files = self._origins(bound[local], asked) if local in bound else ()
                found.update(file for file in files if wanted in self.said(file).classes)
        modules = {file for name, files in bound.items() if name.encode(errors="surrogatepass") in said.bases for file in files}
        return found | {file for file in modules if self.said(file).classes & said.bases}  # `class Mine(module.Base)`

    def _called(self, path: str, local: str) -> str:
        """What an imported name is called where it comes from."""
        pairs = (pair for _, taken in self.imports[path] for pair in taken)
        return next((name for name, own in pairs if own == local and name), local)

    def _shared(self, path: str) -> set[str]:
        """The files of objects, modules and classes that a file sets something on."""
        bound = self.bound(path)
        names = (owner.decode("utf-8", "replace") for owner in self.said(path).owners) if bound else ()
        return {file for name in names for file in self._origins(bound.get(name, ()), self._called(path, name))}

    def _set_up(self, path: str) -> set[str]:
        """The files with a class that is told something by a method which a file may call."""
        found: set[str] = set()
        data: bytes | None = None
        for file in self.direct(path) | self._passed_on(path):
            setters = self.said(file).setters
            if setters:
                data = self.bytes_of(path) if data is None else data
                if any(b"." + name + b"(" in data for name in setters):
                    found.add(file)
        return found

    def _passed_on(self, path: str) -> set[str]:
        """The files of classes that a file imports from where they are only passed on."""
        found: set[str] = set()
        for local, files in self.bound(path).items():
            name = self._called(path, local)
            further = self._origins(files, name) - files
            wanted = name.encode(errors="surrogatepass")
            found.update(file for file in further if wanted in self.said(file).classes)
        return found

    def _origins(self, files: Iterable[str], name: str) -> set[str]:
        """The files that a name is imported from, and those that these have it from."""
        seen: set[str] = set()
        new = set(files)
        for _ in range(NEAR):
            seen |= new
            new = {file for each in new for file in self.bound(each).get(name, ())} - seen
        return seen


def _top(path: str) -> str:
    """The outermost folder of a file."""
    return path.partition("/")[0] if "/" in path else ""


def _root(path: str, module: str) -> str:
    """What an import of a module begins with; for a relative one where it may lead."""
    if not module.startswith("."):
        return module.partition(".")[0]
    dots = len(module) - len(module.lstrip("."))
    return _ANY + _top(path) if dots < path.count("/") + 1 else _ANY
