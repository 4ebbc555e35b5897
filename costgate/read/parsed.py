"""What the class methods do that a class inherits: an instance of a text or a dict, the class's own schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costgate.knowledge.values import value_functions
from costgate.model.value import Span
from costgate.read.loaded import loaded
from costgate.read.things import Args, Choice, Cls, Inst, Map, Nope, Thing, choice
from costgate.read.values import from_outside, reason

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

WORDS = ("of_json", "of_dict", "own_schema")
"""What costgate/knowledge/values.yaml calls such methods."""


def parses(name: str) -> bool:
    """Whether a method of that name is one of these."""
    return value_functions().get(name) in WORDS


def parsed(ev: Evaluator, cls: Cls, name: str, args: Args, path: str, span: Span) -> Thing:
    """`Settings.model_validate_json(text)`: the fields that the data says, of whatever it may be."""
    if value_functions()[name] == "own_schema":
        return cls
    given = next(iter((*args.positional, *args.named.entries.values())), Nope("nothing"))
    data = loaded(ev, "json", given, path, span) if value_functions()[name] == "of_json" else given
    return choice([_of(cls, each) for each in (data.options if isinstance(data, Choice) else (data,))])


def _of(cls: Cls, data: Thing) -> Thing:
    if isinstance(data, Map):
        return Inst(cls, Args(named=data))
    if isinstance(data, Inst) and data.cls == cls:
        return data
    return Inst(cls, Args(named=Map({}, more=reason(data, "data that is not followed")))) if from_outside(data) else Inst(cls)
