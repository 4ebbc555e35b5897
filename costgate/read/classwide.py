"""What methods set on their class for all instances: `cls.defaults = defaults`, with what the tree calls them with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.modules import Module, is_test
from costgate.read.passed import arguments_of
from costgate.read.things import Cls, Func, Thing, options_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

MAX_CALLS = 6
"""How many calls of a method that sets something on its class are looked at."""


def set_on_class(ev: Evaluator, cls: Cls, name: str) -> list[Thing]:
    """What the methods of a class assign to one of the class's own attributes."""
    module = ev.project.module(cls.path)
    guard = (cls.path, cls.scope, -3, name)
    if module is None:
        return []
    with ev.once(guard) as fresh:
        rows = module.told("set on classes", _set_by_methods).get((cls.scope, name), ()) if fresh else ()
        return [thing for row in rows for thing in _values(ev, module, cls, row)]


def _set_by_methods(module: Module) -> dict[tuple[int, str], list[list[Any]]]:
    """The assignments by which methods set something on their class, by the scope of that and the name of the attribute."""
    found: dict[tuple[int, str], list[list[Any]]] = defaultdict(list)
    for (scope, target), rows in module.bindings.items():
        owner, _, name = target.partition(".")
        cls = module.lookup_class(scope) if name and module.scope(scope)[ol.S_KIND] == "def" else None
        if cls is not None and owner in (module.scope(cls)[ol.S_NAME], _first(module, scope)):
            found[cls, name] += [row for row in rows if row[ol.B_KIND] == "="]
    return found


def _first(module: Module, scope: int) -> str | None:
    """What a class method calls its class."""
    return module.scope(scope)[ol.S_PARAMS][0][ol.P_NAME] if _of_class(module, scope) else None


def _values(ev: Evaluator, module: Module, cls: Cls, row: list[Any]) -> Iterator[Thing]:
    """What an assignment of a method sets on its class, with what each call of the method binds."""
    scope = row[ol.B_SCOPE]
    owner = _first(module, scope)
    for bound in _calls(ev, module, cls, scope) or [{} if owner is None else {owner: cls}]:
        yield ev.binding(row, Frame(module, scope, row[ol.B_AT], {(module.path, scope): bound}))


def _of_class(module: Module, scope: int) -> bool:
    """Whether a function is a class method, which has its class for its first parameter."""
    row = module.scope(scope)
    return bool(row[ol.S_PARAMS]) and any(module.text(*each) == "classmethod" for each in row[ol.S_DECORATORS])


def _calls(ev: Evaluator, module: Module, cls: Cls, scope: int) -> list[dict[str, Thing]]:
    """The parameters of a method as the calls in the tree bind them."""
    name = str(module.scope(scope)[ol.S_NAME])
    found: list[dict[str, Thing]] = []
    for path in ev.mentions.holding(f".{name}(", module.path):
        other = ev.project.module(path) if not is_test(path) else None
        for row in other.calls_by_tail.get(name, ()) if other is not None else ():
            assert other is not None
            frame = Frame(other, row[ol.C_SCOPE], row[ol.C_START], {}, row[ol.C_START])
            for each in options_of(ev.slice(frame, row[ol.C_START], row[ol.C_FUNCTION_END])):
                if isinstance(each, Func) and (each.path, each.scope) == (module.path, scope) and len(found) < MAX_CALLS:
                    found.append(ev.bound(each, arguments_of(ev, other, row, {})))
    return found
