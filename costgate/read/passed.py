"""The arguments of one call as it stands in the source, evaluated."""

from __future__ import annotations

import re
from typing import Any

from costgate.read import outline as ol
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.modules import Module
from costgate.read.things import Args, Env

_LAST_NAME = re.compile(r"\w+\Z")


def arguments_of(ev: Evaluator, module: Module, row: list[Any], env: Env, handed: int = -1) -> Args:
    """Evaluate a call's arguments; `handed`: only those behind the method that ends there, which is handed over."""
    term = module.term(row[ol.C_START], row[ol.C_END])
    if term[0] != "call":
        return Args((), more=str(term[1]) if term[0] == "?" else "the call does not parse")
    frame = Frame(module, row[ol.C_SCOPE], row[ol.C_START], env, row[ol.C_START])
    rows = term[2]
    if handed >= 0:
        text = module.text(row[ol.C_START], handed)
        rows = rows[_index(rows, text) :]
    return ev.arguments(rows, frame)


def _index(rows: list[list[Any]], before: str) -> int:
    """How many arguments stand up to and including the method that is handed over."""
    wanted = _LAST_NAME.findall(before)[-1:]
    for index, (_, term) in enumerate(rows):
        if term[0] in ("attr", "name") and term[-1:] == wanted:
            return index + 1
    return len(rows)
