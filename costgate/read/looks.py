"""What a look at a file's bytes tells of its part in a tree, kept by content: a tree that is known is not looked at again."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from costgate.model.tree import Cache, Entry, NoCache, Tree
from costgate.read.extract import key_of
from costgate.read.imports import Imports, imports_of
from costgate.read.notebook import searchable
from costgate.read.possible import Marks
from costgate.read.remembered import reader

_KIND = "look"
_NAMED = re.compile(rb"\.(?:py|ipynb)[\"']")
_NAME = re.compile(rb"[\"'/]([\w.-]+)\Z")
_LONGEST = 300
_PLAIN = re.compile(r"[\w.-]+\.(?:py|ipynb)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Look:
    """Its imports; whether an address of a model or the end of a call path stands in it; the files of code it names in text."""

    imports: Imports
    telling: bool
    named: frozenset[str]


def is_nameable(name: str) -> bool:
    """Whether a look tells which files name a file of this name."""
    return _PLAIN.fullmatch(name) is not None


@dataclass(slots=True)
class Looks:
    """Looks at the files of trees, one for each content."""

    marks: Marks
    knowledge: Mapping[str, Any]
    cache: Cache
    _mark: str = ""
    _lines: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=dict)
    _names: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    def at(self, tree: Tree, entry: Entry) -> Look:
        """A look at one file of a tree; without a part in anything if it cannot be read."""
        known = self._known(entry.blob, entry.path) if entry.blob else None
        if known is not None:
            return known
        try:
            data = tree.read(entry.path)
        except (OSError, KeyError):
            return Look((), False, frozenset())
        blob = entry.blob or (None if isinstance(self.cache, NoCache) else key_of(data))
        known = self._known(blob, entry.path) if blob and not entry.blob else None
        return known or self._made(searchable(entry.path, data), blob, entry.path)

    def _made(self, data: bytes, blob: str | None, path: str) -> Look:
        lines = [_line(*each) for each in imports_of(data)]
        named = sorted(_named(data))
        telling = self.marks.telling.search(data)
        if blob is not None:
            self.cache.put(_KIND, self._key(blob, path), ["\n".join(lines), int(telling), "\n".join(named)])
        return self._look(lines, telling, named)

    def _known(self, blob: str | None, path: str) -> Look | None:
        found = self.cache.get(_KIND, self._key(blob, path)) if blob else None
        if not isinstance(found, list) or [type(each) for each in found] != [str, int, str]:
            return None
        lines, telling, named = found
        return self._look(lines.split("\n") if lines else [], bool(telling), named.split("\n") if named else [])

    def _look(self, lines: list[str], telling: bool, named: list[str]) -> Look:
        """The same import is the same object wherever it stands: a large tree has few."""
        names = frozenset(named)
        return Look(tuple(self._import(line) for line in lines), telling, self._names.setdefault(names, names))

    def _import(self, line: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        found = self._lines.get(line)
        if found is None:
            module, *names = map(sys.intern, line.split("\t"))
            found = self._lines[line] = module, tuple(zip(names[::2], names[1::2], strict=True))
        return found

    def _key(self, blob: str, path: str) -> str:
        if not self._mark:
            self._mark = f"{reader()[:20]}.{self.knowledge['digest'][:20]}"
        return f"{self._mark}.{blob}{'' if path.endswith('.py') else '.n'}"


def _named(data: bytes) -> set[str]:
    """The names of files of code that stand at the end of a string."""
    found = set()
    for end in _NAMED.finditer(data):
        name = _NAME.search(data, max(0, end.start() - _LONGEST), end.end() - 1)
        if name is not None:
            found.add(name.group(1).decode())
    return found


def _line(module: str, taken: tuple[tuple[str, str], ...]) -> str:
    return "\t".join((module, *(word for pair in taken for word in pair)))
