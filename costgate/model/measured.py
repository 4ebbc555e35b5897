"""What was measured about call sites and workloads, and how an import of it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from costgate.model.money import Range
from costgate.model.value import Span


@dataclass(frozen=True, slots=True)
class Spread:
    """Tokens of one request over many: 5th percentile, mean, 95th percentile, median, 99th percentile, the most."""

    low: int
    likely: int
    high: int
    p50: int
    p99: int
    most: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """Where a measured figure comes from, and how far it is from what was declared.

    A drift is what was measured by the nearest end of what is declared: 1 inside of it, None where nothing is declared.
    """

    place: Span
    requests: int
    since: str | None
    until: str | None
    models: tuple[str, ...] = ()
    spikes: int = 0
    regime: str | None = None
    input_drift: Decimal | None = None
    output_drift: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """How the input of a conversation's turns develops: `regime` flat | linear | quadratic, from so many conversations.

    `per_turn`: tokens that each turn sends more than the one before, on average.
    """

    regime: str
    sessions: int
    per_turn: int


@dataclass(frozen=True, slots=True)
class Spike:
    """A day whose figure left the band of the seven days before it."""

    day: str
    what: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Measured:
    """One target's figures. `target`: a glob on path::function, or the name of a workload.

    `text_tokens`: what of the input the code itself held at the time of the import.
    """

    target: str
    kind: str
    joined_by: tuple[str, ...]
    sources: tuple[str, ...]
    requests: int
    since: str | None
    until: str | None
    models: Mapping[str, int]
    input: Spread | None
    output: Spread | None
    reasoning: Spread | None
    text_tokens: int | None = None
    cached_share: Decimal | None = None
    written_share: Decimal | None = None
    hour_share: Decimal | None = None
    failed: int = 0
    answered: int = 0
    per_month: Range | None = None
    """Requests of thirty days; conversations where `turns` says how many requests one takes."""
    turns: Spread | None = None
    growth: Growth | None = None
    spikes: tuple[Spike, ...] = ()
    input_total: int = 0
    output_total: int = 0
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """Where what was declared, or read, and what was measured differ. `factor`: measured by declared."""

    target: str
    what: str
    declared: str
    measured: str
    factor: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """An import. `left`: records that gave no figure, by reason; `strangers`: requests of no target, by what they say."""

    records: int
    used: int
    measured: tuple[Measured, ...]
    left: Mapping[str, int] = field(default_factory=dict)
    strangers: Mapping[str, int] = field(default_factory=dict)
    drifts: tuple[Drift, ...] = ()
    notes: tuple[str, ...] = ()
