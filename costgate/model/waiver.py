"""Waivers and justifications: findings that a policy accepts for a while, and those that a change may answer for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How far a waived finding may go: money for one call, tokens that one request sends or a prompt has."""

    cost_per_call: Decimal | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """Findings of some rules that are accepted until a date, by whom and why. Exactly one of the three says which."""

    rules: tuple[str, ...]
    reason: str
    until: str
    owner: str | None = None
    glob: str | None = None
    call: str | None = None
    """A glob on path::function."""
    fingerprint: str | None = None
    ceiling: Ceiling | None = None
    path: str = ""
    line: int = 1
    """Where it is written."""

    @property
    def words(self) -> str:
        """For a report: who accepts it, until when, up to what, and why."""
        limits = self.ceiling or Ceiling()
        most = [
            *([f"{limits.cost_per_call} a call"] if limits.cost_per_call is not None else ()),
            *([f"{limits.tokens:,} tokens"] if limits.tokens is not None else ()),
        ]
        limit = f", at most {' and '.join(most)}" if most else ""
        return f"waiver of {self.owner or 'nobody'} until {self.until}{limit}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Justifiable:
    """What a change may answer for instead of mending it: these rules then warn, by a trailer or by one of the labels."""

    rules: tuple[str, ...]
    trailer: bool = True
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plea:
    """What a change says for itself: a trailer of one of its commits, or a label of its pull request."""

    source: str
    """commit 1a2b3c4 | label."""
    text: str
    rules: tuple[str, ...] = ()
    """What it reaches, once the policy has heard it."""
