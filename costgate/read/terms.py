"""What each kind of lowered expression evaluates to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from costgate.read import outline as ol
from costgate.read.conditions import decide
from costgate.read.python import Term
from costgate.read.things import (
    Choice,
    Cls,
    Func,
    Inst,
    Lit,
    Map,
    Nope,
    Obj,
    Ref,
    Seq,
    Str,
    Thing,
    choice,
    falsy,
    options_of,
)
from costgate.read.values import as_map, certainly_none, concatenated, is_open, otherwise, text_of

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
    from costgate.read.operators import operate

    return operate(ev, term[1], [ev.term(each, frame) for each in term[2]], ev.place(frame), term[2])


def _or(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    *firsts, last = term[1]
    value = ev.term(last, frame)
    for part in reversed(firsts):
        value = otherwise(options_of(ev.term(part, frame)), options_of(value))
    return value


def _and(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    return ev.term(term[1][-1], frame)


def _if(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    _, test, then, other = term
    sure = decide(ev, test, frame)
    if sure is not None:
        return ev.term(then if sure else other, frame)
    if _asks_for(test, then, there=True):
        return otherwise(options_of(ev.term(then, frame)), options_of(ev.term(other, frame)))
    if _asks_for(test, other, there=False):
        return otherwise(options_of(ev.term(other, frame)), options_of(ev.term(then, frame)))
    return choice([ev.term(then, frame), ev.term(other, frame)])


def _asks_for(test: Term, value: Term, *, there: bool) -> bool:
    """Whether a test asks if a value is there (or missing): `x if x is not None else d`, `d if not x else x`."""
    if test[0] == "not":
        return _asks_for(test[1], value, there=not there)
    if test[0] == "cmp" and test[3] == ["const", None]:
        return bool(test[1] == value) and test[2] == ("IsNot" if there else "Is")
    return there and bool(test == value)


def _dict(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    entries: dict[str, Thing] = {}
    maybe: set[str] = set()
    more: str | None = None
    for key, value in term[1]:
        if key is None:
            inner = as_map(ev.term(value, frame))
            entries.update(inner.entries)
            maybe = (maybe - inner.entries.keys()) | inner.maybe
            more = more or inner.more
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
        return Seq((ev.term(term[2], frame),), "one item for each element at run time")
    return _filtered(ev, term, frame) or Map({}, more="a dict comprehension")


def _filtered(ev: Evaluator, term: Term, frame: Frame) -> Map | None:
    """`{k: v for k, v in given.items() if v is not None}`: what is given, without what is missing."""
    _, _, element, target, source, tests = term
    names = [each.strip() for each in target.strip("() ").split(",")]
    if len(names) != 2 or element != ["tuple", [["name", names[0]], ["name", names[1]]]] or source[0] != "call":
        return None
    if source[1][0] != "attr" or source[1][2] != "items":
        return None
    given = as_map(ev.term(source[1][1], frame))
    drops = all(_asks_for(part, ["name", names[1]], there=True) for test in tests for part in _parts(test))
    entries = {key: each for key, each in given.entries.items() if not (drops and tests and certainly_none(each))}
    maybe = given.maybe | {key for key, each in entries.items() if tests and (not drops or falsy(each) is not False)}
    return Map(entries, frozenset(maybe), given.more)


def _parts(test: Term) -> list[Term]:
    return list(test[1]) if test[0] == "and" else [test]


def _item(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    return subscript(ev, ev.term(term[1], frame), ev.term(term[2], frame))


def subscript(ev: Evaluator, base: Thing, key: Thing) -> Thing:
    """`base[key]`."""
    if isinstance(base, Choice):
        return choice([subscript(ev, each, key) for each in base.options])
    if isinstance(base, Ref) and base.dotted == "os.environ":
        name = key.plain if isinstance(key, Str) else None
        return Nope(f"environment variable {name or 'of a computed name'}", outside=True)
    if isinstance(base, Map):
        text = key.plain if isinstance(key, Str) else str(key.value) if isinstance(key, Lit) else None
        if text is not None and text in base.entries:
            return base.entries[text]
        if text is None and base.entries and base.more is None:
            return choice(list(base.entries.values()))
        return Nope(base.more or f"the dict has no key {text!r}", outside=base.more is not None)
    if isinstance(base, Seq) and isinstance(key, Lit) and isinstance(key.value, int):
        inside = -len(base.items) <= key.value < len(base.items) and (base.more is None or key.value >= 0)
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
        return Nope("super()") if owner is None else Inst(Cls(frame.module.path, owner))
    span = ev.place(frame, term[3])
    return ev.call(function, ev.arguments(term[2], frame), frame.module.path, span)


def _lambda(ev: Evaluator, term: Term, frame: Frame) -> Thing:
    for index, row in enumerate(frame.module.facts["scopes"]):
        if row[ol.S_KIND] == "lambda" and row[ol.S_START] >= frame.base and row[ol.S_PARENT] == frame.scope:
            return Func(frame.module.path, index, None, frame.env)
    return Nope("a lambda")


TERMS: dict[str, Callable[[Evaluator, Term, Frame], Thing]] = {
    "str": _str,
    "num": _num,
    "const": lambda ev, term, frame: Lit(term[1], trail=(ev.place(frame),)),
    "name": lambda ev, term, frame: ev.name(term[1], frame),
    "attr": lambda ev, term, frame: ev.attribute(ev.term(term[1], frame), term[2], frame),
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
    "hole": lambda ev, term, frame: ev.term(term[1], frame),
    "star": lambda ev, term, frame: ev.term(term[1], frame),
    "?": lambda ev, term, frame: Nope(term[1]),
}
