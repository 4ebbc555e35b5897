"""What of a tree has to be followed for some of its files: those that they may have a say in, and what these rest on."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costgate.knowledge.assembled import naming
from costgate.knowledge.prompt_files import prompt_file
from costgate.model.tree import Cache, NoCache, Tree
from costgate.read.catalog import Catalog
from costgate.read.imports import Imports, led_to, reached, turned
from costgate.read.loaded import EXAMPLES
from costgate.read.locks import kind_of
from costgate.read.looks import Looks, is_nameable
from costgate.read.notebook import CHECKPOINTS, SUFFIX, searchable
from costgate.read.opening import writing_ways
from costgate.read.possible import Marks, is_sent
from costgate.read.ties import Ties

OBJECTS = ("model-object", "agent")
_TEXTS = (".j2", ".jinja", ".jinja2", ".tmpl", ".md", ".txt", ".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".xml", ".html")
_FURTHER = (".prompt", ".prompty", ".mustache", ".hbs", ".poml", ".csv", ".jsonl")
MAX_DATA = 200
"""Changed files other than code that are looked for one by one; of more it is not told who reads them."""
MAX_BYTES = 2_000_000
PART = 4
"""What holds more than such a part of all files is not worth to be told from the rest."""
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


def focus_of(
    trees: Sequence[Tree], changed: frozenset[str], further: Collection[str], knowledge: Mapping[str, Any], cache: Cache | None = None
) -> Focus | None:
    """The focus of a change, the same for both trees; None where its reach is not clear. The newer tree comes last.

    `further`: files that are wanted though they did not change.
    """
    plain = {path for path in changed if not is_code(path)}
    if any(kind_of(path) is not None or path in EXAMPLES for path in plain) or len(plain) > MAX_DATA or not _plain(trees, changed):
        return None
    data = _with_users(trees, plain)
    if data is None:
        return None
    marks = Marks(knowledge)
    sides = _sides(trees, changed, data, Looks(marks, knowledge, cache or NoCache()))
    start = {*changed, *further}.union(*(side.users for side in sides))
    web = _Web(sides, trees, changed, Catalog(knowledge).modules, marks, start)
    start = web.start
    reach = led_to(start, web.before)
    if _configures(trees, reach, knowledge):
        return None
    files = web.followed(start, reach)
    makers = set(_making_objects(sides[-1], trees[-1], files - reach, Catalog(knowledge), knowledge))
    files |= led_to(makers, web.before) & web.holding
    return Focus(frozenset(files), frozenset(led_to(files, web.before)))


@dataclass(frozen=True, slots=True)
class _Side:
    imports: Mapping[str, Imports]
    telling: frozenset[str]
    """The files with an address of a model or the end of a call path in them."""
    users: frozenset[str]
    """The files that may read a changed file of data."""
    naming: frozenset[str]
    """The files that name a changed file of code in text."""


def _sides(trees: Sequence[Tree], changed: frozenset[str], data: Collection[str], looks: Looks) -> list[_Side]:
    """Each tree at a look; what did not change is looked at once."""
    code = {posixpath.basename(path) for path in changed - set(data)} - {"__init__.py"}
    plain = all(map(is_nameable, code))
    users = _reading(data, () if plain else changed - set(data)) if data or not plain else None
    sides: list[_Side] = []
    for tree in reversed(trees):
        known = sides[0] if sides else None
        imports: dict[str, Imports] = {}
        telling: set[str] = set()
        using: set[str] = set()
        naming: set[str] = set()
        for entry in tree.entries():
            path = entry.path
            if entry.kind != "file" or not is_code(path):
                continue
            if known is not None and path not in changed and path in known.imports:
                imports[path] = known.imports[path]
                telling |= {path} & known.telling
                continue
            look = looks.at(tree, entry)
            imports[path] = look.imports
            if look.telling:
                telling.add(path)
            if not look.named.isdisjoint(code):
                naming.add(path)
            if users is not None and users.search(searchable(path, _bytes(tree, path))):
                using.add(path)
        sides.insert(0, _Side(imports, frozenset(telling), frozenset(using), frozenset(naming)))
    return sides


class _Web:
    """The ties of all trees together, and the files that can hold a call in one of them."""

    def __init__(
        self,
        sides: Sequence[_Side],
        trees: Sequence[Tree],
        changed: Collection[str],
        foreign: frozenset[str],
        marks: Marks,
        start: Collection[str],
    ) -> None:
        self.marks = marks
        self.sides = sides
        self.paths = frozenset(path for side in sides for path in side.imports)
        self.ties: list[Ties] = []
        for side, tree in zip(sides, trees, strict=True):
            like = self.ties[0] if self.ties and sides[0].imports.keys() == side.imports.keys() else None
            self.ties.append(Ties(side.imports, foreign, _bytes_of(tree), like, changed))
        self._before: dict[str, set[str]] = {}
        self._building: dict[str, set[str]] = {}
        self.start, part = self._begun(set(start) & self.paths, changed)
        """Where to start from: what was given, and the files that may read a changed file of code as text."""
        imported = {path for side in sides for path in part & side.imports.keys() if marks.imported(side.imports[path])}
        self._sdk = self._led_to(imported, build=True)
        telling = ((path, ties) for side, ties in zip(sides, self.ties, strict=True) for path in side.telling & part)
        addressed = {path for path, ties in telling if self._sent(path, ties)}
        self._http = self._led_to(addressed, build=False)
        self.holding = self._sdk | {path for path in self._http if self._sending(path)}
        """The files that can hold a call."""

    def _begun(self, start: set[str], changed: Collection[str]) -> tuple[set[str], frozenset[str]]:
        naming = set().union(*(side.naming for side in self.sides))
        part = self._around(start)
        apart = naming - part
        if not apart:
            return start | naming, part
        code = [path for path in changed if is_code(path)]
        ways = {path for ties in self.ties for path in writing_ways(code, ties.imports.keys() - part, ties.bytes_of)}
        apart &= self._around(ways)
        return start | naming & part | apart, self._around(start | apart) if apart else part

    def _around(self, start: set[str]) -> frozenset[str]:
        """All that imports connect with a start, in either direction; all there is where that is a large part of it.

        No tie leads out of that, as each follows imports. A tree of many applications falls apart into few such parts.
        """
        most = len(self.paths) // PART
        seen, todo = set(start), list(start)
        while todo and len(seen) <= most:
            path = todo.pop()
            for ties in self.ties:
                if path in ties.imports:
                    new = (ties.direct(path) | ties.importers(path)) - seen
                    seen |= new
                    todo += new
        return self.paths if todo else frozenset(seen)

    def before(self, path: str) -> set[str]:
        """The files that one has a say in at once, in one of the trees."""
        found = self._before.get(path)
        if found is None:
            found = self._before[path] = {each for ties in self.ties if path in ties.imports for each in ties.before(path)}
            found |= self._building.get(path, set())
        return found

    def followed(self, start: set[str], reach: set[str]) -> set[str]:
        """Of what is reached, and of all that this leads to, what can hold a call; the start in any case."""
        onward = turned({path: self.before(path) for path in self._sdk | self._http})
        return start | reached(reach, onward) & self.holding

    def _led_to(self, start: set[str], *, build: bool) -> set[str]:
        """What has something of the start; with `build`, also who is handed something where it is built."""
        seen, todo = set(start), list(start)
        while todo:
            path = todo.pop()
            if build:
                self._building[path] = {each for ties in self.ties if path in ties.imports for each in ties.built(path)}
            for each in self.before(path) - seen:
                seen.add(each)
                todo.append(each)
        return seen

    def _sent(self, path: str, ties: Ties) -> bool:
        data = ties.bytes_of(path)
        weak = self.marks.address.search(data) and not self.marks.strong.search(data)
        return not weak or is_sent(path, ties, self.marks)

    def _sending(self, path: str) -> bool:
        """Whether a file holds what gives a call away, or sends something and names an SDK."""
        datas = [ties.bytes_of(path) for side, ties in zip(self.sides, self.ties, strict=True) if path in side.imports]
        telling = any(path in side.telling for side in self.sides)
        return telling or any(self.marks.sends.search(data) and self.marks.seed.search(data) for data in datas)


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
        words |= {name, name.lstrip("_.").split(".")[0], *naming(path)} - {""}
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
        roots = {module.partition(".")[0] for module, _ in side.imports[path]}
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
