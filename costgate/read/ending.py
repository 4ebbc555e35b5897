"""What ends a loop: a number that is counted, what a try sets, or what a call in it answers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from costgate.model.call import Loop
from costgate.read import outline as ol
from costgate.read.modules import Module

EXITS = ("sys.exit", "os._exit", "os.abort", "exit", "quit")
"""Calls that end the program."""
_LAST_NAMES = tuple(dict.fromkeys(name.rpartition(".")[2] for name in EXITS))
_NAME = re.compile(r"[A-Za-z_]\w*")
_UNTIL = re.compile(r"(?:not\s+(\w+)|(\w+)\s+is\s+(?:None|False))\Z")


def is_counted(module: Module, scope: int, loop: int) -> bool:
    """Whether a number that grows in the loop, or its own variable, stands in a condition there."""
    return _grows_into(module, scope, loop, ("+=", "-=", "for"), ("if", "elif"))


def has_count(module: Module, scope: int, loop: int) -> bool:
    """The same for a loop with a condition of its own, which may look at the number itself: `while left and turns < most`."""
    return _grows_into(module, scope, loop, ("+=", "-="), ("if", "elif", "while"))


def asks_answer(module: Module, scope: int, loop: int, at: int) -> bool:
    """Whether the condition of a while loop looks at what the call at `at` gave: `while reply.stop_reason == "tool_use"`."""
    rows = [
        (name, row)
        for (where, name), each in module.bindings.items()
        for row in each
        if where == scope and loop in module.chain(row[ol.B_BLOCK])
    ]
    told = {name for name, row in rows if row[ol.B_START] <= at < row[ol.B_END]}
    for name, row in sorted(rows, key=lambda each: each[1][ol.B_AT]):
        if row[ol.B_START] > at and told & set(_NAME.findall(module.text(row[ol.B_START], row[ol.B_END]))):
            told.add(name)
    head = module.facts["blocks"][loop]
    return bool(told & set(_NAME.findall(module.text(head[ol.K_HEAD], head[ol.K_HEAD_END]))))


def counts_out(module: Module, scope: int, loop: int) -> bool:
    """Whether a loop is left where a number that it counts has come to something: `if tries <= 0: return`, wherever it stands."""
    blocks, grown = module.facts["blocks"], _grown(module, scope, loop, ("+=", "-="))
    for jump in module.jumps.get(scope, ()) if grown else ():
        chain = module.chain(jump[ol.J_BLOCK])
        inside = chain[: chain.index(loop)] if jump[ol.J_KIND] in ("return", "raise", "break") and loop in chain else []
        heads = (module.text(blocks[at][ol.K_HEAD], blocks[at][ol.K_HEAD_END]) for at in inside if blocks[at][ol.K_KIND] in ("if", "elif"))
        if any(grown & set(_NAME.findall(head)) for head in heads):
            return True
    return False


def _grows_into(module: Module, scope: int, loop: int, growing: tuple[str, ...], conditions: tuple[str, ...]) -> bool:
    blocks, grown = module.facts["blocks"], _grown(module, scope, loop, growing)
    inside = (at for at, row in enumerate(blocks) if row[ol.K_SCOPE] == scope and row[ol.K_KIND] in conditions) if grown else ()
    heads = (module.text(blocks[at][ol.K_HEAD], blocks[at][ol.K_HEAD_END]) for at in inside if loop in module.chain(at))
    return any(grown & set(_NAME.findall(head)) for head in heads)


def _grown(module: Module, scope: int, loop: int, growing: tuple[str, ...]) -> set[str]:
    """The names that a loop counts up or down."""
    return {
        name
        for (where, name), rows in module.bindings.items()
        if where == scope and any(row[ol.B_KIND] in growing and loop in module.chain(row[ol.B_BLOCK]) for row in rows)
    }


def until_done(module: Module, scope: int, loop: int) -> bool:
    """Whether only what a try sets ends `while not done:` and `while answer is None:`, so that failures do not count."""
    blocks = module.facts["blocks"]
    match = _UNTIL.match(module.text(blocks[loop][ol.K_HEAD], blocks[loop][ol.K_HEAD_END]).strip("() "))
    rows = module.bindings.get((scope, match.group(1) or match.group(2)), ()) if match else ()
    inside = [blocks[row[ol.B_BLOCK]][ol.K_KIND] for row in rows if loop in module.chain(row[ol.B_BLOCK])]
    return bool(inside) and set(inside) == {"try"}


def gets_out(module: Module, scope: int) -> bool:
    """Whether a function may end a loop that it is called in: it raises, ends the program, or is a generator."""
    return bool(exits(module, scope)) or any(
        jump[ol.J_KIND] in ("raise", "yield") for jump in module.jumps.get(scope, ())
    )


def exits(module: Module, scope: int) -> list[list[Any]]:
    """The calls in a scope that end the program. It is asked for each call of a file, which may have very many."""
    found = (row for name in _LAST_NAMES for row in module.calls_by_tail.get(name, ()))
    return [row for row in found if row[ol.C_SCOPE] == scope and row[ol.C_CALLEE] in EXITS]


def ended(loops: list[Loop]) -> list[Loop]:
    """Loops around a function that may end them."""
    return [replace(each, kind="while") if each.kind == "forever" else each for each in loops]
