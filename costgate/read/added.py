"""Text that code adds to what is not seen: to a question that is handed in, to messages out of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costgate.model.prompt import Hole
from costgate.read import outline as ol
from costgate.read.mutate import gained, mutated
from costgate.read.things import Nope, Rec, Seq, Str, Thing

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.frame import Frame
    from costgate.read.modules import Module

_METHODS = ("append", "extend", "insert")
_BEFORE = "what it holds already"


def added(ev: Evaluator, name: str, value: Thing, row: list[Any] | None, frame: Frame) -> Thing:
    """A thing that is not seen, as a text or list that begins with it where words are added to it; else itself."""
    kind = frame.module.told("what is added to", _added_to).get((frame.scope, name))
    if kind is None or not isinstance(value, (Nope, Rec)):
        return value
    trail = value.trail if isinstance(value, Nope) else (value.span,)
    place = next((each for each in reversed(trail) if each.path), ev.place(frame))
    begun = Seq((value,), _BEFORE) if kind == "list" else Str((Hole(name, place),), trail=trail)
    after = mutated(ev, name, begun, row, frame)
    return after if gained(begun, after) else value


def keyed(module: Module, scope: int, name: str) -> bool:
    """Whether keys are set in what a name holds, and nothing says that it is a list."""
    rows = module.prefixed.get((scope, name))
    return bool(rows) and module.told("what is added to", _added_to).get((scope, name)) != "list"


def _added_to(module: Module) -> dict[tuple[int, str], str]:
    """The names of a module that something is added to, each with whether that makes it a text or a list."""
    found: dict[tuple[int, str], str] = {}
    for row in module.facts["bindings"]:
        if row[ol.B_KIND] == "+=" and row[ol.B_TARGET].isidentifier():
            listed = module.source[row[ol.B_START] : row[ol.B_START] + 1] == b"["
            found[row[ol.B_SCOPE], row[ol.B_TARGET]] = "list" if listed else "text"
    for method in _METHODS:
        for row in module.calls_by_tail.get(method, ()):
            owner = row[ol.C_CALLEE].removesuffix(f".{method}")
            if owner.isidentifier():
                found[row[ol.C_SCOPE], owner] = "list"
    return found
