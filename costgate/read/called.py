"""Under which names a function of the tree may be called: its own, those it is bound to, those of what makes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from costgate.read import outline as ol
from costgate.read.modules import Module, Project

Files = Callable[[str], list[str]]
"""The files that seem to call something of a name."""


def names_of(project: Project, module: Module, scope: int, files: Files) -> set[str]:
    """The last names under which a function may be called; none for a method that only Python itself calls."""
    row = module.scope(scope)
    name = str(row[ol.S_NAME])
    if row[ol.S_KIND] == "lambda":
        return set(_bound_to(module, row))
    if row[ol.S_KIND] != "def" or name.startswith("__") and name != "__call__":
        return set()
    own = set() if name == "__call__" else {name}
    maker = maker_of(module, scope)
    return own if maker is None else own | {each for path in files(maker) for each in _made(project.module(path), maker)}


def maker_of(module: Module, scope: int) -> str | None:
    """What makes a function anew each time: the class of a `__call__`, the function that a closure stands in."""
    row = module.scope(scope)
    if row[ol.S_NAME] != "__call__" and (row[ol.S_PARENT] <= 0 or module.scope(row[ol.S_PARENT])[ol.S_KIND] != "def"):
        return None
    return str(module.scope(row[ol.S_PARENT])[ol.S_NAME]) or None


def calls_of_made(project: Project, maker: str, files: Files) -> Iterator[tuple[Module, list[Any]]]:
    """Calls of what was made on the spot: `maker("model")("question")`."""
    pattern = _calls(maker)
    for path in files(maker):
        module = project.module(path)
        for row in module.calls_by_tail.get("", ()) if module is not None else ():
            assert module is not None
            if pattern.match(module.source, row[ol.C_START]):
                yield module, row


def _calls(maker: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?:await\s+)?(?:\w+\.)*" + re.escape(maker.encode(errors="surrogatepass")) + rb"\s*\(")


def _bound_to(module: Module, row: list[Any]) -> Iterator[str]:
    for each in module.facts["bindings"]:
        if (each[ol.B_START], each[ol.B_END]) == (row[ol.S_START], row[ol.S_END]):
            yield each[ol.B_TARGET].rpartition(".")[2]


def _made(module: Module | None, maker: str) -> Iterator[str]:
    pattern = _calls(maker)
    for row in module.facts["bindings"] if module is not None else ():
        assert module is not None
        if row[ol.B_START] >= 0 and row[ol.B_KIND] in ("=", ":=", "with") and pattern.match(module.source, row[ol.B_START]):
            yield row[ol.B_TARGET].rpartition(".")[2]
