"""Names of the tree that a team gives a meaning: functions and classes that SDK files describe, and aliases."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.things import Cls, Func, Mod, Ref, Thing, options_of

if TYPE_CHECKING:
    from costgate.model.call import CallSite
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Project

PACKAGED = "costgate:"


class Taught:
    """What stands for a dotted name: members of modules, and the functions and classes behind them.

    Filled by `settle`; until then, and where nothing is taught, it knows nothing.
    """

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], Ref] = {}
        self.scopes: dict[tuple[str, int], str] = {}
        self.words: frozenset[str] = frozenset()
        """Last words of the calls that taught names of the tree make possible."""
        self.marks: frozenset[str] = frozenset()
        """Last words of all taught names and aliases: what an import of one mentions. Of what is generated, where it is of anything."""
        self._inside: dict[str, list[str]] = {}

    def settle(self, ev: Evaluator, knowledge: Mapping[str, Any]) -> None:
        """Find the taught names in the tree. `ev` is not used again: what it remembers is from before."""
        found = {
            symbol: list(_places(ev.project, symbol.replace("()", "")))
            for symbol in (*_symbols(knowledge), *knowledge.get("aliases", {}))
        }
        self.words = frozenset(word for symbol, places in found.items() if places for word in _words(knowledge, symbol))
        self.marks = frozenset(
            _last(symbol) for symbol, places in found.items() if places or not _is_generated_of_nothing(knowledge, symbol)
        )
        for symbol, places in found.items():
            target = Ref(knowledge.get("aliases", {}).get(symbol, symbol))
            for path, rest in places:
                if symbol == target.dotted:
                    self._mark(ev, path, rest, symbol)
                if "." not in rest:
                    self.names[path, rest] = target

    def member(self, path: str, name: str) -> Ref | None:
        """What a member of a module stands for; the module itself under the name ""."""
        return self.names.get((path, name))

    def known(self, thing: Thing) -> Thing:
        """The dotted name of a function or class that is taught; everything else as it is."""
        if self.scopes and isinstance(thing, (Func, Cls)):
            dotted = self.scopes.get((thing.path, thing.scope))
            return thing if dotted is None else Ref(dotted)
        return thing

    def holds(self, site: CallSite) -> bool:
        """Whether a call stands inside of something that is taught, so that it is told by its callers."""
        function = site.context.function
        return any(function == each or function.startswith(f"{each}.") for each in self._inside.get(site.span.path, ()))

    def _mark(self, ev: Evaluator, path: str, rest: str, dotted: str) -> None:
        module = ev.project.module(path)
        thing: Thing = Mod(path)
        for part in rest.split(".") if module is not None and rest else ():
            assert module is not None
            thing = ev.attribute(thing, part, Frame(module, 0, None))
        for each in options_of(thing):
            owner = ev.project.module(each.path) if isinstance(each, (Func, Cls)) else None
            if owner is not None and isinstance(each, (Func, Cls)) and owner.scope(each.scope)[ol.S_NAME] != "lambda":
                self.scopes[each.path, each.scope] = dotted
                self._inside.setdefault(each.path, []).append(owner.qualified(each.scope))


def generated_modules(knowledge: Mapping[str, Any]) -> frozenset[str]:
    """The packages that a tool generates into trees, often into ones that do not keep them."""
    return frozenset(module for about in knowledge["sdks"].values() if about.get("generated") for module in about["modules"])


def own_modules(project: Project, knowledge: Mapping[str, Any]) -> frozenset[str]:
    """Import roots that only SDK files of the team name and that are modules of the tree: no distributions."""
    packaged = {
        root for about in knowledge["sdks"].values() if about["where"].startswith(PACKAGED) for root in about["modules"]
    }
    taught = {
        module
        for about in knowledge["sdks"].values()
        if not about["where"].startswith(PACKAGED)
        for module in about["modules"]
        if module not in packaged
    }
    return frozenset(module for module in taught if any(True for _ in _places(project, module)))


def _symbols(knowledge: Mapping[str, Any]) -> Iterator[str]:
    taught = {sdk for sdk, about in knowledge["sdks"].items() if about.get("generated") or not about["where"].startswith(PACKAGED)}
    for symbol, entries in knowledge["symbols"].items() if taught else ():
        if any(entry["sdk"] in taught for entry in entries):
            yield symbol


def _last(symbol: str) -> str:
    return symbol.replace("()", "").rpartition(".")[2]


def _is_generated_of_nothing(knowledge: Mapping[str, Any], symbol: str) -> bool:
    """Whether a name is of a client that is generated of files, of which the tree has none."""
    entries = knowledge["symbols"].get(symbol, ())
    ways = [knowledge["objects"][entry["object"]] if entry["what"] == "object" else {} for entry in entries]
    return bool(ways) and all(each.get("declared") and each["declared"]["like"] in each["calls"] for each in ways)


def _words(knowledge: Mapping[str, Any], symbol: str) -> Iterator[str]:
    yield symbol.rpartition(".")[2]
    for entry in knowledge["symbols"].get(symbol, ()):
        if entry["what"] == "object":
            yield from (path.rpartition(".")[2] for path in knowledge["objects"][entry["object"]]["calls"])


def _places(project: Project, dotted: str) -> Iterator[tuple[str, str]]:
    """Where in the tree a dotted name is, the longest module first: at the root, below `src`, else below any folder."""
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        base = posixpath.join(*parts[:count])
        ends = (f"{base}.py", f"{base}/__init__.py")
        near = [path for path in (*ends, *(f"src/{end}" for end in ends)) if path in project.paths]
        below = tuple(f"/{end}" for end in ends)
        found = near or sorted(path for path in project.paths if path.endswith(below))
        if found and (count > 1 or near or len(parts) == 1):
            yield from ((path, ".".join(parts[count:])) for path in found)
            return
