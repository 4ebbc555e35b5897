"""What a call says of the picture that it asks for, and whether it sends one."""

from __future__ import annotations

from costgate.read.things import Args, Str


def asked_as(args: Args) -> dict[str, str]:
    """Its size and quality, by which its price differs; left out where they are not seen. `image`: one is sent."""
    said = {name: args.named.entries.get(name) for name in ("size", "quality")}
    found = {name: thing.plain for name, thing in said.items() if isinstance(thing, Str) and thing.plain is not None}
    return found if args.named.entries.get("image") is None else {**found, "image": ""}
