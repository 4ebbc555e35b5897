"""What happens to a dict, a list or an object between its assignment and its use."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from costgate.read import filled
from costgate.read import outline as ol
from costgate.read.conditions import branch
from costgate.read.copied import by_name, looped
from costgate.read.dictlike import kept
from costgate.read.frame import Frame
from costgate.read.lending import taken
from costgate.read.placed import placed
from costgate.read.python import Term, lower
from costgate.read.things import Choice, Func, Lit, Map, Obj, Rec, Seq, Slot, Str, Thing, choice, is_prose, options_of
from costgate.read.values import as_map, as_parts, overlaid, said_length, spread, text_of, weakest, with_origin

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

_KEY = re.compile(r"""\[\s*(?:'([^']*)'|"([^"]*)")\s*\]\Z""")
MAX_ALIAS = 60
MAX_WORDED = 4
_METHODS = ("update", "setdefault", "pop", "append", "extend", "insert", "clear", "add")
IN_A_LOOP = "items are added in a loop"
_HARMLESS = frozenset(
    "len print str repr dict list tuple copy deepcopy dumps info debug warning error exception log sorted isinstance "
    "bool any all sum min max enumerate zip get items keys values format join type id hash pprint count_tokens".split()
)


def mutated(ev: Evaluator, name: str, value: Thing, row: list[Any] | None, frame: Frame) -> Thing:
    """Apply, in order, what stands between the assignment `row` (None: entry of the scope) and the use."""
    module, scope = frame.module, frame.scope
    start = row[ol.B_END] if row is not None else module.scope(scope)[ol.S_START]
    steps = _steps(ev, name, value, frame, start)
    if not steps:
        return value
    end = frame.at if frame.at is not None else module.scope(scope)[ol.S_END]
    use = module.chain(module.block_at(scope, frame.at) if frame.at is not None else module.scope(scope)[ol.S_BLOCK])
    blocks = module.facts["blocks"]
    least: Thing | None = None
    for at, step in sorted(steps, key=lambda pair: pair[0]):
        block = module.block_at(scope, at)
        own = module.chain(block)
        loops = {each for each in own if blocks[each][ol.K_KIND] in ("for", "while")}
        again = bool(loops & set(use))
        if not (start <= at < end or again) or _apart(blocks, own, use):
            continue
        branches = [each for each in own if each not in use and blocks[each][ol.K_KIND] in ("if", "elif", "else", "case")]
        truths = {each: branch(ev, frame, each) for each in branches}
        if False in truths.values():
            continue
        open_to = [each for each in own if blocks[each][ol.K_KIND] not in ("try", "finally", "with") and not truths.get(each)]
        sure = (not open_to or open_to[0] in use) and at < end
        repeated = bool(loops - set(use)) or again
        after = _apply(ev, name, value, step, frame, sure=sure, repeated=repeated)
        if step[0] == "augment" and all(isinstance(each, Str) for each in options_of(value)):
            if least is not None and sure:
                least = _apply(ev, name, least, step, frame, sure=True, repeated=repeated)
            elif not sure:
                least = value if least is None else least
        value = _kept(value, after) if at >= end and isinstance(value, Seq) else after
    return value if least is None else _between(least, value)


def gained(before: Thing, after: Thing) -> bool:
    """Whether a text, or a list of them, got words that it had not."""
    if isinstance(before, Seq):
        had = {id(each) for each in before.items}
        return isinstance(after, Seq) and any(_worded(each) for each in after.items if id(each) not in had)
    return any(is_prose(each) for each in options_of(after) if each is not before)


def _between(least: Thing, most: Thing) -> Thing:
    """Text to which something may be added: with all of that, and the shortest without."""
    texts = [each for each in options_of(least) if isinstance(each, Str)]
    if not texts or not any(map(is_prose, options_of(most))):
        return most
    return choice([most, min(texts, key=lambda text: said_length(text.parts))])


def _kept(before: Seq, after: Thing) -> Seq:
    """A list to which a round ago something was added: the first call sends none of it, later ones what has words."""
    return after if isinstance(after, Seq) and gained(before, after) else replace(before, more=before.more or IN_A_LOOP)


def _optional(item: Thing, sure: bool) -> Thing:
    """An item that a list may get or not: where it has words, None stands for the list without it."""
    return item if sure or not _worded(item) else choice([item, Lit(None)])


def _worded(thing: Thing, depth: int = 0) -> bool:
    """Whether something holds a text of more than a word, as a message does."""
    if depth > MAX_WORDED:
        return False
    inner = thing.args.named if isinstance(thing, Rec) else thing
    if isinstance(inner, Map):
        return any(_worded(each, depth + 1) for each in inner.entries.values())
    held = inner.items if isinstance(inner, Seq) else inner.options if isinstance(inner, Choice) else ()
    return is_prose(inner) or any(_worded(each, depth + 1) for each in held)


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
    for other, since in _aliases(module, scope, name) if isinstance(value, (Map, Seq)) else ():
        found += [(row[ol.B_AT], ("key", row)) for row in module.prefixed.get((scope, other), ()) if row[ol.B_AT] > since]
        found += [(row[ol.C_START], ("method", row)) for row in _methods(module, scope, other) if row[ol.C_START] > since]
    if isinstance(value, Obj):
        found = [(row[ol.B_AT], ("setting", row)) for row in _settings(module, scope, name, value)]
        return found + [(row[ol.C_START], ("taken", row)) for row in _given_to(module, scope, name, value)]
    if isinstance(value, Rec):
        return [(row[ol.C_START], ("filled", row)) for row in filled.statements(module, scope, name, value)]
    found += [(row[ol.C_START], ("method", row)) for row in _methods(module, scope, name)]
    if isinstance(value, (Map, Seq)) and frame.at is not None:
        for row in module.told(("passing", scope, name), partial(_passing, scope=scope, name=name)):
            before = start <= row[ol.C_START] < frame.at and row[ol.C_END] <= frame.at
            if before and (isinstance(value, Map) or _for_its_own_sake(module, row, name)):
                found.append((row[ol.C_START], ("passed", row)))
    return found


def _passing(module: Module, scope: int, name: str) -> list[list[Any]]:
    """The calls of a scope that get what a name holds and may change it."""
    able = (row for row in module.calls.get(scope, ()) if row[ol.C_TAIL] not in _HARMLESS and not _method_of(row, name))
    return [
        row
        for row in able
        if _stands_in(name, module.text(row[ol.C_FUNCTION_END], min(row[ol.C_END], row[ol.C_FUNCTION_END] + 4000)))
    ]


def _methods(module: Module, scope: int, name: str) -> Sequence[list[Any]]:
    """The calls of methods that change what a name holds."""
    return module.told("methods", _changing).get((scope, name), ())


def _changing(module: Module) -> dict[tuple[int, str], list[list[Any]]]:
    """The calls of methods that change what they are called on, by scope and by the dotted name of that."""
    found: dict[tuple[int, str], list[list[Any]]] = defaultdict(list)
    for row in module.facts["calls"]:
        name, _, method = row[ol.C_CALLEE].rpartition(".")
        if name and method == row[ol.C_TAIL] and method in _METHODS:
            found[row[ol.C_SCOPE], name].append(row)
    return found


def _for_its_own_sake(module: Module, row: list[Any], name: str) -> bool:
    """Whether nothing is made of what a plain function gives back that is given a name: so are those called that change a list."""
    if not row[ol.C_CALLEE].isidentifier():
        return False
    line = module.source[module.source.rfind(b"\n", 0, row[ol.C_START]) + 1 : row[ol.C_START]].strip()
    if line not in (b"", b"await"):
        return False
    term = module.term(row[ol.C_START], row[ol.C_END])
    return term[0] == "call" and any(each == ["name", name] for _, each in term[2])


def _method_of(row: list[Any], name: str) -> bool:
    return row[ol.C_TAIL] in _METHODS and row[ol.C_CALLEE] == f"{name}.{row[ol.C_TAIL]}"


def _stands_in(name: str, text: str) -> bool:
    """Whether a text holds a name by itself: not as part of another, called, or as a keyword."""
    return name in text and bool(_by_itself(name).search(text))


@lru_cache(1024)
def _by_itself(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.*]){re.escape(name)}(?![\w.\[(=])")


def _aliases(module: Module, scope: int, name: str) -> Iterator[tuple[str, int]]:
    """Other names for the same dict or list, each with where it becomes one: `other = name`, or `name = other`."""
    for target, said, since in module.told("aliases", _renamed).get(scope, ()):
        other = target if said == name else said if target == name and (scope, said) in module.bindings else ""
        if other and other != name and len(module.bindings[scope, other]) == 1:
            yield other, since


def _renamed(module: Module) -> dict[int, list[tuple[str, str, int]]]:
    """By scope, the assignments of one plain name to another, with where each ends."""
    found: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for row in module.facts["bindings"]:
        if row[ol.B_KIND] == "=" and row[ol.B_TARGET].isidentifier() and 0 < row[ol.B_END] - row[ol.B_START] <= MAX_ALIAS:
            said = module.text(row[ol.B_START], row[ol.B_END]).strip()
            if said.isidentifier():
                found[row[ol.B_SCOPE]].append((row[ol.B_TARGET], said, row[ol.B_END]))
    return found


def _settings(module: Module, scope: int, name: str, value: Obj) -> Iterator[list[Any]]:
    """`client.max_retries = 5`: the assignments to what an object was built with."""
    for keywords in value.made["args"].values() if not value.path else ():
        for keyword in keywords:
            yield from (row for row in module.bindings.get((scope, f"{name}.{keyword}"), ()) if row[ol.B_KIND] == "=")


def _given_to(module: Module, scope: int, name: str, value: Obj) -> Iterator[list[Any]]:
    """`kernel.add_service(service)`: the calls that give an object another one."""
    methods = value.made.get("takes", ()) if not value.path else ()
    for row in module.calls.get(scope, ()) if methods else ():
        if row[ol.C_TAIL] in methods and row[ol.C_CALLEE] == f"{name}.{row[ol.C_TAIL]}":
            yield row


def changes(module: Module, scope: int, name: str, value: Thing) -> bool:
    """Whether a scope seems to change what a dotted name holds, told without following anything."""
    if isinstance(value, Obj):
        return any(True for each in (_settings, _given_to) for _ in each(module, scope, name, value))
    return bool(module.prefixed.get((scope, name)) or _methods(module, scope, name))


def _apply(
    ev: Evaluator, name: str, value: Thing, step: tuple[str, list[Any]], frame: Frame, *, sure: bool, repeated: bool
) -> Thing:
    kind, row = step
    if kind == "key" and isinstance(value, Map):
        return _set_key(ev, value, row, frame, sure=sure)
    if kind == "augment":
        return _augmented(ev, value, row, frame, sure=sure, repeated=repeated)
    if kind == "key" and isinstance(value, Seq):
        return placed(ev, value, row, frame, sure=sure)
    if kind == "passed" and isinstance(value, (Map, Seq)):
        return _passed(ev, name, value, row, frame, sure=sure)
    if kind == "setting" and isinstance(value, Obj):
        return _set(value, row, ev.binding(row, frame), sure=sure)
    if kind == "taken" and isinstance(value, Obj):
        term = frame.module.term(row[ol.C_START], row[ol.C_END])
        at = frame._replace(base=row[ol.C_START], at=row[ol.C_START])
        return taken(value, row[ol.C_TAIL], ev.arguments(term[2], at)) if term[0] == "call" else value
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
        return _computed(ev, value, row, frame, sure=sure)
    key = match.group(1) if match.group(1) is not None else match.group(2)
    if row[ol.B_KIND] == "del":
        return _without_key(value, key, sure=sure)
    item = ev.binding(row, frame)
    if value.made is not None:
        item = kept(ev, value, text_of(key, frame.module.span(row[ol.B_AT])), item)
    return _with_key(value, key, item, sure=sure)


def _computed(ev: Evaluator, value: Map, row: list[Any], frame: Frame, *, sure: bool) -> Map:
    """`made[key] = value`: a key that is one of a few, or one of a dict that is copied, or not known."""
    module, target = frame.module, row[ol.B_TARGET]
    key = lower(target[target.find("[") + 1 :].removesuffix("]"))
    if row[ol.B_KIND] == "=":
        copied = looped(ev, row[ol.B_BLOCK], frame, key, module.term(row[ol.B_START], row[ol.B_END]))
        if copied is not None:
            return overlaid(value, copied)
        named = by_name(ev, row, frame, key)
        if named is not None:
            for name, item, certain in named:
                value = _with_key(value, name, item, sure=certain)
            return value
        names = options_of(ev.term(key, frame._replace(at=row[ol.B_AT], base=row[ol.B_AT])))
        plain = [each.plain for each in names if isinstance(each, Str) and each.plain is not None]
        if len(plain) == len(names):
            item = ev.binding(row, frame)
            for name in plain:
                value = _with_key(value, name, item, sure=sure and len(plain) == 1)
            return value if len(plain) == 1 else replace(value, more=value.more or "one of a few keys is set")
    rest = ev.binding(row, frame) if row[ol.B_KIND] == "=" else value.rest
    return replace(_updated(value, Map({}, more="a computed key is set"), sure=sure), rest=rest)


def _without_key(value: Map, key: str, *, sure: bool) -> Map:
    entries = {name: each for name, each in value.entries.items() if name != key or not sure}
    gone = {**(value.gone or {}), **({key: value.entries[key]} if key in value.entries else {})}
    return replace(value, entries=entries, maybe=(value.maybe | {key}).intersection(entries), gone=gone)


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
    if isinstance(value, Choice):
        return choice([_added(each, item, row, frame, sure=sure, repeated=repeated) for each in value.options])
    return _added(value, item, row, frame, sure=sure, repeated=repeated)


def _added(value: Thing, item: Thing, row: list[Any], frame: Frame, *, sure: bool, repeated: bool) -> Thing:
    if isinstance(value, Str):
        place = frame.module.span(row[ol.B_START], row[ol.B_END])
        text = frame.module.text(row[ol.B_START], row[ol.B_END])
        if repeated:
            from costgate.model.prompt import Hole

            once = as_parts(item, text, place) if is_prose(item) else ()
            return replace(value, parts=(*value.parts, *once, Hole(text[:80], place, repeated=True)))
        several = spread([(value, "", place), (item, text, place)])
        longer = [replace(value, parts=parts, origin=weakest([value, item])) for parts in several]
        kept = [] if sure or not (is_word(value) and all(map(is_word, longer))) else [value]
        return choice([*kept, *longer])
    if isinstance(value, Seq):
        return _extended(value, item, sure=sure, repeated=repeated)
    if isinstance(value, Map):
        return _updated(value, as_map(item), sure=sure)
    return value


def is_word(text: Str) -> bool:
    """Whether a text is a name rather than a part of a prompt, which is told with all that may be added."""
    return text.plain is not None and len(text.plain.split()) == 1


def _updated(value: Map, other: Map, *, sure: bool) -> Map:
    return overlaid(value, other if sure else replace(other, maybe=frozenset(other.entries)))


def _extended(value: Seq, item: Thing, *, sure: bool, repeated: bool) -> Seq:
    if not isinstance(item, Seq):
        return replace(value, more=value.more or "items are added at run time")
    further = (_optional(each, sure) for each in item.items)
    return Seq((*value.items, *further), value.more or item.more or (IN_A_LOOP if repeated else None))


def _passed(ev: Evaluator, name: str, value: Map | Seq, row: list[Any], frame: Frame, *, sure: bool) -> Thing:
    """A dict or list handed to a function of the tree may come back changed; those of others hardly ever do that."""
    inner = frame._replace(base=row[ol.C_START], at=row[ol.C_START])
    function = ev.term(frame.module.term(row[ol.C_START], row[ol.C_FUNCTION_END]), inner)
    term = frame.module.term(row[ol.C_START], row[ol.C_END])
    only = _given_as(ev, name, function, term) if isinstance(function, Func) and isinstance(value, Seq) else None
    if not isinstance(function, Func) or not _changes(ev, function, only):
        return value
    after = _changed_inside(ev, name, value, function, term, inner)
    if after is not None and sure:
        return after
    if isinstance(after, Map) and isinstance(value, Map):
        return perhaps(value, after)
    if isinstance(after, Seq) and isinstance(value, Seq):
        had = {id(each) for each in value.items}
        return replace(after, items=tuple(each if id(each) in had else _optional(each, sure) for each in after.items))
    return replace(value, more=value.more or f"`{row[ol.C_CALLEE] or row[ol.C_TAIL]}` may change it")


def _changed_inside(ev: Evaluator, name: str, value: Map | Seq, function: Func, term: Term, frame: Frame) -> Map | Seq | None:
    """The dict or list as a function leaves it that is given it under a name; None where that is not followed."""
    module, param = ev.project.module(function.path), _given_as(ev, name, function, term)
    mark = (function.path, function.scope, -1, f"{param} is changed")
    if module is None or param is None or module.bindings.get((function.scope, param)):
        return None
    with ev.once(mark) as fresh:
        if not fresh:
            return None
        env = {**(function.env or {}), (function.path, function.scope): ev.bound(function, ev.arguments(term[2], frame))}
        after = mutated(ev, param, value, None, Frame(module, function.scope, None, env))
    return after if isinstance(after, Map if isinstance(value, Map) else Seq) else None


def _given_as(ev: Evaluator, name: str, function: Func, term: Term) -> str | None:
    """The parameter of a function that a call gives what a name holds."""
    module = ev.project.module(function.path)
    at = next((at for at, (_, each) in enumerate(term[2]) if each == ["name", name]), None) if term[0] == "call" else None
    if module is None or at is None:
        return None
    params = module.scope(function.scope)[ol.S_PARAMS]
    place = at + (function.bound is not None)
    param = term[2][at][0] or (params[place][ol.P_NAME] if place < len(params) and not params[place][ol.P_KIND] else None)
    return None if param in ("*", "**") else param


def perhaps(before: Map, after: Map) -> Map:
    """A dict that is changed, or not."""
    entries = {key: choice([before.entries[key], each]) if key in before.entries else each for key, each in after.entries.items()}
    gone = {key: each for key, each in before.entries.items() if key not in entries}
    maybe = before.maybe.union(after.maybe, entries.keys() - before.entries.keys(), gone)
    return Map({**gone, **entries}, maybe, after.more)


def changed_by_functions(ev: Evaluator, name: str, value: Map, module: Module) -> Map:
    """A dict of a module with what functions of the module set in it, which may have run or not."""
    scopes = {scope for scope, target in module.prefixed if target == name}
    calls = (row for method in _METHODS for row in module.calls_by_tail.get(method, ()))
    scopes |= {row[ol.C_SCOPE] for row in calls if _method_of(row, name)}
    for scope in sorted(scopes - {0}):
        mark = (module.path, scope, -1, f"{name} of the module is changed")
        if _is_local(module, scope, name):
            continue
        with ev.once(mark) as fresh:
            after = mutated(ev, name, value, None, Frame(module, scope, None)) if fresh else None
        value = perhaps(value, after) if isinstance(after, Map) else value
    return value


def _is_local(module: Module, scope: int, name: str) -> bool:
    while scope > 0:
        if module.may_bind(scope, name):
            return True
        scope = module.scope(scope)[ol.S_PARENT]
    return False


def _changes(ev: Evaluator, function: Func, only: str | None) -> bool:
    """Whether a function seems to change one of its parameters; if `only` one counts, whether it puts messages into that."""
    module = ev.project.module(function.path)
    if module is None:
        return True
    row = module.scope(function.scope)
    if only is not None and b"role" not in module.source[row[ol.S_START] : row[ol.S_END]]:
        return False  # most lists hold no messages, and are long to follow
    for param in module.scope(function.scope)[ol.S_PARAMS]:
        name = param[ol.P_NAME]
        if only is not None and name != only:
            continue
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
    args = ev.arguments(term[2], frame._replace(base=row[ol.C_START], at=row[ol.C_START]))
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
        further = value.more or (IN_A_LOOP if repeated else None)  # of many like it, one is told
        if method in ("append", "add") and first is not None:
            return Seq((*value.items, _optional(first, sure)), further)
        if method == "insert" and len(args.positional) > 1:
            return Seq((_optional(args.positional[1], sure), *value.items), further)
        if method == "extend" and first is not None:
            return _extended(value, first, sure=sure, repeated=repeated)
        return replace(value, more=value.more or f"`.{method}()` changes it")
    return value
