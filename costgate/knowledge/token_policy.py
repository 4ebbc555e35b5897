"""Model families: which public encoding counts their tokens, and how far off that is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from costgate.knowledge.providers import family_names

SCRIPTS = ("prose", "code", "digits", "other")

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
    """Models that share a tokenizer. `factor` and `band` (down, up) are by script; empty when the count is exact."""

    id: str
    names: re.Pattern[str]
    encoding: str
    basis: str
    factor: Mapping[str, Decimal]
    band: Mapping[str, tuple[Decimal, Decimal]]
    framing: Framing


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
    return Family(
        id=entry["id"],
        names=re.compile("|".join(entry["names"])),
        encoding=entry["encoding"],
        basis=entry["basis"],
        factor={script: Decimal(number) for script, number in entry.get("factor", {}).items()},
        band={script: _band(number) for script, number in entry.get("band", {}).items()},
        framing=Framing(**entry["framing"]),
    )


def _band(number: str | list[str]) -> tuple[Decimal, Decimal]:
    down, up = (number, number) if isinstance(number, str) else number
    return Decimal(down), Decimal(up)
