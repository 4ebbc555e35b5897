"""Whether a streamed answer is closed when whoever reads it goes away."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from costgate.read import outline as ol
from costgate.read.modules import Module

MAX_BODY = 1_000_000
"""Bytes of a function, or of what stands outside of all, that are looked through for a word that closes."""


def stream_closed(module: Module, row: list[Any]) -> bool | None:
    """True: something closes it, or it is read to its end where it is made. False: a generator hands on what it reads, and
    nothing closes the stream when that generator is left. None: it goes elsewhere.
    """
    scope, start, end = row[ol.C_SCOPE], row[ol.C_START], row[ol.C_END]
    body = module.scope(scope)
    if body[ol.S_KIND] not in ("def", "module") or body[ol.S_END] - body[ol.S_START] > MAX_BODY:
        return None
    rows = module.told("bindings by scope", _bindings)[scope]
    if any(each[ol.B_KIND] == "with" and each[ol.B_START] <= start < each[ol.B_END] for each in rows):
        return True
    held = {each[ol.B_TARGET] for each in rows if each[ol.B_KIND] == "=" and each[ol.B_START] <= start and each[ol.B_END] == end}
    text = module.text(body[ol.S_START], body[ol.S_END])
    if any(_closes(text, re.escape(name)) for name in held):
        return True
    return _read_here(module, scope, start, held)


def _bindings(module: Module) -> dict[int, list[list[Any]]]:
    found: dict[int, list[list[Any]]] = defaultdict(list)
    for row in module.facts["bindings"]:
        found[row[ol.B_SCOPE]].append(row)
    return found


def _loops(module: Module) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for index, block in enumerate(module.facts["blocks"]):
        if block[ol.K_KIND] == "for":
            found[block[ol.K_SCOPE]].append(index)
    return found


def _closes(text: str, name: str) -> bool:
    closing = rf"\b{name}\.(?:response\.)?a?close\b|\bwith\s[^\n]*\b{name}\b"
    return re.search(closing, text) is not None


def _read_here(module: Module, scope: int, start: int, held: set[str]) -> bool | None:
    blocks, jumps = module.facts["blocks"], module.jumps.get(scope, ())
    for index in module.told("for loops", _loops)[scope]:
        block = blocks[index]
        own = block[ol.K_HEAD] <= start < block[ol.K_HEAD_END]
        if not own and module.text(block[ol.K_HEAD], block[ol.K_HEAD_END]) not in held:
            continue
        inside = {jump[ol.J_KIND] for jump in jumps if index in module.chain(jump[ol.J_BLOCK])}
        if "yield" in inside:
            return False
        return None if inside & {"return", "break", "raise"} else True
    return None
