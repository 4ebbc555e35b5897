"""What binary operators make of the values we follow: concatenation, formatting, pipes, paths, small arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import add, floordiv, mul, sub
from typing import TYPE_CHECKING, Any

from costgate.model.value import Span
from costgate.read.methods import PERCENT, filled
from costgate.read.paths import joined
from costgate.read.python import Term
from costgate.read.things import (
    PIPED,
    Args,
    Choice,
    Inst,
    Lit,
    Map,
    Nope,
    Obj,
    Partial,
    Rec,
    Ref,
    Seq,
    Slot,
    Str,
    Thing,
    options_of,
)
from costgate.read.values import as_map, concatenated, overlaid, weakest, with_origin

if TYPE_CHECKING:
    import re

    from costgate.read.evaluate import Evaluator

_OPERATIONS: dict[str, Callable[[int, int], int]] = {"+": add, "-": sub, "*": mul, "//": floordiv, "**": pow}


def operate(ev: Evaluator, operator: str, values: list[Thing], span: Span, terms: list[Term]) -> Thing:
    """A binary operation: concatenation, `%` formatting, `|` on dicts and pipes, `/` on paths, small arithmetic."""
    if operator == "/" and isinstance(values[0], Rec) and values[0].symbol == "path":
        return joined(tuple(values), span)
    if operator == "|":
        piped = next((each for each in values if _pipes(ev, each)), None) or _chained(ev, values, span)
        if piped is not None:
            return _fed(values, piped)
        if all(isinstance(each, (Map, Choice)) for each in values):
            merged = as_map(values[0])
            for each in values[1:]:
                merged = overlaid(merged, as_map(each))
            return merged
        return Rec("|", Args(tuple(values)), span)
    if operator == "%" and isinstance(values[0], Str):
        return _percent(values[0], values[1], span)
    if operator == "+" and any(isinstance(each, Str) for each in values):
        return concatenated([(value, _shown(term)) for value, term in zip(values, terms, strict=True)], span)
    if operator == "+" and any(isinstance(each, Seq) for each in values):
        sequences = [each if isinstance(each, Seq) else Seq((), "a list that is not followed") for each in values]
        items = tuple(item for each in sequences for item in each.items)
        return Seq(items, next((each.more for each in sequences if each.more), None))
    if all(isinstance(each, Lit) and isinstance(each.value, int) for each in values) and operator in ("+", "*", "-", "//", "**"):
        made = _arithmetic(operator, [each.value for each in values if isinstance(each, Lit)], span)
        return with_origin(made, weakest(values))
    return next((each for each in values if isinstance(each, Nope)), Nope(f"an operation `{operator}` at run time"))


def _pipes(ev: Evaluator, thing: Thing) -> bool:
    return isinstance(thing, Obj) and bool(ev.catalog.objects[thing.kind]["pipe"])


def _fed(values: list[Thing], piped: Thing) -> Thing:
    """An object with what is piped into it: a template, or something that decides at run time what is sent."""
    at = next((index for index, each in enumerate(values) if each is piped), 0)
    if not isinstance(piped, Obj) or not at:
        return piped
    before = values[at - 1]
    while isinstance(before, Rec) and before.symbol == "|" and before.args.positional:
        before = before.args.positional[-1]
    return replace(piped, settings={**piped.settings, "prompt": Slot(PIPED, before)})


def _chained(ev: Evaluator, values: list[Thing], span: Span) -> Thing | None:
    """A prompt template piped into something we could not follow: a chain whose model is not known."""
    options = [options_of(value) for value in values]
    if not any(isinstance(each, (Nope, Inst, Partial)) for members in options for each in members):
        return None
    for value, members in zip(values, options, strict=True):
        for each in members:
            first = each.args.positional[0] if isinstance(each, Partial) and each.args.positional else each
            symbol = first.symbol if isinstance(first, Rec) else first.dotted if isinstance(first, Ref) else ""
            chain = ev.catalog.chain(symbol, span) if symbol else None
            if chain is not None:
                return chain if value is values[-1] else _with_template(chain, first if isinstance(each, Partial) else value)
    return None


def _with_template(chain: Obj, template: Thing) -> Obj:
    return replace(chain, settings={**chain.settings, "prompt": Slot(PIPED, template)})


def _arithmetic(operator: str, numbers: list[Any], span: Span) -> Thing:
    result = numbers[0]
    for number in numbers[1:]:
        if operator == "**" and not 0 <= number <= 40 or operator == "//" and not number or abs(result) > 10**15:
            return Nope("a number computed at run time")
        result = _OPERATIONS[operator](result, number)
    return Lit(result, trail=(span,)) if abs(result) < 10**15 else Nope("a huge number")


def _percent(base: Str, given: Thing, span: Span) -> Thing:
    items = iter(given.items if isinstance(given, Seq) else (given,))
    entries = given.entries if isinstance(given, Map) else {}

    def value(match: re.Match[str]) -> Thing | str:
        if match.group() == "%%":
            return "%"
        name = match.group(1)
        return entries.get(name, Nope(name)) if name else next(items, Nope("argument"))

    return filled(base, PERCENT, value, span)


def _shown(term: Term) -> str:
    if term[0] == "name":
        return str(term[1])
    if term[0] == "attr":
        return f"{_shown(term[1])}.{term[2]}"
    return f"{_shown(term[1])}()" if term[0] == "call" else "..."
