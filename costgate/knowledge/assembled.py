"""Classes that a decorator puts together of files and marked methods: which attributes it fills, and from where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from costgate.knowledge.strict import load

_DATA = Path(__file__).with_name("assembled.yaml")


@cache
def assembled_classes() -> Sequence[Mapping[str, Any]]:
    """The entries of the file as they stand."""
    table: Sequence[Mapping[str, Any]] = load(_DATA.read_text(encoding="utf-8"), _DATA.name)["classes"]
    return table


@cache
def filled_attributes() -> frozenset[str]:
    """The names of all attributes that such a decorator fills."""
    return frozenset(name for each in assembled_classes() for part in ("files", "lists") for name in each[part])


def naming(path: str) -> frozenset[str]:
    """The attributes that hold a file which no code needs to name."""
    files = ((name, file["default"]) for each in assembled_classes() for name, file in each["files"].items())
    return frozenset(name for name, default in files if path == default or path.endswith(f"/{default}"))
