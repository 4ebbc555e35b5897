"""What of a tree has to be followed for some of its files: those that they may have a say in, and what these rest on."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costgate.knowledge.prompt_files import prompt_file
from costgate.model.tree import Tree
from costgate.read.catalog import Catalog
from costgate.read.imports import Edges, Light, Ties, light, reached, turned
from costgate.read.loaded import EXAMPLES
from costgate.read.locks import kind_of
from costgate.read.notebook import CHECKPOINTS, SUFFIX, searchable

OBJECTS = ("model-object", "agent")
_TEXTS = (".j2", ".jinja", ".jinja2", ".tmpl", ".md", ".txt", ".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".xml", ".html")
_FURTHER = (".prompt", ".prompty", ".mustache", ".hbs", ".poml", ".csv", ".jsonl")
MAX_DATA = 200
"""Changed files other than code that are looked for one by one; of more it is not told who reads them."""
MAX_BYTES = 2_000_000
_WORD = re.compile(rb"[A-Za-z_]\w*")
_NAMES_MODELS = re.compile(rb"\bmodel_list\b")


@dataclass(frozen=True, slots=True)
class Focus:
    """The files whose calls are followed, and those in which something may stand that these ask for."""

    files: frozenset[str]
    around: frozenset[str]


def is_code(path: str) -> bool:
    """Whether a path is one that calls may stand in."""
    return path.endswith(".py") or path.endswith(SUFFIX) and CHECKPOINTS not in path


def focus_of(trees: Sequence[Tree], changed: frozenset[str], further: Collection[str], knowledge: Mapping[str, Any]) -> Focus | None:
    """The focus of a change, the same for both trees; None where its reach is not clear. The newer tree comes last.

    `further`: files that are wanted though they did not change.
    """
    plain = {path for path in changed if not is_code(path)}
    if any(kind_of(path) is not None or path in EXAMPLES for path in plain) or len(plain) > MAX_DATA or not _plain(trees, changed):
        return None
    data = _with_users(trees, plain)
    if data is None:
        return None
    catalog = Catalog(knowledge, lambda entry, path: entry)
    sides = _sides(trees, changed, _reading(data, changed - data) if changed else None)
    edges: Edges = {}
    for at, side in enumerate(sides):
        if at and side.lights.keys() == sides[0].lights.keys():
            edges = _united(edges, _changed_only(side, sides[0], trees[at], catalog, changed))
        else:
            edges = _united(edges, Ties(side.lights, catalog.modules, _bytes_of(trees[at])).all())
    backwards = turned(edges)
    start = {*changed, *further}.union(*(side.users for side in sides)) & edges.keys()
    reach = reached(start, backwards)
    if _configures(trees, reach, knowledge):
        return None
    files = reached(reach, edges)
    files |= reached(_making_objects(sides[-1], trees[-1], files - reach, catalog, knowledge), backwards)
    return Focus(frozenset(files), frozenset(reached(files, backwards)))


@dataclass(frozen=True, slots=True)
class _Side:
    lights: Mapping[str, Light]
    users: frozenset[str]
    """The files that may read a changed file of data."""


def _sides(trees: Sequence[Tree], changed: Collection[str], users: re.Pattern[bytes] | None) -> list[_Side]:
    """Each tree at a look; what did not change is looked at once."""
    sides: list[_Side] = []
    for tree in reversed(trees):
        known = sides[0] if sides else None
        lights: dict[str, Light] = {}
        using: set[str] = set()
        for entry in tree.entries():
            path = entry.path
            if entry.kind != "file" or not is_code(path):
                continue
            if known is not None and path not in changed and path in known.lights:
                lights[path] = known.lights[path]
                continue
            data = searchable(path, _bytes(tree, path))
            lights[path] = light(data)
            if users is not None and users.search(data):
                using.add(path)
        sides.insert(0, _Side(lights, frozenset(using)))
    return sides


def _changed_only(side: _Side, first: _Side, tree: Tree, catalog: Catalog, changed: Collection[str]) -> Edges:
    """The edges of a tree with the same files as another one; asked only where some file is tied otherwise."""
    same = all(side.lights[path] == first.lights[path] for path in changed if path in side.lights)
    return {} if same else Ties(side.lights, catalog.modules, _bytes_of(tree)).all()


def _united(one: Edges, other: Edges) -> Edges:
    return {path: one.get(path, set()) | other.get(path, set()) for path in (*one, *(each for each in other if each not in one))}


def _plain(trees: Sequence[Tree], changed: Collection[str]) -> bool:
    """Whether all that changed are files: what is behind a link or a submodule is not told."""
    kinds = {entry.kind for tree in trees for entry in tree.entries() if entry.path in changed}
    return kinds <= {"file"}


def _with_users(trees: Sequence[Tree], data: set[str]) -> set[str] | None:
    """Changed files of data with those files of data that may bring them in; None where one says what models are called."""
    if not data:
        return data
    for tree in trees:
        if any(_NAMES_MODELS.search(_bytes(tree, path)) for path in data if path in tree):
            return None
    found, new = set(data), set(data)
    texts = [entry.path for entry in trees[-1].entries() if entry.kind == "file" and _is_text(entry.path)]
    while new:
        wanted = _reading(new)
        new = {path for path in texts if path not in found and wanted.search(_bytes(trees[-1], path)[:MAX_BYTES])}
        found |= new
        if len(found) > MAX_DATA:
            return None
    return found


def _is_text(path: str) -> bool:
    return not is_code(path) and (path.endswith((*_TEXTS, *_FURTHER)) or prompt_file(path) is not None)


def _reading(data: Iterable[str], code: Iterable[str] = ()) -> re.Pattern[bytes]:
    """What a file says that reads one of these: its name, with or without suffixes, or a suffix behind a computed name.

    `code`: files that may be read as text, too, under their names.
    """
    words: set[str] = set()
    files = {posixpath.basename(path) for path in code} - {"__init__.py"}
    suffixes: set[str] = set()
    for path in data:
        name = posixpath.basename(path)
        words |= {name, name.lstrip("_.").split(".")[0]} - {""}
        suffixes |= {name[at:] for at, each in enumerate(name) if each == "." and at}
        if "." not in name.lstrip("."):
            words.add(posixpath.basename(posixpath.dirname(path)) or name)
    parts = [rb"(?<![\w-])(?:" + b"|".join(_escaped(words)) + rb")(?![\w-])"] if words else []
    if files:
        parts.append(rb"[\"'/](?:" + b"|".join(_escaped(files)) + rb")[\"']")
    if suffixes:
        parts.append(rb"(?:" + b"|".join(_escaped(suffixes)) + rb")(?:[\"'\s\\*]|$)")
    return re.compile(b"|".join(parts) or rb"(?!)", re.MULTILINE)


def _escaped(words: Iterable[str]) -> list[bytes]:
    return [re.escape(word.encode(errors="surrogatepass")) for word in sorted(words)]


def _configures(trees: Sequence[Tree], files: Iterable[str], knowledge: Mapping[str, Any]) -> bool:
    """Whether one of the files may hand over the object that answers wherever the tree gives none."""
    entries = (entry for each in knowledge["symbols"].values() for entry in each)
    specs = [entry["configured"] for entry in entries if entry.get("configured")]
    names = {str(name) for spec in specs for name in (*spec["symbols"], *spec.get("unless", ()))}
    roots = {name.partition(".")[0].encode() for name in names if "." in name}
    dotted = [name.rpartition(".")[2] for name in names if "." in name]
    single = [name for name in names if "." not in name]
    wanted = {True: _called(dotted), False: _called(single)}
    for tree in trees:
        for path in files:
            data = _bytes(tree, path)
            if wanted[False].search(data) or any(root in data for root in roots) and wanted[True].search(data):
                return True
    return False


def _called(names: Iterable[str]) -> re.Pattern[bytes]:
    return re.compile(rb"(?<!\w)(?:" + (b"|".join(_escaped(names)) or rb"(?!)") + rb")\(")


def _making_objects(side: _Side, tree: Tree, files: Iterable[str], catalog: Catalog, knowledge: Mapping[str, Any]) -> Iterator[str]:
    """The files that may build an object which is counted where it is used: who uses it has to be read, too."""
    names: dict[str, set[str]] = defaultdict(set)
    for symbol, entries in knowledge["symbols"].items():
        if any(catalog.site_kind(entry) in OBJECTS for entry in entries):
            names[symbol.partition(".")[0]].add(symbol.rpartition(".")[2])
    for path in files:
        roots = {module.partition(".")[0] for module, _ in side.lights[path].imports}
        wanted = {name for root in roots for name in names.get(root, ())}
        if wanted and not wanted.isdisjoint(each.decode("utf-8", "replace") for each in _WORD.findall(_bytes(tree, path))):
            yield path


def _bytes_of(tree: Tree) -> Any:
    return lambda path: searchable(path, _bytes(tree, path))


def _bytes(tree: Tree, path: str) -> bytes:
    try:
        return tree.read(path)
    except (OSError, KeyError):
        return b""
