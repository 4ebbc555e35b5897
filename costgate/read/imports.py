"""Which files of a tree may have a say in which others: edges of imports, heirs and shared state, from one scan of the bytes."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from costgate.read.modules import Project

Edges: TypeAlias = "dict[str, set[str]]"
"""A file -> the files that what it says may depend on."""

_IMPORT = re.compile(
    rb"(?:^[ \t\"]*|[;:][ \t]*)(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\((?:[^)#]|#[^\n]*)*|(?:[^\n#;\\]|\\\r?\n)*)"
    rb"|import[ \t]+((?:[^\n#;\\]|\\\r?\n)*))",
    re.MULTILINE,
)
_BOUND = re.compile(rb"([\w.]+|\*)(?:[ \t]+as[ \t]+(\w+))?")
_COMMENT = re.compile(rb"#[^\n]*")
_CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)(?:[^(:\n]*\(([^()]*(?:\([^()]*\)[^()]*)*)\))?", re.MULTILINE)
_WORD = re.compile(rb"\w+")
_SET = re.compile(rb"^[ \t]*(?!self\.|cls\.)([A-Za-z_]\w*)(?:\.\w+)*\.\w+[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_SET_BY_NAME = re.compile(rb"\bsetattr\(\s*(\w+)")
_OF_CLASS = re.compile(rb"^[ \t]+(cls|[A-Z]\w*)\.\w+[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_DEF = re.compile(rb"\bdef[ \t]+(\w+)")
_GIVEN = re.compile(rb"^[ \t]*(\w+)[ \t]*(?::[^=\n]*)?=[ \t]*(?:await[ \t]+)?(\w+)", re.MULTILINE)
_HELD = re.compile(rb"[ \t]as[ \t]+(\w+)[ \t]*:")
_QUOTED = re.compile(rb"[\"']([\w.]+)[\"']")
NEAR = 4
"""So many imports away a name may stand that is passed on from file to file."""


@dataclass(frozen=True, slots=True)
class Light:
    """What a look at a file's bytes tells of its ties to others."""

    imports: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """The module named in each import, and (name, local name) for what is taken from it; for a plain import "" is taken."""
    classes: frozenset[bytes] = frozenset()
    bases: frozenset[bytes] = frozenset()
    owners: frozenset[bytes] = frozenset()
    """First words of what attributes are set on, `self` left out."""
    setters: frozenset[bytes] = frozenset()
    """Functions in whose body, or behind which, something is set on a class."""


def light(data: bytes) -> Light:
    """A file's ties. Words in text and comments may add some, which does no harm."""
    found = _CLASS.findall(data)
    classes = frozenset(name for name, _ in found)
    imports = tuple(_imports(data))
    return Light(
        imports,
        classes,
        frozenset(word for _, bases in found for word in _WORD.findall(bases)),
        frozenset(_owners(data, {local.encode(errors="surrogatepass") for _, taken in imports for _, local in taken})),
        frozenset(_setters(data, classes)),
    )


def setters(data: bytes) -> frozenset[bytes]:
    """The functions of a file that set something on a class of it."""
    return frozenset(_setters(data, frozenset(name for name, _ in _CLASS.findall(data)))) if _OF_CLASS.search(data) else frozenset()


def _owners(data: bytes, imported: set[bytes]) -> set[bytes]:
    """The imported names that the names stand for on which attributes are set."""
    owners = set(_SET.findall(data)) | (set(_SET_BY_NAME.findall(data)) if b"setattr(" in data else set())
    local = owners - imported
    if not local:
        return owners
    for name, given in _GIVEN.findall(data):
        if name in local:
            owners.add(given)
    for match in _HELD.finditer(data):
        if match.group(1) in local:
            owners |= set(_WORD.findall(data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()]))
    return owners & imported


def _imports(data: bytes) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    for module, names, plain in _IMPORT.findall(data):
        if module:
            taken = _BOUND.findall(_COMMENT.sub(b"", names))
            yield module.decode("utf-8", "replace"), tuple(_pair(name, alias or name) for name, alias in taken)
            continue
        for name, alias in _BOUND.findall(plain):
            if name not in (b"as", b"*"):
                yield name.decode("utf-8", "replace"), (("", (alias or name.split(b".")[0]).decode("utf-8", "replace")),)
    if b"import_module" in data or b"__import__" in data:
        for name in set(_QUOTED.findall(data)):
            yield name.decode("utf-8", "replace"), (("", ""),)


def _pair(name: bytes, alias: bytes) -> tuple[str, str]:
    return name.decode("utf-8", "replace"), alias.decode("utf-8", "replace")


def _setters(data: bytes, classes: frozenset[bytes]) -> Iterator[bytes]:
    """The functions that set something on their class."""
    starts: list[int] = []
    names: list[bytes] = []
    for match in _OF_CLASS.finditer(data):
        if match.group(1) != b"cls" and match.group(1) not in classes:
            continue
        if not starts:
            defs = list(_DEF.finditer(data))
            starts, names = [each.start() for each in defs], [each.group(1) for each in defs]
        at = bisect_left(starts, match.start())
        if at and not names[at - 1].startswith(b"__"):
            yield names[at - 1]


class Ties:
    """The edges of one tree. `lights` are the files by path, `bytes_of` gives a file's bytes again."""

    def __init__(self, lights: Mapping[str, Light], foreign: frozenset[str], bytes_of: Callable[[str], bytes]) -> None:
        self.lights = lights
        self.bytes_of = bytes_of
        self.project = Project(frozenset(lights), lambda path: None, foreign=foreign)
        self.stems = {part.removesuffix(".py") for path in lights for part in path.split("/")}
        self.children: dict[str, list[str]] = defaultdict(list)
        for path in lights:
            folder = posixpath.dirname(path)
            self.children[posixpath.dirname(folder) if path.endswith("/__init__.py") else folder].append(path)
        self._found: dict[tuple[str, str], str | None] = {}
        self._bound: dict[str, dict[str, set[str]]] = {}
        self.edges: Edges = {path: set() for path in lights}
        self._direct: Edges = {}

    def all(self) -> Edges:
        """Every edge of the tree."""
        for path, each in self.lights.items():
            self.edges[path] |= {file for files in self._names(path, each).values() for file in files}
        self._direct = {path: set(files) for path, files in self.edges.items()}
        self._heirs()
        self._shared()
        for path in self.edges:
            self.edges[path].discard(path)
        return self.edges

    def _names(self, path: str, each: Light) -> dict[str, set[str]]:
        """The files that each imported name of a file may lead to."""
        bound: dict[str, set[str]] = defaultdict(set)
        self._bound[path] = bound
        data: bytes | None = None
        for module, taken in each.imports:
            if not module.startswith(".") and module.split(".")[0] not in self.stems:
                continue
            for name, local in taken:
                for target in self._targets(path, module, name):
                    bound[local].add(target)
                    if target.endswith("__init__.py") and name in ("", target.split("/")[-2:][0]):
                        data = self.bytes_of(path) if data is None else data
                        bound[local].update(self._below(posixpath.dirname(target), _behind(local, data)))
        return bound

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
                package = f"{posixpath.dirname(found)}/__init__.py"
                if name and package in self.lights:  # it may give out another thing under the name of the module
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
        for child in self.children.get(folder, ()):
            package = child.endswith("/__init__.py")
            inner = posixpath.dirname(child) if package else child.removesuffix(".py")
            if posixpath.basename(inner).encode(errors="surrogatepass") in words:
                yield child
                if package:
                    yield from self._below(inner, words)

    def _heirs(self) -> None:
        """A class may be one of its heirs: what extends it has a say in it."""
        for path, each in self.lights.items():
            bound = self._bound[path]
            for base in each.bases:
                name = base.decode("utf-8", "replace")
                for local, asked in ((name, self._called(path, name)), ("*", name)):
                    for file in self._origins(bound.get(local, ()), asked) if local in bound else ():
                        if asked.encode(errors="surrogatepass") in self.lights[file].classes:
                            self.edges[file].add(path)
            modules = {file for name, files in bound.items() if name.encode(errors="surrogatepass") in each.bases for file in files}
            for file in modules:  # `class Mine(module.Base)`
                if self.lights[file].classes & each.bases:
                    self.edges[file].add(path)

    def _called(self, path: str, local: str) -> str:
        """What an imported name is called where it comes from."""
        pairs = (pair for _, taken in self.lights[path].imports for pair in taken)
        return next((name for name, own in pairs if own == local and name), local)

    def _shared(self) -> None:
        """What a file sets on an object, module or class of another has a say in that one."""
        for path, each in self.lights.items():
            bound = self._bound[path]
            for owner in each.owners if bound else ():
                name = owner.decode("utf-8", "replace")
                for file in self._origins(bound.get(name, ()), self._called(path, name)):
                    self.edges[file].add(path)
        setting = {path for path, each in self.lights.items() if each.setters}
        classes = {name.decode("utf-8", "replace") for path in setting for name in self.lights[path].classes}
        for path, bound in self._bound.items() if setting else ():
            near = self._direct[path] & setting
            for name in classes & bound.keys():
                near |= self._origins(bound[name], name) & setting
            data = self.bytes_of(path) if near else b""
            for file in near:
                if any(b"." + name + b"(" in data for name in self.lights[file].setters):
                    self.edges[file].add(path)

    def _origins(self, files: Iterable[str], name: str) -> set[str]:
        """The files that a name is imported from, and those that these have it from."""
        seen: set[str] = set()
        new = set(files)
        for _ in range(NEAR):
            seen |= new
            new = {file for each in new for file in self._bound[each].get(name, ())} - seen
        return seen


def _behind(name: str, data: bytes) -> set[bytes]:
    """The words that stand behind a name and a dot."""
    chains = re.findall(re.escape(name.encode(errors="surrogatepass")) + rb"((?:\s*\.\s*\w+)+)", data)
    return {word for chain in chains for word in _WORD.findall(chain)}


def reached(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything that edges lead to, the start included."""
    seen = set(start)
    todo = list(seen)
    while todo:
        for each in edges.get(todo.pop(), ()):
            if each not in seen:
                seen.add(each)
                todo.append(each)
    return seen


def turned(edges: Mapping[str, Iterable[str]]) -> Edges:
    """The same edges the other way round."""
    found: Edges = defaultdict(set)
    for path, files in edges.items():
        for file in files:
            found[file].add(path)
    return found
