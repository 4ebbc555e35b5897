"""Model families: which public encoding counts their tokens, and how far off that is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from costgate.knowledge.providers import family_names

SCRIPTS = ("prose", "latin", "code", "digits", "han", "cyrillic", "other")
_NEAREST = {"latin": "prose", "cyrillic": "han", "other": "han"}
"""What is taken for a kind of text that nobody measured a family on, with the band of what is assumed."""
_ASSUMED = (Decimal("0.15"), Decimal("0.35"))

_DATA = Path(__file__).with_name("token_policy.yaml")


@dataclass(frozen=True, slots=True)
class Framing:
    """Tokens that a chat request adds to its text."""

    base: int
    message: int
    tools: int
    slack: int


@dataclass(frozen=True, slots=True)
class Family:
    """Models that share a tokenizer. `factor` and `band` (down, up) are by script; empty when the count is exact.

    `guessed`: scripts whose factor is that of another.
    """

    id: str
    names: re.Pattern[str]
    encoding: str
    basis: str
    factor: Mapping[str, Decimal]
    band: Mapping[str, tuple[Decimal, Decimal]]
    framing: Framing
    own: str | None = None
    """The family's own vocabulary, where it is installed; `own_band`: how far off that may be."""
    own_band: Decimal | None = None
    guessed: frozenset[str] = frozenset()

    def by_own(self) -> Family:
        """The same, counted with its own vocabulary."""
        if self.own_band is None:
            return replace(self, basis="exact", factor={}, band={}, guessed=frozenset())
        band = (self.own_band, self.own_band)
        factor = dict.fromkeys(SCRIPTS, Decimal(1))
        return replace(self, basis="calibrated", factor=factor, band=dict.fromkeys(SCRIPTS, band), guessed=frozenset())


@cache
def families() -> tuple[Family, ...]:
    """The families of token_policy.yaml; the last matches every name."""
    from costgate.knowledge.strict import load

    return tuple(_family(entry) for entry in load(_DATA.read_text(encoding="utf-8"), _DATA.name)["families"])


@cache
def family_of(model: str | None) -> Family:
    """The family of a model, as its name tells it; without a name the catch-all."""
    names = family_names(model) if model else ()
    return next((each for each in families() if any(map(each.names.fullmatch, names))), families()[-1])


def _family(entry: Mapping[str, Any]) -> Family:
    factor = {script: Decimal(number) for script, number in entry.get("factor", {}).items()}
    band = {script: _band(number) for script, number in entry.get("band", {}).items()}
    guessed = frozenset(_NEAREST.keys() - factor.keys()) if factor else frozenset()
    return Family(
        id=entry["id"],
        names=re.compile("|".join(entry["names"])),
        encoding=entry["encoding"],
        basis=entry["basis"],
        factor=factor | {script: factor[_NEAREST[script]] for script in guessed},
        band=band | dict.fromkeys(guessed, _ASSUMED),
        framing=Framing(**entry["framing"]),
        own=entry.get("own"),
        own_band=Decimal(entry["own_band"]) if "own_band" in entry else None,
        guessed=guessed,
    )


def _band(number: str | list[str]) -> tuple[Decimal, Decimal]:
    down, up = (number, number) if isinstance(number, str) else number
    return Decimal(down), Decimal(up)
