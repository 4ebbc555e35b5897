"""What a picture in a prompt takes, by the family of the model and the detail that is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from costgate.knowledge.providers import family_names
from costgate.knowledge.strict import load
from costgate.model.money import Range

_DATA = Path(__file__).with_name("images.yaml")


def image_parts() -> tuple[str, ...]:
    """The types of content that are pictures."""
    return tuple(_table()["parts"])


def image_details() -> tuple[tuple[str, ...], ...]:
    """Where a part may say how closely it is looked at, as steps into it."""
    return tuple(tuple(place.split(".")) for place in _table()["detail"])


def image_tokens(model: str | None, detail: str) -> Range | None:
    """Tokens of one picture; None where the model is in no family. `detail`: low, high, or anything between."""
    names = family_names(model) if model else ()
    for names_of, family in _families():
        if any(map(names_of.fullmatch, names)):
            if detail == "low" and "low" in family:
                return Range.exact(family["low"], "assumed")
            least = family["least"] if detail == "high" else family.get("low", family["least"])
            return Range(least, None, family.get("most"), "bounded")
    return None


@cache
def _families() -> tuple[tuple[re.Pattern[str], Mapping[str, Any]], ...]:
    return tuple((re.compile("|".join(family["names"])), family) for family in _table()["families"])


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = load(_DATA.read_text(encoding="utf-8"), _DATA.name)
    return table
