"""Which assignments of a name reach a place: a small reaching-definitions over the blocks of one scope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from costgate.model.value import Truth
from costgate.read import outline as ol
from costgate.read.modules import Module
from costgate.read.python import Term

_BRANCHES = {"if", "elif", "else", "case"}
_TRANSPARENT = {"try", "try-else", "finally"}
_LEAVES = {"return", "raise", "continue", "break"}
_REPLACES = ("=", ":=", "for", "with", "def", "as", "del")


@dataclass(frozen=True, slots=True)
class Reach:
    """Assignments that may hold, the latest first. `falls`: the name may still have what it had before the scope.

    `guards` are the rows that only replace an empty or missing value (`if not model: model = ...`), `turned` those of
    `rows` that put one value in place of another (`if model == "big": model = ...`).
    """

    rows: tuple[list[Any], ...]
    falls: bool
    guards: tuple[list[Any], ...] = field(default=())
    turned: tuple[list[Any], ...] = field(default=())


def reach(
    module: Module, scope: int, name: str, at: int | None, taken: Callable[[int], Truth] = lambda block: None
) -> Reach:
    """The assignments of `name` in `scope` that reach offset `at` (None: the end of the scope).

    `taken` says of a branch whether it is certainly, or certainly not, the one that runs.
    """
    if (scope, name) not in module.bindings:
        return _NOTHING
    use, coming = module.told(("coming", scope, name, at), lambda module: _coming(module, scope, name, at))
    found: list[list[Any]] = []
    guards: list[list[Any]] = []
    turned: list[list[Any]] = []
    covered: dict[int, set[int]] = {}
    for row, own, branches in coming:
        truths = {block: taken(block) for block in branches}
        if False in truths.values():
            continue
        sure = {block for block, truth in truths.items() if truth}
        if not sure and _guard(module, row, name, use):
            guards.append(row)
            continue
        found.append(row)
        if not sure and _turns(module, row, name, use):
            turned.append(row)
        if at is not None and row[ol.B_AT] > at and not _in_comprehension(module, row):
            continue  # of a round ago, if this is not the first
        if _definite(module, own, use, sure) or _completes(module, own, use, covered, taken):
            return Reach(tuple(found), falls=False, guards=tuple(guards), turned=tuple(turned))
    return Reach(tuple(found), falls=True, guards=tuple(guards), turned=tuple(turned))


_NOTHING = Reach((), falls=True)


def _coming(module: Module, scope: int, name: str, at: int | None) -> tuple[list[int], list[tuple[list[Any], list[int], list[int]]]]:
    """The blocks around a place, and the assignments that can come before it at all: each with its blocks, and those
    of them that are branches which have to be taken.
    """
    use = [module.scope(scope)[ol.S_BLOCK]] if at is None else module.chain(module.block_at(scope, at))
    rows = [row for row in module.bindings[scope, name] if _kind(row) in _REPLACES]
    found = []
    for row in _candidates(module, rows, use, at) if rows else ():
        own = module.chain(row[ol.B_BLOCK])
        if not _excluded(module, own, use) and not _left(module, row, own, use, at):
            found.append((row, own, [block for block in own if block not in use and _is_branch(module, block)]))
    return use, found


def _in_comprehension(module: Module, row: list[Any]) -> bool:
    return bool(module.facts["blocks"][row[ol.B_BLOCK]][ol.K_KIND] == "comprehension")


def _kind(row: list[Any]) -> str:
    return str(row[ol.B_KIND]).split(":")[0] or ":="


def _candidates(module: Module, rows: list[list[Any]], use: list[int], at: int | None) -> list[list[Any]]:
    """The assignments that may come before a use, the nearest first; inside a loop also those further down, of a round ago."""
    if at is None:
        return rows[::-1]
    blocks = module.facts["blocks"]
    own = [row for row in rows if blocks[row[ol.B_BLOCK]][ol.K_KIND] == "comprehension" and row[ol.B_BLOCK] in use]
    if own and not any(row[ol.B_START] <= at < row[ol.B_END] for row in own):
        return own[::-1]
    before = [row for row in rows if row[ol.B_AT] < at and not row[ol.B_START] <= at < row[ol.B_END]][::-1]
    loops = {block for block in use if blocks[block][ol.K_KIND] in ("for", "while")}
    after = [row for row in rows if row[ol.B_AT] > at and loops & set(module.chain(row[ol.B_BLOCK]))][::-1]
    inside = [row for row in before if loops & set(module.chain(row[ol.B_BLOCK]))] if after else []
    return [*inside, *after, *(row for row in before if row not in inside)]


def _excluded(module: Module, own: list[int], use: list[int]) -> bool:
    """Whether assignment and use stand in different branches of one if or match, or the name lives elsewhere."""
    blocks = module.facts["blocks"]
    groups = {blocks[block][ol.K_GROUP]: block for block in use if blocks[block][ol.K_KIND] in _BRANCHES}
    for block in own:
        row = blocks[block]
        if row[ol.K_KIND] == "comprehension" and block not in use:
            return True
        other = groups.get(row[ol.K_GROUP]) if row[ol.K_KIND] in _BRANCHES else None
        if other is not None and other != block:
            return True
    return False


def _left(module: Module, row: list[Any], own: list[int], use: list[int], at: int | None) -> bool:
    """Whether the branch that assigns is left (return, raise) before the use is reached."""
    blocks = module.facts["blocks"]
    for block in own:
        if block in use:
            return False
        if blocks[block][ol.K_KIND] not in _BRANCHES | {"except"}:
            continue
        scope = blocks[block][ol.K_SCOPE]
        for jump in module.jumps.get(scope, ()):
            leaves = jump[ol.J_KIND] in _LEAVES and jump[ol.J_BLOCK] == block and jump[ol.J_START] > row[ol.B_AT]
            if leaves and (at is None or at >= blocks[block][ol.K_END]) and jump[ol.J_KIND] not in ("break",):
                return True
    return False


def _guard(module: Module, row: list[Any], name: str, use: list[int]) -> bool:
    block = row[ol.B_BLOCK]
    line = module.facts["blocks"][block]
    if block in use or line[ol.K_KIND] != "if" or line[ol.K_HEAD] < 0:
        return False
    head = module.text(line[ol.K_HEAD], line[ol.K_HEAD_END]).strip("() ")
    return " ".join(head.split()) in (f"not {name}", f"{name} is None")


def _turns(module: Module, row: list[Any], name: str, use: list[int]) -> bool:
    line = module.facts["blocks"][row[ol.B_BLOCK]]
    if row[ol.B_BLOCK] in use or line[ol.K_KIND] not in ("if", "elif") or line[ol.K_HEAD] < 0:
        return False
    if name.encode() not in module.source[line[ol.K_HEAD] : line[ol.K_HEAD_END]]:
        return False
    first, *rest = name.split(".")
    value: Term = ["name", first]
    for part in rest:
        value = ["attr", value, part]
    return asks_which(module.term(line[ol.K_HEAD], line[ol.K_HEAD_END]), value)


def asks_which(test: Term, value: Term, *, there: bool = True) -> bool:
    """Whether a test asks which of several a value is, so that it holds for none that is missing: `name == "big"`.

    There: whether the test holds where the value is the one that is asked for.
    """
    if test[0] == "not":
        return asks_which(test[1], value, there=not there)
    if test[0] in ("and", "or"):
        parts = [asks_which(each, value, there=there) for each in test[1]]
        return any(parts) if (test[0] == "and") is there else all(parts)
    if test[0] == "cmp" and ["const", None] not in (test[1], test[3]):
        return test[2] in (("Equal", "In") if there else ("NotEqual", "NotIn")) and (_holds(test[1], value) or _holds(test[3], value))
    return there and test[0] == "call" and test[1][0] == "attr" and _holds(test[1][1], value)


def _holds(term: Any, value: Term) -> bool:
    return bool(term == value) or isinstance(term, list) and any(_holds(each, value) for each in term)


def _is_branch(module: Module, block: int) -> bool:
    return module.facts["blocks"][block][ol.K_KIND] in _BRANCHES


def _definite(module: Module, own: list[int], use: list[int], sure: set[int]) -> bool:
    blocks = module.facts["blocks"]
    for block in own:
        if block in use:
            return True
        if block in sure:
            continue
        if blocks[block][ol.K_KIND] not in _TRANSPARENT:
            return False
    return False


def _completes(
    module: Module, own: list[int], use: list[int], covered: dict[int, set[int]], taken: Callable[[int], Truth]
) -> bool:
    """Whether this assignment was the last missing branch of an if/elif/else or a match that the use stands behind.

    A branch that is ruled out is not missing, nor is one that ends in a jump.
    """
    blocks = module.facts["blocks"]
    block = next((each for each in own if blocks[each][ol.K_KIND] not in _TRANSPARENT), own[0])
    line = blocks[block]
    if line[ol.K_KIND] not in _BRANCHES or line[ol.K_PARENT] not in use:
        return False
    group = line[ol.K_GROUP]
    done = covered.setdefault(group, set())
    done.add(block)
    members = module.branches(block)
    if not any(blocks[each][ol.K_KIND] == "else" or takes_all(module, each) for each in members):
        return False
    return all(_ends(module, each) or taken(each) is False for each in members if each not in done)


def takes_all(module: Module, block: int) -> bool:
    """Whether a block is the `case _:` of a match."""
    row = module.facts["blocks"][block]
    if row[ol.K_KIND] != "case" or row[ol.K_HEAD] < 0 or not module.text(row[ol.K_HEAD], row[ol.K_HEAD_END]).isidentifier():
        return False
    return b" if " not in module.source[row[ol.K_HEAD_END] : row[ol.K_START]]


def _ends(module: Module, block: int) -> bool:
    scope = module.facts["blocks"][block][ol.K_SCOPE]
    return any(jump[ol.J_BLOCK] == block and jump[ol.J_KIND] in _LEAVES for jump in module.jumps.get(scope, ()))
