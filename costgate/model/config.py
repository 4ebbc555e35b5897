"""The settings of a run, as costgate.yaml declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from costgate.model.money import Range
from costgate.model.value import Scalar
from costgate.model.workload import Figures, PortfolioPlan, WhatIf, Workload


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """What a team says about one rule: another severity ("off" silences it), parameters, warn instead of block."""

    severity: str | None = None
    params: Mapping[str, Scalar | tuple[Scalar, ...]] = field(default_factory=dict)
    enforce: str | None = None


@dataclass(frozen=True, slots=True)
class PathSetting:
    """Rule settings that hold for the paths that match one of the globs."""

    globs: tuple[str, ...]
    rules: Mapping[str, RuleSetting]


@dataclass(frozen=True, slots=True)
class Budget:
    """A token budget for the prompt sources whose path matches."""

    glob: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What is declared about the call sites that match `sites` (globs on path::function)."""

    sites: str
    holes: Mapping[str, Range] = field(default_factory=dict)
    output_tokens: Range | None = None
    """As billed, thinking included, unless `reasoning_tokens` says what thinking takes on top."""
    reasoning_tokens: Range | None = None


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A contract price: rates in money per million tokens, or a multiplier on the book's entry."""

    model: str
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    multiplier: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One thing that a head's configuration says otherwise than the base's; `change`: added | removed | changed."""

    change: str
    text: str
    rules: tuple[str, ...] = ()
    line: int = 1
    """In the head's configuration, where that is known."""
    in_force: bool = False
    """Whether the head is judged by it: an addition to what only describes, where the base says nothing."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything costgate.yaml (or [tool.costgate]) can say. The default is what holds without a file."""

    source: str | None = None
    sha256: str | None = None
    fail_on: str | None = None
    enforce: str = "block"
    persona: str = "default"
    exclude: tuple[str, ...] = ()
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    paths: tuple[PathSetting, ...] = ()
    budgets: tuple[Budget, ...] = ()
    profiles: tuple[Profile, ...] = ()
    proposed: int = 0
    """How many of the profiles, from the first, a head adds: they hold only where nothing else speaks."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Aliases: deployment or private name -> the model the price book knows."""
    prices: tuple[PriceOverride, ...] = ()
    sdks: tuple[tuple[str, str], ...] = ()
    """The team's own SDK files: where each stands, and its text."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Dotted names of the tree that stand for dotted names of distributions."""
    workloads: tuple[Workload, ...] = ()
    measured: Mapping[str, Figures] = field(default_factory=dict)
    """Figures that traffic gave, by the name of the workload; they beat the declared ones."""
    portfolio: PortfolioPlan | None = None
    what_if: WhatIf | None = None
    require_reason: bool = True
    baseline: str | None = None
    """The path, inside the tree, of the findings that the team lives with for now."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The document as written, as JSON values."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Where each rule is set, and SDK files begin: "rules/CG101", "paths/0/rules/CG101", "sdks/0", "workloads/0" -> 1-based line."""
