"""Whether a loop waits between its rounds: after a failed request, or for what somebody outside of the program asks."""

from __future__ import annotations

import re

from costgate.knowledge.values import value_functions
from costgate.read import outline as ol
from costgate.read.modules import Module

_PAUSE = re.compile("sleep|wait|delay|pause|back_?off", re.IGNORECASE)
_QUIET = frozenset(
    {"print", "debug", "info", "warn", "warning", "error", "exception", "critical", "log", "append", "add", "format"}
    | {"str", "repr", "type", "len", "range", "min", "max", "print_exc", "format_exc"}
)
"""Ends of calls that take no time worth speaking of."""
_TIMES = re.compile(r"\(\s*(?:(?:block|timeout|timeout_ms|wait)\s*=\s*[\w.]+\s*,?\s*|True\s*,?\s*|[\d.]+\s*)*\)\Z")
"""No arguments, or how long to wait."""


def is_fed(module: Module, scope: int, loop: int) -> bool:
    """Whether every round of a loop waits for somebody outside: as often as they ask it goes round."""
    words = value_functions()
    for row in module.calls.get(scope, ()):
        what = words.get(row[ol.C_TAIL])
        if what not in ("asks_outside", "asks_queue") or loop not in module.chain(row[ol.C_BLOCK]):
            continue
        if row[ol.C_TAIL] not in ("get", "poll") or _TIMES.match(module.text(row[ol.C_FUNCTION_END], row[ol.C_END])):
            return True
    return False


def polls(module: Module, scope: int, loop: int, at: int) -> bool:
    """Whether a loop that sleeps makes the call at `at` only where what it looks at asks for it."""
    blocks, chain = module.facts["blocks"], module.chain(module.block_at(scope, at))
    inside = {blocks[block][ol.K_KIND] for block in chain[: chain.index(loop)]}
    return bool(inside & {"if", "elif", "for", "case"}) and any(
        _PAUSE.search(row[ol.C_TAIL]) and loop in module.chain(row[ol.C_BLOCK]) for row in module.calls.get(scope, ())
    )


def pauses(module: Module, scope: int, loop: int, at: int) -> bool | None:
    """By what is called in the loop beside the request at `at`: something that waits, nothing that could, or unknown."""
    blocks = module.facts["blocks"]
    chain = module.chain(module.block_at(scope, at))
    attempt = next((block for block in chain if blocks[block][ol.K_KIND] == "try"), -1)
    beside = [
        row[ol.C_TAIL]
        for row in module.calls.get(scope, ())
        if loop in module.chain(row[ol.C_BLOCK])
        and not row[ol.C_START] <= at < row[ol.C_END]
        and not (row[ol.C_START] > at and attempt in module.chain(row[ol.C_BLOCK]))
    ]
    if any(_PAUSE.search(tail) for tail in beside):
        return True
    return None if set(beside) - _QUIET else False
