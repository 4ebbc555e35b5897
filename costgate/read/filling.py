"""What the methods of a message or a prompt template of an SDK give back: the same text, its holes filled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from costgate.read.things import Args, Map, Rec, Thing
from costgate.read.values import overlaid

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator


def of_template(ev: Evaluator, base: Thing, name: str, args: Args) -> Rec | None:
    """`template.format(name=value)`, `template.invoke({"name": value})`; None for another method or another thing."""
    entry = ev.catalog.entry(base.symbol, base.args) if isinstance(base, Rec) else None
    if entry is None or entry["what"] != "text" or not isinstance(base, Rec):
        return None
    if name in entry.get("same", ()):
        return base
    if name not in entry.get("fills", ()):
        return None
    given = next((each for each in args.positional if isinstance(each, Map)), Map({}))
    filled = overlaid(values_of(base), overlaid(given, args.named))
    return replace(base, args=replace(base.args, positional=(filled,)))


def values_of(template: Rec) -> Map:
    """What a template's holes were filled with."""
    return next((each for each in template.args.positional if isinstance(each, Map)), Map({}))
