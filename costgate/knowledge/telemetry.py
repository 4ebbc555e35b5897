"""Sources of measured usage: what a record of each is called, and where it keeps model, tokens, time and place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

Places: TypeAlias = "tuple[tuple[str, ...], ...]"
"""Where something may be, the best place first; several fields in one place are added up."""

_FOLDER = Path(__file__).with_name("telemetry")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of telemetry/. `shape`: span | call (one record for one request) | total (one record for many)."""

    name: str
    title: str
    shape: str
    recognise: tuple[frozenset[str], ...]
    only: Mapping[str, frozenset[str]]
    fields: Mapping[str, Places]
    cached_within: bool
    reasoning_within: bool
    failed: frozenset[str] | None
    """Values of `error` that mean a failed request; None: any does."""


@cache
def sources() -> Mapping[str, Source]:
    """All sources by name."""
    from costgate.knowledge.strict import load

    files = sorted(_FOLDER.glob("*.yaml"))
    made = (_source(load(path.read_text(encoding="utf-8"), path.name)) for path in files)
    return {source.name: source for source in made}


def _source(data: Mapping[str, Any]) -> Source:
    failed = data.get("failed")
    return Source(
        name=data["source"],
        title=data["title"],
        shape=data["shape"],
        recognise=tuple(frozenset(each) for each in data["recognise"]),
        only={field: frozenset(values) for field, values in data.get("only", {}).items()},
        fields={name: tuple(map(_place, places)) for name, places in data["fields"].items()},
        cached_within=data["cached"] == "within",
        reasoning_within=data.get("reasoning", "within") == "within",
        failed=None if failed is None else frozenset(failed),
    )


def _place(place: str | Iterable[str]) -> tuple[str, ...]:
    return (place,) if isinstance(place, str) else tuple(place)
