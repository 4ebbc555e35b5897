"""How a request asks the provider to keep its prompt, for how long, and who does so unasked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from costgate.knowledge.strict import load

_DATA = Path(__file__).with_name("caching.yaml")


@dataclass(frozen=True, slots=True)
class CachingWords:
    """`marks` ask for it, `lasts` says how long, `times` maps that to the end of a rate's name; `off`: what stops it."""

    marks: frozenset[str]
    lasts: str
    times: Mapping[str, str]
    starts: tuple[str, ...]
    minimum: int
    off: tuple[str, str, str]

    def by_itself(self, name: str) -> bool:
        """Whether this model, as "provider/model", keeps what it is sent without being asked."""
        return name.startswith(self.starts)


@cache
def caching_words() -> CachingWords:
    """The table of caching.yaml."""
    data = load(_DATA.read_text(encoding="utf-8"), _DATA.name)
    own, off = data["by_itself"], data["off"]
    return CachingWords(
        frozenset(data["marks"]),
        data["lasts"],
        dict(data["times"]),
        tuple(own["starts"]),
        own["minimum"],
        (off["argument"], off["key"], off["value"]),
    )
