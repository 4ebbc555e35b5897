"""The modules of one tree: outlines on demand, positions, and which file an import means."""

from __future__ import annotations

import posixpath
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import Any, TypeVar

from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.python import Term, lower

MAX_MODULES = 150
"""Modules that are held at once; one that is asked for again after that is made again."""
_LAST = 2**62
K = TypeVar("K")
T = TypeVar("T")
_TESTS = ("tests/", "test/", "testing/")


def _grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    found: dict[K, list[T]] = defaultdict(list)
    for key, each in pairs:
        found[key].append(each)
    return found


class Module:
    """One Python file, outlined. Bindings, calls and blocks are indexed by scope, each when it is first asked for."""

    def __init__(
        self, path: str, source: bytes, facts: ol.Outline, cells: Sequence[tuple[int, int]] = ()
    ) -> None:
        self.cells = cells
        """For a notebook: the 0-based line at which each code cell begins, and the cell's index."""
        self.path = path
        self.source = source
        self.facts = facts
        self.terms: dict[tuple[int, int], Term] = {}
        self._blocks: dict[tuple[int, int], int] = {}
        self._scoped: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self._named: dict[int, set[str]] = {}
        self._groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._chains: dict[int, list[int]] = {}
        self._spans: dict[tuple[int, int], Span] = {}
        self._told: dict[Hashable, Any] = {}

    @cached_property
    def bindings(self) -> dict[tuple[int, str], list[list[Any]]]:
        """The bindings of each target by scope."""
        return _grouped(((row[ol.B_SCOPE], row[ol.B_TARGET]), row) for row in self.facts["bindings"])

    @cached_property
    def prefixed(self) -> dict[tuple[int, str], list[list[Any]]]:
        """The bindings of what is inside of a target: `texts["a"]` under `texts`."""
        rows = ((row, row[ol.B_TARGET].partition("[")) for row in self.facts["bindings"])
        return _grouped(((row[ol.B_SCOPE], head), row) for row, (head, inside, _) in rows if inside)

    @cached_property
    def imports(self) -> dict[tuple[int, str], list[list[Any]]]:
        """The imports of each name by scope."""
        return _grouped(((row[ol.I_SCOPE], row[ol.I_NAME]), row) for row in self.facts["imports"])

    @cached_property
    def calls(self) -> dict[int, list[list[Any]]]:
        """The calls by scope."""
        return _grouped((row[ol.C_SCOPE], row) for row in self.facts["calls"])

    @cached_property
    def calls_by_tail(self) -> dict[str, list[list[Any]]]:
        """The calls by the last name of what is called."""
        return _grouped((row[ol.C_TAIL], row) for row in self.facts["calls"])

    @cached_property
    def jumps(self) -> dict[int, list[list[Any]]]:
        """What leaves or gives back, by scope."""
        return _grouped((row[ol.J_SCOPE], row) for row in self.facts["jumps"])

    @cached_property
    def outer(self) -> dict[str, list[int]]:
        """The scopes that declare a name to be an outer one."""
        rows = (row for row in self.facts["jumps"] if row[ol.J_KIND] == "global")
        return _grouped((name, row[ol.J_SCOPE]) for row in rows for name in row[ol.J_END])

    @cached_property
    def methods(self) -> dict[int, list[int]]:
        """The scopes directly inside of each."""
        return _grouped((row[ol.S_PARENT], index) for index, row in enumerate(self.facts["scopes"]))

    @cached_property
    def _lines(self) -> array[int]:
        found = array("q", [0])
        at = self.source.find(b"\n")
        while at >= 0:
            found.append(at + 1)
            at = self.source.find(b"\n", at + 1)
        return found

    def told(self, what: Hashable, tell: Callable[[Module], T]) -> T:
        """What a function tells of this module, asked once."""
        if what not in self._told:
            self._told[what] = tell(self)
        return self._told[what]  # type: ignore[no-any-return]

    def term(self, start: int, end: int) -> Term:
        """The lowered expression of a slice."""
        found = self.terms.get((start, end))
        if found is None:
            found = lower(self.source[start:end].decode("utf-8", "replace"))
            self.terms[start, end] = found
        return found

    def text(self, start: int, end: int) -> str:
        """The source of a slice."""
        return self.source[start:end].decode("utf-8", "replace")

    def bytes_of(self, start: int, characters: int) -> int:
        """How many bytes that many characters take from an offset on."""
        chunk = self.source[start : start + 4 * characters]
        if chunk[:characters].isascii():
            return characters
        return len(chunk.decode("utf-8", "ignore")[:characters].encode())

    def line(self, at: int) -> int:
        """The 1-based line of a byte offset."""
        return bisect_right(self._lines, at)

    def span(self, start: int, end: int | None = None) -> Span:
        """A place in this file; columns count UTF-16 units, as editors and code scanning do."""
        end = start if end is None or end < start else end
        found = self._spans.get((start, end))
        if found is None:
            found = self._spans[start, end] = self._span(start, end)
        return found

    def _span(self, start: int, end: int) -> Span:
        first, last = self.line(start), self.line(end)
        column, end_column = self._column(first, start), self._column(last, end)
        if not self.cells:
            return Span(self.path, first, column, last, end_column)
        before, cell = self.cells[max(bisect_right(self.cells, (first - 1, _LAST)) - 1, 0)]
        return Span(self.path, first - before, column, last - before, end_column, cell)

    def place(self, at: int) -> str:
        """The line of an offset in words, with its cell in a notebook."""
        span = self.span(at)
        return f"line {span.line}" if span.cell is None else f"line {span.line} of cell {span.cell + 1}"

    def _column(self, line: int, at: int) -> int:
        head = self.source[self._lines[line - 1] : at]
        return len(head if head.isascii() else head.decode("utf-8", "replace").encode("utf-16-le")[::2]) + 1

    def scope(self, index: int) -> list[Any]:
        """The row of a scope."""
        return self.facts["scopes"][index]

    def qualified(self, index: int) -> str:
        """The dotted name of a scope inside the module, "" for the module itself."""
        names: list[str] = []
        while index > 0:
            names.append(self.scope(index)[ol.S_NAME])
            index = self.scope(index)[ol.S_PARENT]
        return ".".join(reversed(names))

    def block_at(self, scope: int, at: int) -> int:
        """The innermost block of a scope that holds an offset."""
        found = self._blocks.get((scope, at))
        if found is not None:
            return found
        if not self._scoped:
            for index, row in enumerate(self.facts["blocks"]):
                self._scoped[row[ol.K_SCOPE]].append((row[ol.K_START], row[ol.K_END], index))
        best = self.scope(scope)[ol.S_BLOCK]
        for start, end, index in self._scoped.get(scope, ()):
            if start <= at < end:
                best = index
        self._blocks[scope, at] = best
        return int(best)

    def branches(self, block: int) -> list[int]:
        """The branches of the if statement or match that a block is one of, in their order."""
        if not self._groups:
            for index, row in enumerate(self.facts["blocks"]):
                if row[ol.K_KIND] in ("if", "elif", "else", "case"):
                    self._groups[row[ol.K_SCOPE], row[ol.K_GROUP]].append(index)
        row = self.facts["blocks"][block]
        return self._groups[row[ol.K_SCOPE], row[ol.K_GROUP]]

    def may_bind(self, scope: int, name: str) -> bool:
        """Whether a scope can give a name a value at all; most scopes on the way outward cannot."""
        names = self._named.get(scope)
        if names is None:
            row = self.facts["scopes"][scope]
            names = self._named[scope] = {param[ol.P_NAME] for param in row[ol.S_PARAMS]}
        if name in names or (scope, name) in self.bindings or (scope, name) in self.imports:
            return True
        return scope == 0 and (name in self.outer or name.startswith("__")) or (scope, "*") in self.imports

    def chain(self, block: int) -> list[int]:
        """A block and its ancestors inside the same scope, the innermost first."""
        found = self._chains.get(block)
        if found is None:
            rows = self.facts["blocks"]
            found = [block]
            while (above := rows[found[-1]][ol.K_PARENT]) >= 0 and rows[above][ol.K_SCOPE] == rows[block][ol.K_SCOPE]:
                found.append(above)
            self._chains[block] = found
        return found

    def lookup_class(self, scope: int) -> int | None:
        """The class a method belongs to, None outside classes."""
        parent = self.scope(scope)[ol.S_PARENT]
        return parent if parent >= 0 and self.scope(parent)[ol.S_KIND] == "class" else None


class Project:
    """All modules of a tree. `load` outlines one file by path (or None when it cannot be read), `drop` hears of one that
    is not held any longer.

    `foreign` are names of distributions: a folder of that name means it only at the root of the tree.
    """

    def __init__(
        self,
        paths: frozenset[str],
        load: Callable[[str], Module | None],
        drop: Callable[[Module], None] = lambda module: None,
        foreign: frozenset[str] = frozenset(),
    ) -> None:
        self.paths = paths
        self.most = MAX_MODULES
        self.near = paths
        """Where something may stand that is asked for; less than all where only a change is looked at."""
        self.foreign = foreign
        self._load = load
        self._drop = drop
        self._modules: dict[str, Module | None] = {}
        """The latest asked for last."""
        self._met: set[str] = set()
        self._found: dict[tuple[str, str], tuple[str, str] | None] = {}
        self._extending: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._roots: dict[str, set[str]] = defaultdict(set)
        for path in paths:
            if path.endswith("/__init__.py"):
                folder = posixpath.dirname(path)
                parent = posixpath.dirname(folder)
                if posixpath.join(parent, "__init__.py") not in paths:
                    self._roots[posixpath.basename(folder)].add(parent)

    def module(self, path: str) -> Module | None:
        """The module of a path, outlined at first use."""
        held = path in self._modules
        found = self._modules[path] = self._modules.pop(path) if held else self._load(path)
        if found is not None and path not in self._met:
            self._met.add(path)
            for index, row in enumerate(found.facts["scopes"]):
                for start, end in row[ol.S_BASES]:
                    name = found.text(start, end).split("[")[0].rpartition(".")[2]
                    self._extending[name].append((path, index))
        if not held and len(self._modules) > self.most:
            oldest = self._modules.pop(next(iter(self._modules)))
            if oldest is not None:
                self._drop(oldest)
        return found

    def let_go(self) -> None:
        """Hold no module any longer."""
        for module in self.held():
            self._drop(module)
        self._modules.clear()

    def apart(self) -> Project:
        """The same modules for another who follows: which others it comes to know on the way stays its own."""
        extending = defaultdict(list, {name: list(classes) for name, classes in self._extending.items()})
        other = copy(self)
        vars(other).update(_met=set(self._met), _extending=extending)
        return other

    def meet(self, paths: Iterable[str], *, hold: bool = True) -> None:
        """Have all classes of some files known before anybody asks for the heirs of one. `hold`: whether they are wanted here next."""
        most, self.most = self.most, self.most if hold else 1
        for path in paths:
            self.module(path)
        self.most = most

    def extending(self, name: str) -> tuple[tuple[str, int], ...]:
        """The classes of the modules outlined so far that name a base class so: path and scope of each."""
        return tuple(self._extending.get(name, ()))

    def held(self) -> list[Module]:
        """The modules held now."""
        return [module for module in self._modules.values() if module is not None]

    def find(self, importer: str, dotted: str) -> tuple[str, str] | None:
        """The file that a dotted import means, and what is left of the name: ("app/llm.py", "client").

        Relative names start with dots. None: the import leaves the tree.
        """
        asked = (importer, dotted)
        if asked not in self._found:
            self._found[asked] = self._find(importer, dotted)
        return self._found[asked]

    def _find(self, importer: str, dotted: str) -> tuple[str, str] | None:
        if dotted.startswith("."):
            rest = dotted.lstrip(".")
            folder = posixpath.dirname(importer)
            for _ in range(len(dotted) - len(rest) - 1):
                folder = posixpath.dirname(folder)
            return self._under(folder, rest)
        root = dotted.split(".")[0]
        for folder in self._around(posixpath.dirname(importer)) if root not in self.foreign else ():
            found = self._under(folder, dotted)
            if found and found[0] != importer:
                return found
        for folder in self._elsewhere(root):
            found = self._under(folder, dotted)
            if found:
                return found
        return None

    def folders_for(self, folder: str, root: str) -> Iterator[str]:
        """Where the first word of an absolute import may be that stands in a file of a folder."""
        yield from self._around(folder) if root not in self.foreign else ()
        yield from self._elsewhere(root)

    def _around(self, folder: str) -> Iterator[str]:
        while True:
            if posixpath.join(folder, "__init__.py") not in self.paths:
                yield folder
            if not folder:
                return
            folder = posixpath.dirname(folder)

    def _elsewhere(self, root: str) -> tuple[str, ...]:
        return ("", "src") if root in self.foreign else (*sorted(self._roots.get(root, ())), "src")

    def _under(self, folder: str, dotted: str) -> tuple[str, str] | None:
        parts = dotted.split(".") if dotted else []
        for count in range(len(parts), 0, -1):
            base = posixpath.join(folder, *parts[:count])
            for path in (f"{base}.py", f"{base}/__init__.py"):
                if path in self.paths:
                    return path, ".".join(parts[count:])
        own = posixpath.join(folder, "__init__.py")
        return (own, dotted) if own in self.paths and dotted and not parts[1:] else None


def is_test(path: str) -> bool:
    """Whether a path is that of a test."""
    name = path.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py" or any(
        f"/{folder}" in f"/{path}" for folder in _TESTS
    )


def exporting(project: Project, module: Module, path: str) -> Module | None:
    """The package that gives a name of its own out under the name of one of its modules: `from .load import load`."""
    inner = path.removesuffix("/__init__.py").removesuffix(".py")
    folder, _, name = inner.rpartition("/")
    package = f"{folder}/__init__.py"
    if not folder or package == module.path or package not in project.paths:
        return None
    other = project.module(package)
    rows = other.imports.get((0, name), ()) if other is not None else ()
    return other if any(row[ol.I_TARGET].endswith(f"{name}.{name}") for row in rows) else None
