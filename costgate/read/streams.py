"""Whether a streamed answer is closed when whoever reads it goes away."""

from __future__ import annotations

import re
from typing import Any

from costgate.read import outline as ol
from costgate.read.modules import Module


def stream_closed(module: Module, row: list[Any]) -> bool | None:
    """True: something closes it, or it is read to its end where it is made. False: a generator hands on what it reads, and
    nothing closes the stream when that generator is left. None: it goes elsewhere.
    """
    scope, start, end = row[ol.C_SCOPE], row[ol.C_START], row[ol.C_END]
    body = module.scope(scope)
    if body[ol.S_KIND] not in ("def", "module"):
        return None
    rows = [each for key, each in _bindings(module, scope)]
    if any(each[ol.B_KIND] == "with" and each[ol.B_START] <= start < each[ol.B_END] for each in rows):
        return True
    held = {each[ol.B_TARGET] for each in rows if each[ol.B_KIND] == "=" and each[ol.B_START] <= start and each[ol.B_END] == end}
    text = module.text(body[ol.S_START], body[ol.S_END])
    if any(_closes(text, re.escape(name)) for name in held):
        return True
    return _read_here(module, scope, start, held)


def _bindings(module: Module, scope: int) -> list[tuple[str, list[Any]]]:
    return [(name, row) for (where, name), rows in module.bindings.items() if where == scope for row in rows]


def _closes(text: str, name: str) -> bool:
    closing = rf"\b{name}\.(?:response\.)?a?close\b|\bwith\s[^\n]*\b{name}\b"
    return re.search(closing, text) is not None


def _read_here(module: Module, scope: int, start: int, held: set[str]) -> bool | None:
    blocks, jumps = module.facts["blocks"], module.jumps.get(scope, ())
    for index, block in enumerate(blocks):
        if block[ol.K_KIND] != "for" or block[ol.K_SCOPE] != scope:
            continue
        own = block[ol.K_HEAD] <= start < block[ol.K_HEAD_END]
        if not own and module.text(block[ol.K_HEAD], block[ol.K_HEAD_END]) not in held:
            continue
        inside = {jump[ol.J_KIND] for jump in jumps if index in module.chain(jump[ol.J_BLOCK])}
        if "yield" in inside:
            return False
        return None if inside & {"return", "break", "raise"} else True
    return None
