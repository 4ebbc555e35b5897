"""What happens to a dict, a list or an object between its assignment and its use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.read import filled
from costgate.read import outline as ol
from costgate.read.conditions import branch
from costgate.read.things import Func, Lit, Map, Obj, Rec, Ref, Seq, Slot, Str, Thing, choice
from costgate.read.values import as_map, as_parts, overlaid, with_origin

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.frame import Frame
    from costgate.read.modules import Module

_KEY = re.compile(r"""\[\s*(?:'([^']*)'|"([^"]*)")\s*\]\Z""")
_METHODS = ("update", "setdefault", "pop", "append", "extend", "insert", "clear", "add")
_HARMLESS = frozenset(
    "len print str repr dict list tuple copy deepcopy dumps info debug warning error exception log sorted isinstance "
    "bool any all sum min max enumerate zip get items keys values format join type id hash pprint count_tokens".split()
)


def mutated(ev: Evaluator, name: str, value: Thing, row: list[Any] | None, frame: Frame) -> Thing:
    """Apply, in order, what stands between the assignment `row` (None: entry of the scope) and the use."""
    module, scope = frame.module, frame.scope
    start = row[ol.B_END] if row is not None else module.scope(scope)[ol.S_START]
    end = frame.at if frame.at is not None else module.scope(scope)[ol.S_END]
    use = module.chain(module.block_at(scope, frame.at) if frame.at is not None else module.scope(scope)[ol.S_BLOCK])
    blocks = module.facts["blocks"]
    for at, step in sorted(_steps(ev, name, value, frame, start), key=lambda pair: pair[0]):
        block = module.block_at(scope, at)
        own = module.chain(block)
        loops = {each for each in own if blocks[each][ol.K_KIND] in ("for", "while")}
        again = bool(loops & set(use))
        if not (start <= at < end or again) or _apart(blocks, own, use):
            continue
        branches = [each for each in own if each not in use and blocks[each][ol.K_KIND] in ("if", "elif", "else")]
        truths = {each: branch(ev, frame, each) for each in branches}
        if False in truths.values():
            continue
        open_to = [each for each in own if blocks[each][ol.K_KIND] not in ("try", "finally", "with") and not truths.get(each)]
        sure = (not open_to or open_to[0] in use) and at < end
        value = _apply(ev, value, step, frame, sure=sure, repeated=bool(loops - set(use)) or again)
    return value


def _apart(blocks: list[list[Any]], own: list[int], use: list[int]) -> bool:
    groups = {blocks[each][ol.K_GROUP]: each for each in use if blocks[each][ol.K_KIND] in ("if", "elif", "else", "case")}
    return any(groups.get(blocks[each][ol.K_GROUP], each) != each for each in own if blocks[each][ol.K_GROUP] in groups)


def _steps(ev: Evaluator, name: str, value: Thing, frame: Frame, start: int) -> list[tuple[int, tuple[str, list[Any]]]]:
    module, scope = frame.module, frame.scope
    found: list[tuple[int, tuple[str, list[Any]]]] = []
    for row in module.prefixed.get((scope, name), ()):
        found.append((row[ol.B_AT], ("key", row)))
    for row in module.bindings.get((scope, name), ()):
        if row[ol.B_KIND] in ("+=", "|="):
            found.append((row[ol.B_AT], ("augment", row)))
    if isinstance(value, Obj):
        return [(row[ol.B_AT], ("setting", row)) for row in _settings(module, scope, name, value)]
    if isinstance(value, Rec):
        rows = (row for method in filled.METHODS for row in module.calls_by_tail.get(method, ()))
        own = (row for row in rows if row[ol.C_SCOPE] == scope and row[ol.C_CALLEE].rpartition(".")[0] == name)
        return [(row[ol.C_START], ("filled", row)) for row in own]
    pattern = re.compile(rf"(?<![\w.*]){re.escape(name)}(?![\w.\[(=])")
    for row in module.calls.get(scope, ()):
        callee = row[ol.C_CALLEE]
        if callee.startswith(f"{name}.") and callee[len(name) + 1 :] in _METHODS:
            found.append((row[ol.C_START], ("method", row)))
        elif isinstance(value, Map) and row[ol.C_TAIL] not in _HARMLESS and start <= row[ol.C_START]:
            if frame.at is None or row[ol.C_START] < frame.at < row[ol.C_END] or row[ol.C_START] >= frame.at:
                continue
            if pattern.search(module.text(row[ol.C_FUNCTION_END], min(row[ol.C_END], row[ol.C_FUNCTION_END] + 4000))):
                found.append((row[ol.C_START], ("passed", row)))
    return found


def _settings(module: Module, scope: int, name: str, value: Obj) -> Iterator[list[Any]]:
    """`client.max_retries = 5`: the assignments to what an object was built with."""
    for keywords in value.made["args"].values() if not value.path else ():
        for keyword in keywords:
            yield from (row for row in module.bindings.get((scope, f"{name}.{keyword}"), ()) if row[ol.B_KIND] == "=")


def changes(module: Module, scope: int, name: str, value: Thing) -> bool:
    """Whether a scope seems to change what a dotted name holds, told without following anything."""
    if isinstance(value, Obj):
        return any(True for _ in _settings(module, scope, name, value))
    called = (f"{name}.{method}" for method in _METHODS)
    return bool(module.prefixed.get((scope, name))) or bool({row[ol.C_CALLEE] for row in module.calls.get(scope, ())} & {*called})


def _apply(
    ev: Evaluator, value: Thing, step: tuple[str, list[Any]], frame: Frame, *, sure: bool, repeated: bool
) -> Thing:
    kind, row = step
    if kind == "key" and isinstance(value, Map):
        return _set_key(ev, value, row, frame, sure=sure)
    if kind == "augment":
        return _augmented(ev, value, row, frame, sure=sure, repeated=repeated)
    if kind == "passed" and isinstance(value, Map):
        return _passed(ev, value, row, frame)
    if kind == "setting" and isinstance(value, Obj):
        return _set(value, row, ev.binding(row, frame), sure=sure)
    if kind == "filled" and isinstance(value, Rec):
        return filled.fill(ev, value, row, frame)
    if kind == "method":
        return _method(ev, value, row, frame, sure=sure, repeated=repeated)
    return value


def _set(value: Obj, row: list[Any], item: Thing, *, sure: bool) -> Obj:
    keyword = str(row[ol.B_TARGET]).rpartition(".")[2]
    role = next(role for role, keywords in value.made["args"].items() if keyword in keywords)
    before = value.settings[role].thing if role in value.settings else None
    default = value.made.get("defaults", {}).get(role, {}).get("value")
    item = item if sure else choice([Lit(default) if before is None else before, item])
    return replace(value, settings={**value.settings, role: Slot(keyword, item)})


def _set_key(ev: Evaluator, value: Map, row: list[Any], frame: Frame, *, sure: bool) -> Thing:
    match = _KEY.search(row[ol.B_TARGET])
    if match is None:
        return _updated(value, Map({}, more="a computed key is set"), sure=sure)
    key = match.group(1) if match.group(1) is not None else match.group(2)
    if row[ol.B_KIND] == "del":
        return _without_key(value, key, sure=sure)
    item = ev.binding(row, frame)
    return _with_key(value, key, item, sure=sure)


def _without_key(value: Map, key: str, *, sure: bool) -> Map:
    entries = {name: each for name, each in value.entries.items() if name != key or not sure}
    return replace(value, entries=entries, maybe=(value.maybe | {key}) & entries.keys())


def _with_key(value: Map, key: str, item: Thing, *, sure: bool) -> Map:
    if sure:
        return replace(value, entries={**value.entries, key: item}, maybe=value.maybe - {key})
    before = value.entries.get(key)
    merged = item if before is None else choice([before, item])
    maybe = value.maybe | {key} if before is None else value.maybe
    return replace(value, entries={**value.entries, key: merged}, maybe=maybe)


def _augmented(
    ev: Evaluator, value: Thing, row: list[Any], frame: Frame, *, sure: bool, repeated: bool
) -> Thing:
    item = ev.slice(frame, row[ol.B_START], row[ol.B_END])
    if isinstance(value, Str):
        place = frame.module.span(row[ol.B_START], row[ol.B_END])
        text = frame.module.text(row[ol.B_START], row[ol.B_END])
        if repeated:
            from costgate.model.prompt import Hole

            return replace(value, parts=(*value.parts, Hole(text[:80], place, repeated=True)))
        return replace(value, parts=(*value.parts, *as_parts(item, text, place)))
    if isinstance(value, Seq):
        return _extended(value, item, repeated=repeated)
    if isinstance(value, Map):
        return _updated(value, as_map(item), sure=sure)
    return value


def _updated(value: Map, other: Map, *, sure: bool) -> Map:
    return overlaid(value, other if sure else replace(other, maybe=frozenset(other.entries)))


def _extended(value: Seq, item: Thing, *, repeated: bool) -> Seq:
    if repeated or not isinstance(item, Seq):
        return replace(value, more=value.more or "items are added at run time")
    return Seq((*value.items, *item.items), value.more or item.more)


def _passed(ev: Evaluator, value: Map, row: list[Any], frame: Frame) -> Thing:
    """A dict handed to a function may come back changed; foreign functions and those we can see not to, do not."""
    function = ev.term(frame.module.term(row[ol.C_START], row[ol.C_FUNCTION_END]), replace(frame, base=row[ol.C_START], at=row[ol.C_START]))
    if isinstance(function, (Ref, Obj)) or (isinstance(function, Func) and not _changes(ev, function)):
        return value
    if not isinstance(function, Func):
        return value
    return replace(value, more=value.more or f"`{row[ol.C_CALLEE] or row[ol.C_TAIL]}` may change it")


def _changes(ev: Evaluator, function: Func) -> bool:
    module = ev.project.module(function.path)
    if module is None:
        return True
    for param in module.scope(function.scope)[ol.S_PARAMS]:
        name = param[ol.P_NAME]
        if module.prefixed.get((function.scope, name)):
            return True
        for row in module.calls.get(function.scope, ()):
            if row[ol.C_CALLEE].startswith(f"{name}.") and row[ol.C_CALLEE][len(name) + 1 :] in _METHODS:
                return True
    return False


def _method(
    ev: Evaluator, value: Thing, row: list[Any], frame: Frame, *, sure: bool, repeated: bool
) -> Thing:
    term = frame.module.term(row[ol.C_START], row[ol.C_END])
    if term[0] != "call":
        return value
    args = ev.arguments(term[2], replace(frame, base=row[ol.C_START], at=row[ol.C_START]))
    method = row[ol.C_TAIL]
    first = args.positional[0] if args.positional else None
    if isinstance(value, Map):
        key = first.plain if isinstance(first, Str) else None
        if method == "update":
            given = [as_map(first)] if first is not None else []
            for each in [*given, args.named]:
                value = _updated(value, each, sure=sure)
        elif method == "setdefault" and key is not None and len(args.positional) > 1:
            if key not in value.entries or key in value.maybe:
                default = with_origin(args.positional[1], "function-default") if value.more else args.positional[1]
                value = _with_key(value, key, default, sure=sure and key not in value.maybe)
        elif method == "pop" and key is not None:
            value = _without_key(value, key, sure=sure)
        return value
    if isinstance(value, Seq):
        if method in ("append", "add") and first is not None and not repeated:
            return replace(value, items=(*value.items, first))
        if method == "insert" and len(args.positional) > 1 and not repeated:
            return replace(value, items=(args.positional[1], *value.items))
        if method == "extend" and first is not None:
            return _extended(value, first, repeated=repeated)
        if method in ("append", "add", "insert"):
            return replace(value, more=value.more or "items are added in a loop")
        return replace(value, more=value.more or f"`.{method}()` changes it")
    return value
