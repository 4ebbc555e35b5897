"""The object that a type annotation promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costgate.read.frame import Frame
from costgate.read.python import Term, lower
from costgate.read.things import (
    Cls,
    Inst,
    Ref,
    Thing,
    choice,
    options_of,
)
from costgate.read.values import last_name

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator


def annotated(ev: Evaluator, note: list[int] | None, frame: Frame) -> Thing | None:
    """The object that an annotation slice promises, if any."""
    if note is None:
        return None
    return annotation(ev, frame.module.term(*note), frame._replace(base=note[0]))


def annotation(ev: Evaluator, term: Term, frame: Frame) -> Thing | None:
    """The object that a type annotation promises; None when it promises nothing we follow."""
    if term[0] == "str":

        return annotation(ev, lower(term[1]), frame)
    if term[0] == "op" and term[1] == "|":
        return _either([annotation(ev, part, frame) for part in term[2]])
    if term[0] == "item":
        inner = term[2][1] if term[2][0] == "tuple" else [term[2]]
        word = last_name(term[1])
        if word in ("type", "Type"):
            return next((kind for kind in options_of(ev.term(inner[0], frame)) if isinstance(kind, Cls)), None)
        inner = inner if word == "Union" else inner[:1] if word in ("Optional", "Annotated") else []
        return _either([annotation(ev, part, frame) for part in inner])
    if term[0] not in ("name", "attr"):
        return None
    for kind in options_of(ev.term(term, frame)):
        made = ev.catalog.held(kind.dotted, ev.place(frame)) if isinstance(kind, Ref) else None
        if made is not None or isinstance(kind, Cls):
            return made or Inst(kind)  # type: ignore[arg-type]
    return None


def _either(found: list[Thing | None]) -> Thing | None:
    promised = [each for each in found if each is not None]
    return choice(promised) if promised else None
