"""What each kind of lowered expression evaluates to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from costgate.read import outline as ol
from costgate.read.conditions import branch, decide
from costgate.read.copied import passing
from costgate.read.inside import set_inside
from costgate.read.lineage import lineage
from costgate.read.listed import FOR_EACH, each_of, for_each
from costgate.read.loaded import example_of, section
from costgate.read.names import asks_which, reach
from costgate.read.native import REST, SLICE
from costgate.read.operators import operate
from costgate.read.placed import some_of
from costgate.read.python import Term
from costgate.read.things import (
    Args,
    Choice,
    Cls,
    Func,
    Inst,
    Lit,
    Map,
    Nope,
    Obj,
    Partial,
    Rec,
    Ref,
    Seq,
    Str,
    Thing,
    choice,
    is_open,
    options_of,
)
from costgate.read.values import as_map, concatenated, entry, handed_in, is_none, otherwise, overlaid, text_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.frame import Frame


def _str(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    return text_of(term[1], ev.place(frame, term[2]))


def _num(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    from decimal import Decimal

    digits = term[1]
    number = int(digits) if digits.lstrip("-").isdigit() else Decimal(digits)
    return Lit(number, trail=(ev.place(frame, term[2]),))


def _fstr(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    pieces: list[tuple[Thing, str]] = []
    for part in term[1]:
        if part[0] == "str":
            if part[1]:
                pieces.append((text_of(part[1], ev.place(frame, part[2])), ""))
            continue
        pieces.append((ev.term(part[1], frame), part[2]))
    return concatenated(pieces, ev.place(frame, term[2]))


def _op(ev: Evaluator, term: Term, frame: Frame) -> Thing:

    return operate(ev, term[1], [ev.term(each, frame) for each in term[2]], ev.place(frame), term[2])


def _or(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    *firsts, last = term[1]
    value = ev.term(last, frame)
    for part in reversed(firsts):
        value = _otherwise(ev, ev.term(part, frame), value)
    return value


def _otherwise(ev: Evaluator, first: Thing, rest: Thing) -> Thing:
    return otherwise(options_of(first), ev.catalog.unsaid(options_of(rest)))


def _and(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    return ev.term(term[1][-1], frame)


def _if(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    _, test, then, other = term
    sure = decide(ev, test, frame)
    if sure is not None:
        return ev.term(then if sure else other, frame)
    if asks_for(test, then, there=True):
        return _otherwise(ev, ev.term(then, frame), ev.term(other, frame))
    if asks_for(test, other, there=False):
        return _otherwise(ev, ev.term(other, frame), ev.term(then, frame))
    found = [ev.term(then, frame), ev.term(other, frame)]
    given = found[1] if asks_which(test, other) else found[0] if asks_which(test, then, there=False) else None
    return given if given is not None and handed_in(given) else choice(found)


def asks_for(test: Term, value: Term, *, there: bool) -> bool:
    """Whether a test asks if a value is there (or missing): `x if x is not None else d`, `d if not x else x`.

    What is asked for may be what holds the value: `row.value if row else d`.
    """
    if test[0] == "not":
        return asks_for(test[1], value, there=not there)
    if test[0] == "cmp" and test[3] == ["const", None]:
        return _leads(test[1], value) and test[2] == ("IsNot" if there else "Is")
    return there and _leads(test, value)


def _leads(holder: Term, value: Term) -> bool:
    while value != holder and value[0] in ("attr", "item"):
        value = value[1]
    return bool(value == holder)


def _dict(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    entries: dict[str, Thing] = {}
    maybe: set[str] = set()
    more: str | None = None
    for key, value in term[1]:
        if key is None:
            inner = as_map(ev.term(value, frame))
            over = overlaid(Map(entries, frozenset(maybe), more), inner)
            entries, maybe, more = dict(over.entries), set(over.maybe), over.more
            continue
        name = ev.term(key, frame)
        text = name.plain if isinstance(name, Str) else str(name.value) if isinstance(name, Lit) else None
        if text is None:
            more = more or "a key of the dict is computed"
            continue
        entries[text] = ev.term(value, frame)
        maybe.discard(text)
    return Map(entries, frozenset(maybe), more)


def _list(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    items: list[Thing] = []
    more: str | None = None
    for part in term[1]:
        if part[0] != "star":
            items.append(ev.term(part, frame))
            continue
        inner = ev.term(part[1], frame)
        sequence = inner if isinstance(inner, Seq) else Seq((inner,) if isinstance(inner, Nope) else (), "a `*` splat")
        items.extend(sequence.items)
        more = more or sequence.more
    return Seq(tuple(items), more)


def _comp(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    if term[1] == "list":
        known = each_of(ev, term, frame)
        if known is not None:
            return known
        return for_each(ev, ev.term(term[2], frame), term, frame)
    return _filtered(ev, term, frame) or Map({}, more="a dict comprehension")


def _filtered(ev: Evaluator, term: Term, frame: Frame) -> Map | None:
    """`{k: v for k, v in given.items() if v is not None}`: what is given, without what is missing."""
    _, _, element, target, source, tests = term
    names = [each.strip() for each in target.strip("() ").split(",")]
    if len(names) != 2 or element != ["tuple", [["name", names[0]], ["name", names[1]]]] :
        return None
    return passing(ev, source, names[0], names[1], tests, frame)


def _attr(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    reached = _assigned(ev, _dotted(term), frame)
    if reached is not None and not reached[1]:
        return choice(reached[0])
    plain = set_inside(ev, term, frame, ev.attribute(ev.term(term[1], frame), term[2], frame))
    return plain if reached is None else choice([*reached[0], plain])


def _dotted(term: Term) -> str:
    """`bot.model` as it is written, "" where it is more than names."""
    if term[0] == "name":
        return str(term[1])
    base = _dotted(term[1]) if term[0] == "attr" else ""
    return f"{base}.{term[2]}" if base else ""


def _assigned(ev: Evaluator, dotted: str, frame: Frame) -> tuple[list[Thing], bool] | None:
    """What the scope of a frame assigns to an attribute: `bot.model = ...`, and whether it may still be what it was."""

    module, scope = frame.module, frame.scope
    if not module.bindings.get((scope, dotted)) or module.lookup_class(scope) is not None:
        return None
    mark = (module.path, scope, -1 if frame.at is None else frame.at, dotted)
    with ev.once(mark) as fresh:
        if not fresh:
            return None
        reached = reach(module, scope, dotted, frame.at, lambda block: branch(ev, frame, block))
        return ([ev.binding(row, frame) for row in reached.rows], reached.falls) if reached.rows else None


def _item(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    return subscript(ev, ev.term(term[1], frame), ev.term(term[2], frame))


def subscript(ev: Evaluator, base: Thing, key: Thing) -> Thing:
    """`base[key]`."""
    if isinstance(base, Choice):
        return choice([subscript(ev, each, key) for each in base.options])
    if isinstance(base, Ref) and base.dotted == "os.environ":
        name = key.plain if isinstance(key, Str) else None
        example = example_of(ev, name) if name else None
        return example or Nope(f"environment variable {name or 'of a computed name'}", outside=True)
    if isinstance(base, Rec) and base.symbol == "ini":
        return section(base, Args((key,))) or base
    if isinstance(base, Map):
        text = key.plain if isinstance(key, Str) else str(key.value) if isinstance(key, Lit) else None
        if text is not None and text in base.entries:
            return entry(base, text, key.origin if isinstance(key, (Str, Lit)) else "argument")
        if text is None and base.entries and base.more is None:
            return choice(list(base.entries.values()))
        return Nope(base.more or f"the dict has no key {text!r}", outside=base.more is not None)
    if isinstance(base, Ref) and base.dotted == "sys.argv":
        return Nope("an argument of the command line", outside=True)
    if isinstance(base, Seq) and base.items and isinstance(key, Nope) and (base.more is None or key.why in (SLICE, REST)):
        return some_of(base, key.why) if key.why in (SLICE, REST) else choice(list(base.items))
    if isinstance(base, Seq) and isinstance(key, Lit) and isinstance(key.value, int):
        inside = -len(base.items) <= key.value < len(base.items) and (base.more is None or key.value >= 0)
        if inside and base.more == FOR_EACH:
            return choice([each for each in options_of(base.items[key.value]) if not is_none(each)])
        return base.items[key.value] if inside else Nope("an item beyond what is seen")
    if isinstance(base, (Obj, Ref)) or isinstance(base, Cls) and not isinstance(key, Str):
        return base
    if isinstance(base, Cls) and isinstance(key, Str) and key.plain:
        return ev.attribute(base, key.plain, None)
    if is_open(base):
        return Nope("it is None unless a caller or a setting says otherwise", outside=True)
    return base if isinstance(base, Nope) else Nope("an item that is not followed")


def _call(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    function = ev.term(term[1], frame)
    if isinstance(function, Nope):
        return Nope(f"the result of a call that is not followed: {function.why}", function.trail)
    if isinstance(function, Ref) and function.dotted == "builtins.super":
        owner = frame.module.lookup_class(frame.scope)
        return Nope("super()") if owner is None else _above(ev, Cls(frame.module.path, owner), frame)
    span = ev.place(frame, term[3])
    return ev.call(function, ev.arguments(term[2], frame), frame.module.path, span)


def _narrowed(ev: Evaluator, term: Term, frame: Frame, value: Thing) -> Thing:
    """What is not followed is what an `isinstance` around it says; of several, what fits."""
    open_to_it = isinstance(value, (Nope, Choice)) or isinstance(value, Partial) and value.unfollowed
    if frame.at is None or not open_to_it:
        return value
    module = frame.module
    for block in module.chain(module.block_at(frame.scope, frame.at)):
        row = module.facts["blocks"][block]
        if row[ol.K_KIND] not in ("if", "elif") or not module.source.startswith(b"isinstance(", row[ol.K_HEAD]):
            continue
        test = module.term(row[ol.K_HEAD], row[ol.K_HEAD_END])
        if test[0] == "call" and len(test[2]) == 2 and test[2][0] == [None, term]:
            kinds = test[2][1][1][1] if test[2][1][1][0] == "tuple" else [test[2][1][1]]
            found = [ev.annotation(each, frame._replace(base=row[ol.K_HEAD])) for each in kinds]
            if isinstance(value, Choice):
                return choice([each for each in value.options if _is_one(ev, each, found)] or [value])
            return next((each for each in found if each is not None), value)
    return value


def _is_one(ev: Evaluator, thing: Thing, kinds: list[Thing | None]) -> bool:
    """Whether a thing is an instance of one of a few classes of the tree."""

    if not isinstance(thing, Inst):
        return False
    above = lineage(ev, thing.cls)[0]
    return any(isinstance(kind, Inst) and kind.cls in above for kind in kinds)


def _above(ev: Evaluator, owner: Cls, frame: Frame) -> Thing:
    """`super()`: the object that a method is called on, as the classes above the method's own see it."""
    params = frame.module.scope(frame.scope)[ol.S_PARAMS]
    own = ev.name(params[0][ol.P_NAME], frame) if params else None
    args = own.args if isinstance(own, Inst) else None
    return Inst(own.cls if isinstance(own, Inst) else owner, args, owner)


def _lambda(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    for index, row in enumerate(frame.module.facts["scopes"]):
        if row[ol.S_KIND] == "lambda" and row[ol.S_START] >= frame.base and row[ol.S_PARENT] == frame.scope:
            return Func(frame.module.path, index, None, ev.closure(frame, index))
    return Nope("a lambda")


TERMS: dict[str, Callable[[Evaluator, Term, Frame], Thing]] = {
    "str": _str,
    "num": _num,
    "const": lambda ev, term, frame: Lit(term[1], trail=(ev.place(frame),)),
    "name": lambda ev, term, frame: _narrowed(ev, term, frame, ev.name(term[1], frame)),
    "attr": lambda ev, term, frame: _narrowed(ev, term, frame, _attr(ev, term, frame)),
    "item": _item,
    "call": _call,
    "fstr": _fstr,
    "dict": _dict,
    "list": _list,
    "tuple": _list,
    "op": _op,
    "or": _or,
    "and": _and,
    "not": lambda ev, term, frame: Nope("a truth value"),
    "if": _if,
    "cmp": lambda ev, term, frame: Nope("a truth value"),
    "lambda": _lambda,
    "comp": _comp,
    "thing": lambda ev, term, frame: term[1],
    "hole": lambda ev, term, frame: ev.term(term[1], frame),
    "star": lambda ev, term, frame: ev.term(term[1], frame),
    "?": lambda ev, term, frame: Nope(term[1]),
}
