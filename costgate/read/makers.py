"""What a module makes for others: objects of an SDK, functions that give back some, classes that hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from costgate.read import outline as ol
from costgate.read.answering import PLAIN_STEPS
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.modules import Module
from costgate.read.things import Args, Func, Obj, options_of

_GENERIC = frozenset({"run", "main", "get", "call", "invoke", "execute", "process"})


def makers(ev: Evaluator, module: Module, roots: frozenset[str], asked: Callable[[str], bool]) -> tuple[set[str], set[str]]:
    """The names of functions that make objects of an SDK, and of classes in which such names stand.

    `asked`: whether anybody wants to know of a function with that name.
    """
    local = {row[ol.I_NAME] for row in module.facts["imports"] if row[ol.I_TARGET].split(".")[0] in roots}
    if not local:
        return set(), set()
    mentioned = _words(local)
    functions = {str(row[ol.S_NAME]) for at, row in _mentioning(module, mentioned, "def") if _makes(ev, module, at, row, asked)}
    classes = {str(row[ol.S_NAME]) for _, row in _mentioning(module, mentioned, "class")}
    return functions, classes


def shared(ev: Evaluator, module: Module, roots: frozenset[str], asked: Callable[[str], bool]) -> set[str]:
    """The names that a module gives to objects of an SDK, for others to import. `asked`: whether anybody does."""
    local = {row[ol.I_NAME] for row in module.facts["imports"] if row[ol.I_TARGET].split(".")[0] in roots}
    if not local:
        return set()
    mentioned = _words(local)
    return {
        str(row[ol.B_TARGET])
        for row in module.facts["bindings"]
        if row[ol.B_SCOPE] == 0
        and row[ol.B_KIND] == "="
        and row[ol.B_START] >= 0
        and mentioned.search(module.source, row[ol.B_START], row[ol.B_END])
        and asked(row[ol.B_TARGET])
        and _is_object(ev, module, row)
    }


def _is_object(ev: Evaluator, module: Module, row: list[Any]) -> bool:
    ev.reset(PLAIN_STEPS)
    made = ev.binding(row, Frame(module, 0, row[ol.B_AT], {}, row[ol.B_AT]))
    return any(isinstance(each, Obj) for each in options_of(made))


def _words(names: set[str]) -> re.Pattern[bytes]:
    return re.compile(rb"\b(?:" + b"|".join(re.escape(name.encode(errors="surrogatepass")) for name in sorted(names)) + rb")\b")


def _mentioning(module: Module, names: re.Pattern[bytes], kind: str) -> Iterator[tuple[int, list[Any]]]:
    for at, row in enumerate(module.facts["scopes"]):
        if row[ol.S_KIND] == kind and names.search(module.source, row[ol.S_START], row[ol.S_END]):
            yield at, row


def _makes(ev: Evaluator, module: Module, scope: int, row: list[Any], asked: Callable[[str], bool]) -> bool:
    name = row[ol.S_NAME]
    if name in _GENERIC or name.startswith("__"):
        return False
    if not any(jump[ol.J_KIND] in ("return", "yield") for jump in module.jumps.get(scope, ())) or not asked(name):
        return False
    ev.reset(PLAIN_STEPS)
    made = ev.call(Func(module.path, scope), Args(more="its callers decide"), module.path, None)
    return any(isinstance(each, Obj) for each in options_of(made))
