"""What methods set on their class for all instances: `cls.defaults = defaults`, with what the tree calls them with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

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
        scopes = module.methods.get(cls.scope, ()) if fresh else ()
        return [thing for scope in scopes for thing in _set_by(ev, module, cls, scope, name)]


def _set_by(ev: Evaluator, module: Module, cls: Cls, scope: int, name: str) -> Iterator[Thing]:
    row = module.scope(scope)
    if row[ol.S_KIND] != "def" or not row[ol.S_PARAMS]:
        return
    owner = row[ol.S_PARAMS][0][ol.P_NAME]
    owners = {module.scope(cls.scope)[ol.S_NAME], *([owner] if _of_class(module, scope) else [])}
    rows = [each for name_of in owners for each in module.bindings.get((scope, f"{name_of}.{name}"), ()) if each[ol.B_KIND] == "="]
    for each in rows:
        for bound in _calls(ev, module, cls, scope) or [{owner: cls} if _of_class(module, scope) else {}]:
            yield ev.binding(each, Frame(module, scope, each[ol.B_AT], {(module.path, scope): bound}))


def _of_class(module: Module, scope: int) -> bool:
    return any(module.text(*each) == "classmethod" for each in module.scope(scope)[ol.S_DECORATORS])


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
