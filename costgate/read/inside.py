"""What a constructor sets on the objects that its instance holds: `self.config.model = self.config.model or "..."`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.assigned import AFTER_INIT, assignment, guarded
from costgate.read.frame import Frame
from costgate.read.lineage import lineage
from costgate.read.modules import Module
from costgate.read.names import reach
from costgate.read.python import Term
from costgate.read.things import Inst, Thing, choice, options_of
from costgate.read.values import otherwise

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator


def set_inside(ev: Evaluator, term: Term, frame: Frame, plain: Thing) -> Thing:
    """`self.config.model`, which without that is `plain`."""
    holder = term[1]
    by_self = holder[0] == "attr" and holder[1][0] == "name" and holder[1][1] == _first_name(frame)
    owner = ev.name(holder[1][1], frame) if by_self else None
    if not isinstance(owner, Inst):
        return plain
    for cls in reversed(lineage(ev, owner.cls)[0]):
        module = ev.project.module(cls.path)
        rows = module.told("set inside", _rows).get((cls.scope, f"{holder[2]}.{term[2]}"), ()) if module is not None else ()
        for row in rows:
            assert module is not None
            plain = _set(ev, owner, module, row, plain)
    return plain


def _first_name(frame: Frame) -> str | None:
    """What the method around a place calls its instance."""
    module, scope = frame.module, frame.scope
    while scope > 0 and module.lookup_class(scope) is None:
        scope = module.scope(scope)[ol.S_PARENT]
    params = module.scope(scope)[ol.S_PARAMS]
    return params[0][ol.P_NAME] if params else None


def _rows(module: Module) -> dict[tuple[int, str], list[list[Any]]]:
    """The assignments of constructors to attributes of attributes, by class and by what is set."""
    found: dict[tuple[int, str], list[list[Any]]] = defaultdict(list)
    for (scope, target), rows in module.bindings.items():
        owner, _, inner = target.partition(".")
        row = module.scope(scope)
        made = row[ol.S_NAME] == "__init__" or row[ol.S_NAME] in AFTER_INIT
        cls = module.lookup_class(scope) if made and inner.count(".") == 1 else None
        if cls is not None and row[ol.S_PARAMS] and owner == row[ol.S_PARAMS][0][ol.P_NAME]:
            found[cls, inner] += [each for each in rows if each[ol.B_KIND] == "="]
    return found


def _set(ev: Evaluator, inst: Inst, module: Module, row: list[Any], plain: Thing) -> Thing:
    scope = row[ol.B_SCOPE]
    with ev.once((module.path, scope, row[ol.B_AT], row[ol.B_TARGET])) as fresh:
        if not fresh:
            return plain
        value = assignment(ev, inst, module, scope, module.scope(scope)[ol.S_PARAMS][0][ol.P_NAME], row)
        if guarded(module, scope, row):
            return otherwise(options_of(plain), options_of(value))
        return choice([value, plain]) if reach(module, scope, row[ol.B_TARGET], None).falls else value
