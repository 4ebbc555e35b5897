"""What holds for one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from costgate.model.tree import Cache

Tell: TypeAlias = "Callable[[str, int, int], None]"
"""Told what is being done, how many parts of it are, and of how many."""


def silent(what: str, done: int, parts: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The date that verdicts may depend on (YYYY-MM-DD), the cache, an explicit configuration file, a threshold.

    `config` is a file on disk and holds for both sides of a diff; `base_config` is a path in the repository that
    stands for costgate.yaml there, so that of a pull request's own version only descriptions count. `persona` beats the
    configuration's.
    """

    as_of: str
    cache: Cache
    config: Path | None = None
    fail_on: str | None = None
    base_config: str | None = None
    tell: Tell = silent
    persona: str | None = None
    policy: Path | None = None
    """A configuration above that of the repository, on both sides of a diff."""
    labels: tuple[str, ...] = ()
    """Of the pull request, as its forge says; a policy may let them justify."""
    prices: str | None = None
    """A day, or the name of a shipped price book; with `prices_data`, the file that these are from."""
    prices_data: bytes | None = None
    base_prices: str | None = None
    base_prices_data: bytes | None = None
    """The same for the base of a diff; without one both sides have the same prices."""
    full: bool | None = None
    """Whether all of the tree is read for a change: True always, False never where that can be told, None if it is small."""
    what_if: tuple[str, ...] = ()
    """KEY=VALUE for keys of workloads: what they would cost so is a scenario of the report."""
