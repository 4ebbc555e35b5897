"""What the standard library makes of numbers and sequences that we follow."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from costgate.model.value import Span
from costgate.read.enums import is_enum, members
from costgate.read.things import Args, Cls, Lit, Map, Nope, Seq, Str, Thing, choice
from costgate.read.values import weakest

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

Handler = Callable[["Evaluator", Args, str, Span], Thing]
MAX_DIGITS = 30
_WHOLE = re.compile(rf"\s*-?\d{{1,{MAX_DIGITS}}}\s*")


def number(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    first = args.positional[0] if args.positional else Lit(0)
    if isinstance(first, Str) and first.plain is not None and _WHOLE.fullmatch(first.plain):
        return Lit(int(first.plain), first.origin, first.trail)
    if isinstance(first, Lit) and isinstance(first.value, (int, Decimal)):
        value = Decimal(first.value)
        if not value.is_finite() or value.adjusted() > MAX_DIGITS:
            return Nope("a number beyond what is read")
        return replace(first, value=int(first.value))
    return first if isinstance(first, Nope) else Nope("a number computed at run time")


def listed(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    if not args.positional:
        return Seq(())
    first = args.positional[0]
    if isinstance(first, Cls):

        return Seq(tuple(members(ev, first))) if is_enum(ev, first) else Nope("a list made at run time")
    return first if isinstance(first, (Seq, Nope)) else Nope("a list made at run time")


def paired(thing: Thing) -> Map | None:
    """A list of pairs as the dict that is made of it."""
    if not isinstance(thing, Seq) or not thing.items:
        return None
    entries: dict[str, Thing] = {}
    for each in thing.items:
        key = each.items[0] if isinstance(each, Seq) and len(each.items) == 2 else None
        if not isinstance(key, Str) or key.plain is None:
            return None
        assert isinstance(each, Seq)
        entries[key.plain] = each.items[1]
    return Map(entries, more=thing.more)


def extreme(pick: Callable[[list[int]], int]) -> Handler:
    """min() and max() of numbers that are all known."""

    def handler(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
        numbers = [each.value for each in args.positional if isinstance(each, Lit) and isinstance(each.value, int)]
        if len(numbers) < 2 or len(numbers) < len(args.positional):
            return Nope("a number computed at run time")
        return Lit(pick(numbers), weakest(args.positional), (span,))

    return handler


def any_item(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """random.choice() and the like: one of the items."""
    first = args.positional[0] if args.positional else None
    seen = isinstance(first, Seq) and first.items and first.more is None
    return choice(list(first.items)) if seen and isinstance(first, Seq) else Nope("one of many at run time")


def zipped(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """Pairs of what is seen; as long as the shortest of the sequences that are seen whole."""
    whole = [each for each in args.positional if isinstance(each, Seq) and each.more is None]
    if not whole:
        return Nope("a sequence made at run time")
    length = min(len(each.items) for each in whole)
    return Seq(tuple(Seq(tuple(_at(each, at) for each in args.positional)) for at in range(length)))


def _at(thing: Thing, index: int) -> Thing:
    return thing.items[index] if isinstance(thing, Seq) and index < len(thing.items) else Nope("an item of many")


def enumerated(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    first = args.positional[0] if args.positional else None
    if not isinstance(first, Seq):
        return Nope("a sequence made at run time")
    return Seq(tuple(Seq((Nope("a number at run time"), each)) for each in first.items), first.more)


def same_items(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """sorted(), reversed(), set(): the same items in another order."""
    first = args.positional[0] if args.positional else Seq(())
    if isinstance(first, Seq) and len(first.items) > 1:
        return Seq((choice(list(first.items)),) * len(first.items), first.more)
    return first if isinstance(first, (Seq, Nope)) else Nope("a sequence made at run time")
