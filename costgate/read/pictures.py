"""What a call says of the picture that it asks for."""

from __future__ import annotations

from costgate.read.things import Args, Str


def asked_as(args: Args) -> dict[str, str]:
    """Its size and quality, by which its price differs; left out where they are not seen."""
    said = {name: args.named.entries.get(name) for name in ("size", "quality")}
    return {name: thing.plain for name, thing in said.items() if isinstance(thing, Str) and thing.plain is not None}
