"""Which models take a call when the one that is asked first fails."""

from __future__ import annotations

from collections.abc import Iterable

from costgate.read.things import Lit, Map, Obj, Seq, Str, Thing


def spare_models(thing: Thing | None) -> tuple[str, ...] | None:
    """Their names, from what is passed as fallbacks; None where one of them is not seen."""
    if thing is None or isinstance(thing, Lit) and thing.value is None:
        return ()
    if isinstance(thing, Str):
        return None if thing.plain is None else (thing.plain,)
    if isinstance(thing, Seq):
        return None if thing.more is not None else _all(thing.items)
    if isinstance(thing, Map):
        return _named(thing)
    if isinstance(thing, Obj):
        slot = thing.settings.get("model")
        return spare_models(slot.thing) if slot is not None else None
    return None


def _named(thing: Map) -> tuple[str, ...] | None:
    """`{"model": name}`, or `{name: [names]}` by the model that fails."""
    if thing.more is not None:
        return None
    if "model" in thing.entries:
        return spare_models(thing.entries["model"])
    return _all(thing.entries.values())


def _all(things: Iterable[Thing]) -> tuple[str, ...] | None:
    found: list[str] = []
    for each in things:
        names = spare_models(each)
        if names is None:
            return None
        found += names
    return tuple(dict.fromkeys(found))
