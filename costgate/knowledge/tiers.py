"""Which models of the same maker are smaller than another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from costgate.knowledge.providers import family_names

_DATA = Path(__file__).with_name("tiers.yaml")


def smaller(model: str) -> tuple[str, ...]:
    """The models below this one, the nearest first; none for a stranger."""
    found = (_below().get(name) for name in (model, *family_names(model)))
    return next((each for each in found if each), ())


@cache
def ladders() -> tuple[tuple[str, ...], ...]:
    """Every ladder, the largest model first."""
    from costgate.knowledge.strict import load

    return tuple(map(tuple, load(_DATA.read_text("utf-8"), _DATA.name)["ladders"]))


@cache
def _below() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for ladder in ladders():
        for at, name in enumerate(ladder):
            found.setdefault(name, ladder[at + 1 :])
    return found
