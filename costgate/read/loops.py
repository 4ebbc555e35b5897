"""What repeats a call in the code around it: loops, loops that retry, functions of the tree that retry."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from costgate.model.call import Loop, RetryLayer
from costgate.read import outline as ol
from costgate.read.caught import handled
from costgate.read.ending import asks_answer, counts_out, exits, has_count, is_counted, until_done
from costgate.read.enums import is_enum, members
from costgate.read.frame import Frame
from costgate.read.graphs import cycle, node_layer
from costgate.read.modules import Module
from costgate.read.pauses import is_fed, pauses, polls
from costgate.read.python import Term
from costgate.read.recursion import recursion
from costgate.read.repeats import library_layer
from costgate.read.things import Args, Cls, Env, Func, Lit, Map, Rec, Ref, Seq, Thing

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

_LEAVES = ("return", "break", "raise")
_ENDLESS = ("itertools.count", "itertools.cycle")
_NAME = re.compile(r"[A-Za-z_]\w*")
_FIRST = re.compile(rb"\(\s*(\w+)\s*,")
_FOREVER = re.compile(r"(?:True|1)\Z")
_COUNTED = {"LessThan": 0, "LessThanEqual": 1}


def loops_and_retries(ev: Evaluator, frame: Frame, at: int) -> tuple[list[Loop], list[RetryLayer]]:
    """Loops around an offset of a function, split into those that repeat the call and those that retry it."""
    module = frame.module
    blocks = module.facts["blocks"]
    chain = module.chain(module.block_at(frame.scope, at))
    loops: list[Loop] = []
    retries: list[RetryLayer] = []
    for block in chain:
        row = blocks[block]
        kind = row[ol.K_KIND]
        source = kind == "comprehension" and row[ol.K_HEAD] <= at < row[ol.K_HEAD_END]
        if kind not in ("for", "while", "comprehension") or source:
            continue
        iterator = _iterator(ev, frame, row) if kind == "for" else None
        if iterator is None and _once(module, frame.scope, block):
            continue
        span = module.span(row[ol.K_GROUP])
        bound = _bound(ev, frame, row) if kind != "while" else _counted(ev, frame, block)
        endless = _endless(ev, frame, row)
        handlers = _retries(module, frame.scope, chain, block, at) if kind != "comprehension" else []
        if iterator is not None:
            retries.append(iterator)
        elif handlers:
            forever = endless or kind == "while" and bound is None and until_done(module, frame.scope, block)
            forever = forever and not counts_out(module, frame.scope, block)
            unbounded = None if forever and _gives_up(module, frame.scope, handlers) else forever
            rounds = _going_round(module, frame.scope, handlers)
            on = _repeated_on(ev, frame, rounds)
            what, waits = f"{'endless ' if endless else ''}{kind} loop", pauses(module, frame.scope, block, at)
            retries.append(RetryLayer(what, bound, unbounded, span, waits=waits, on=on))
        elif endless and not _has_exit(module, frame.scope, block) and not _called_for(module, frame.scope, block, at):
            loops.append(Loop("forever", None, span))
        else:
            counted = has_count(module, frame.scope, block) if kind == "while" else _numbered(ev, frame, row)
            asked = kind == "while" and bound is None and not counted and asks_answer(module, frame.scope, block, at)
            driven = is_counted(module, frame.scope, block) or _called_for(module, frame.scope, block, at)
            open_ = asked or endless and not driven
            loops.append(Loop(kind, bound, span, open_, counted))
    around = cycle(ev, module, frame.scope)
    loops += [around] if around is not None else []
    tried = node_layer(ev, module, frame.scope)
    retries += [tried] if tried is not None else []
    again = recursion(ev, frame)
    loops += [again] if isinstance(again, Loop) else []
    retries += [again] if isinstance(again, RetryLayer) else []
    return loops, retries


def _called_for(module: Module, scope: int, loop: int, at: int) -> bool:
    """Whether somebody outside says how often a loop calls: it waits for them, or looks from time to time what there is."""
    return is_fed(module, scope, loop) or polls(module, scope, loop, at)


def _retries(module: Module, scope: int, chain: list[int], loop: int, at: int) -> list[int]:
    """The handlers of a try inside the loop, around the call, that leaves it on success and goes round again on failure."""
    blocks = module.facts["blocks"]
    inside = chain[: chain.index(loop)]
    tries = [block for block in inside if blocks[block][ol.K_KIND] == "try"]
    if not tries:
        return []
    group = blocks[tries[-1]][ol.K_GROUP]
    handlers = [
        index
        for index, row in enumerate(blocks)
        if row[ol.K_SCOPE] == scope and row[ol.K_GROUP] == group and row[ol.K_KIND] == "except"
    ]
    again = _going_round(module, scope, handlers)
    done = any(
        jump[ol.J_KIND] in ("return", "break")
        and (jump[ol.J_START] >= at or jump[ol.J_START] <= at <= jump[ol.J_END])
        and _left_by(module, jump, loop)
        and not any(handler in module.chain(jump[ol.J_BLOCK]) for handler in handlers)
        for jump in module.jumps.get(scope, ())
    )
    return handlers if again and (done or _flagged(module, scope, loop, tries[-1], at)) else []


def _going_round(module: Module, scope: int, handlers: list[int]) -> list[int]:
    """The handlers after which the loop goes on."""
    left = {jump[ol.J_BLOCK] for jump in module.jumps.get(scope, ()) if jump[ol.J_KIND] in _LEAVES}
    return [handler for handler in handlers if handler not in left]


def _flagged(module: Module, scope: int, loop: int, attempt: int, at: int) -> bool:
    """Whether a success ends `while not done:` by what the try sets behind the call."""
    row = module.facts["blocks"][loop]
    if row[ol.K_KIND] != "while":
        return False
    words = set(_NAME.findall(module.text(row[ol.K_HEAD], row[ol.K_HEAD_END]))) - {"not", "and", "or"}
    rows = [each for word in words for each in module.bindings.get((scope, word), ())]
    after = (each for each in rows if each[ol.B_AT] > at or each[ol.B_START] <= at < each[ol.B_END])
    return any(each[ol.B_KIND] == "=" and each[ol.B_BLOCK] == attempt for each in after)


def _gives_up(module: Module, scope: int, handlers: list[int]) -> bool:
    """Whether a handler leaves the loop under some condition: nothing tells how often that takes."""
    return any(
        jump[ol.J_KIND] in _LEAVES and set(handlers) & set(module.chain(jump[ol.J_BLOCK]))
        for jump in module.jumps.get(scope, ())
    )


def _repeated_on(ev: Evaluator, frame: Frame, handlers: list[int]) -> tuple[str, ...] | None:
    """The errors that handlers go round on: fewer than they catch where they may give up, then told only of the tree's own."""
    on = handled(ev, frame, handlers)
    sure = not _gives_up(frame.module, frame.scope, handlers) or on is not None and not any("." in name for name in on)
    return on if sure else None


def _once(module: Module, scope: int, loop: int) -> bool:
    """Whether the first round of a loop is the last: its body ends in a jump out, and nothing goes round before."""
    if module.facts["blocks"][loop][ol.K_KIND] == "comprehension":
        return False
    jumps = module.jumps.get(scope, ())
    leaves = any(jump[ol.J_BLOCK] == loop and jump[ol.J_KIND] in _LEAVES for jump in jumps)
    return leaves and not any(jump[ol.J_KIND] == "continue" and loop in module.chain(jump[ol.J_BLOCK]) for jump in jumps)


def endless_blocks(ev: Evaluator, module: Module, scope: int) -> list[int]:
    """The loops of a function that nothing in it ends."""
    frame = Frame(module, scope, module.scope(scope)[ol.S_START], {}, module.scope(scope)[ol.S_START])
    blocks = module.facts["blocks"]
    return [
        block
        for block in module.told("loops", _loops).get(scope, ())
        if not _has_exit(module, scope, block) and _endless(ev, frame, blocks[block]) and not is_fed(module, scope, block)
    ]


def _loops(module: Module) -> dict[int, list[int]]:
    """The loops of each scope."""
    found: dict[int, list[int]] = defaultdict(list)
    for block, row in enumerate(module.facts["blocks"]):
        if row[ol.K_KIND] in ("while", "for"):
            found[row[ol.K_SCOPE]].append(block)
    return found


def _endless(ev: Evaluator, frame: Frame, row: list[Any]) -> bool:
    if row[ol.K_KIND] == "while":
        return bool(_FOREVER.match(frame.module.text(row[ol.K_HEAD], row[ol.K_HEAD_END]).strip("() ")))
    return row[ol.K_KIND] == "for" and _never_ends(_header(ev, frame, row))


def _has_exit(module: Module, scope: int, loop: int) -> bool:
    jumps = module.jumps.get(scope, ())
    if any(jump[ol.J_KIND] in (*_LEAVES, "yield") and _left_by(module, jump, loop) for jump in jumps):
        return True
    return any(loop in module.chain(module.block_at(scope, row[ol.C_START])) for row in exits(module, scope))


def _left_by(module: Module, jump: list[Any], loop: int) -> bool:
    """Whether a jump stands in the loop and leads out of it: a break leaves the innermost loop only."""
    blocks, chain = module.facts["blocks"], module.chain(jump[ol.J_BLOCK])
    if loop not in chain:
        return False
    return jump[ol.J_KIND] != "break" or loop == next(at for at in chain if blocks[at][ol.K_KIND] in ("for", "while"))


def _bound(ev: Evaluator, frame: Frame, row: list[Any]) -> int | None:
    """How often a for loop runs: range(N), or a list or dict that is all seen."""
    source = _header(ev, frame, row)
    if isinstance(source, Rec) and source.symbol == "builtins.range":
        ends = [each.value for each in source.args.positional if isinstance(each, Lit) and isinstance(each.value, int)]
        if len(ends) == len(source.args.positional) and 0 < len(ends) < 4 and ends[2:] != [0]:
            return len(range(*ends))
    if isinstance(source, Cls) and is_enum(ev, source):
        return len(members(ev, source))
    if isinstance(source, Seq) and source.more is None:
        return len(source.items)
    if isinstance(source, Map) and source.more is None and not source.maybe:
        return len(source.entries)
    return None


def _numbered(ev: Evaluator, frame: Frame, row: list[Any]) -> bool:
    """Whether a loop goes through numbers up to a limit, known or not, that is no size: `for _ in range(tries)`."""
    written = frame.module.text(row[ol.K_HEAD], row[ol.K_HEAD_END])
    if "len(" in written:
        return False
    if written.startswith("range(") and not frame.module.may_bind(0, "range"):
        return True  # also where too many steps have been taken to follow it
    source = _header(ev, frame, row)
    return isinstance(source, Rec) and source.symbol == "builtins.range"


def _counted(ev: Evaluator, frame: Frame, loop: int) -> int | None:
    """How often `while tries < 3: ... tries += 1` runs at most."""
    module, row = frame.module, frame.module.facts["blocks"][loop]
    whole = module.term(row[ol.K_HEAD], row[ol.K_HEAD_END])
    tests = [each for each in (whole[1] if whole[0] == "and" else [whole]) if _counts(each)]
    if len(tests) != 1:
        return None
    test, name = tests[0], tests[0][1][1]
    rows = module.bindings.get((frame.scope, name), ())
    inside = [each for each in rows if loop in module.chain(each[ol.B_BLOCK])]
    starts = [each for each in rows if each not in inside and each[ol.B_AT] < row[ol.K_START]]
    steps = {module.text(each[ol.B_START], each[ol.B_END]) if each[ol.B_KIND] == "+=" else "" for each in inside}
    if steps != {"1"} or not starts:
        return None
    first = ev.binding(starts[-1], frame)
    last = ev.term(test[3], Frame(module, frame.scope, row[ol.K_HEAD], frame.env, row[ol.K_HEAD]))
    if not isinstance(first, Lit) or not isinstance(last, Lit):
        return None
    ends = (first.value, last.value)
    return max(ends[1] - ends[0] + _COUNTED[test[2]], 0) if isinstance(ends[0], int) and isinstance(ends[1], int) else None


def _counts(test: Term) -> bool:
    return bool(test[0] == "cmp" and test[1][0] == "name" and test[2] in _COUNTED)


def _never_ends(source: Thing) -> bool:
    if not isinstance(source, Rec):
        return False
    return source.symbol in _ENDLESS or source.symbol == "itertools.repeat" and len(source.args.positional) == 1


def _header(ev: Evaluator, frame: Frame, row: list[Any]) -> Thing:
    return ev.slice(Frame(frame.module, frame.scope, row[ol.K_HEAD], frame.env), row[ol.K_HEAD], row[ol.K_HEAD_END])


def _iterator(ev: Evaluator, frame: Frame, row: list[Any]) -> RetryLayer | None:
    """`for attempt in Retrying(...)`."""
    source = _header(ev, frame, row)
    if isinstance(source, Rec) and source.symbol in ev.catalog.layers:
        return library_layer(ev, source.symbol, source.args, frame.module.span(row[ol.K_GROUP]))
    return None


def decorator_layers(ev: Evaluator, module: Module, scope: int) -> list[RetryLayer]:
    """Retry decorators on a function and on the functions it stands in."""
    found: list[RetryLayer] = []
    while scope > 0:
        row = module.scope(scope)
        for start, end in row[ol.S_DECORATORS]:
            thing = ev.slice(Frame(module, row[ol.S_PARENT], start, {}, start), start, end)
            name, args = (thing.symbol, thing.args) if isinstance(thing, Rec) else ("", Args())
            if isinstance(thing, Ref):
                name = thing.dotted
            spec = ev.catalog.layers.get(name)
            if spec is not None and "decorator" in spec.get("form", ["decorator"]):
                layer = library_layer(ev, name, args, module.span(start, end))
                found += [layer] if layer is not None else []
            elif isinstance(thing, Func):
                found += handed_layers(ev, thing)
        scope = row[ol.S_PARENT]
    return found


def handed_layers(ev: Evaluator, function: Func) -> list[RetryLayer]:
    """The retries that a function of the tree puts around a function that it is given."""
    module = ev.project.module(function.path)
    if module is None:
        return []
    given = {param[ol.P_NAME] for param in module.scope(function.scope)[ol.S_PARAMS]}
    for scope in _inside(module, function.scope):
        for row in module.calls.get(scope, ()):
            if row[ol.C_CALLEE] in given or _hands_over(module, row, given):
                frame = Frame(module, scope, row[ol.C_START], function.env or {}, row[ol.C_START])
                wrapped = _wrapped(ev, module, scope, function.scope, function.env or {})
                return [*wrapped, *decorator_layers(ev, module, scope), *loops_and_retries(ev, frame, row[ol.C_START])[1]]
    return []


def _hands_over(module: Module, row: list[Any], given: set[str]) -> bool:
    """Whether the first argument is one of the given functions, followed by what it is called with."""
    match = _FIRST.match(module.source, row[ol.C_FUNCTION_END], row[ol.C_END])
    return match is not None and match.group(1).decode() in given and b"*" in module.source[match.end() : row[ol.C_END]]


def _wrapped(ev: Evaluator, module: Module, scope: int, outer: int, env: Env) -> list[RetryLayer]:
    """The layers of a library that an inner function is put into: `return retry(stop=...)(attempt)`."""
    if scope == outer:
        return []
    name, parent = module.scope(scope)[ol.S_NAME], module.scope(scope)[ol.S_PARENT]
    for row in module.calls.get(parent, ()):
        if module.text(row[ol.C_FUNCTION_END], row[ol.C_END]).strip("() ,") == name:
            start = row[ol.C_START]
            maker = ev.slice(Frame(module, parent, start, env, start), start, row[ol.C_FUNCTION_END])
            if isinstance(maker, Rec) and "decorator" in ev.catalog.layers.get(maker.symbol, {}).get("form", ()):
                layer = library_layer(ev, maker.symbol, maker.args, module.span(start))
                return [layer] if layer is not None else []
    return []


def _inside(module: Module, scope: int) -> Iterator[int]:
    yield scope
    for inner in module.methods.get(scope, ()):
        yield from _inside(module, inner)
