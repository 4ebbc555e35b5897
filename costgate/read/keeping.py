"""Where a call asks the provider to keep what it sends, and for how long."""

from __future__ import annotations

from collections.abc import Iterator

from costgate.knowledge.caching import caching_words
from costgate.model.call import Caching
from costgate.read.arguments import Roles
from costgate.read.catalog import Catalog
from costgate.read.things import Lit, Map, Rec, Ref, Seq, Str, Thing, options_of, seen

_MOST = 4_000
"""Values that are looked at; the marks of a longer prompt stand at its start or are not seen."""


def caching_of(roles: Roles) -> Caching:
    """Every mark in what the call passes, and in the settings of the object that it is made on."""
    argument, key, value = caching_words().off
    named = roles.args.named.entries
    settings = {slot.keyword.rpartition(".")[2]: slot.thing for slot in roles.slots.values()}
    times = dict.fromkeys(_times(Map({**settings, **named}), roles.catalog))
    options = seen(named[argument]) if argument in named else None
    mode = options.entries.get(key) if isinstance(options, Map) else None
    off = isinstance(mode, Str) and mode.plain == value and not times
    return Caching(tuple(times), off)


def _times(passed: Thing, catalog: Catalog) -> Iterator[str | None]:
    waiting, looked = [passed], 0
    while waiting and looked < _MOST:
        looked += 1
        for each in options_of(waiting.pop()):
            if isinstance(each, Seq):
                waiting += [seen(item) for item in each.items]
                continue
            if isinstance(each, Rec) and each.symbol.rpartition(".")[2] in caching_words().marks:
                yield from _lasting(each)
            inside = each.args.named if isinstance(each, Rec) else each
            if not isinstance(inside, Map):
                continue
            for key, value in inside.entries.items():
                if key in caching_words().marks:
                    yield from _asked(seen(value), catalog)
                else:
                    waiting.append(seen(value))


def _asked(value: Thing, catalog: Catalog) -> Iterator[str | None]:
    """For how long a mark asks, "" where it does not say; nothing for one that asks for nothing."""
    for each in options_of(value):
        if isinstance(each, Lit) and not each.value or isinstance(each, Ref) and each.dotted in catalog.absent:
            continue
        if isinstance(each, Lit):
            yield ""
        elif isinstance(each, Str):
            yield each.plain if each.plain is None or each.plain in caching_words().times else ""
        else:
            yield from _lasting(each)


def _lasting(thing: Thing) -> Iterator[str | None]:
    inside, word = thing.args.named if isinstance(thing, Rec) else thing, caching_words().lasts
    value = inside.entries.get(word) if isinstance(inside, Map) else None
    if not isinstance(inside, Map) or value is None:
        yield "" if isinstance(inside, Map) and inside.more is None else None
        return
    if word in inside.maybe:
        yield ""
    for each in options_of(seen(value)):
        if isinstance(each, Lit) and each.value is None:
            yield ""
        else:
            yield each.plain if isinstance(each, Str) else None
