"""The settings of a run, as costgate.yaml declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from costgate.model.measured import Measurement
from costgate.model.money import Range
from costgate.model.value import Scalar
from costgate.model.waiver import Justifiable, Waiver
from costgate.model.workload import Figures, PortfolioPlan, WhatIf, Workload


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """What a team says about one rule: another severity ("off" silences it), parameters, warn instead of block."""

    severity: str | None = None
    params: Mapping[str, Scalar | tuple[Scalar, ...]] = field(default_factory=dict)
    enforce: str | None = None


@dataclass(frozen=True, slots=True)
class PathSetting:
    """Rule settings for some paths, for the calls of some workloads, or for what is both."""

    globs: tuple[str, ...]
    rules: Mapping[str, RuleSetting]
    workloads: tuple[str, ...] = ()


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
    input_tokens: Range | None = None
    """All that one request sends, as traffic showed it; `text_tokens` of it stood in the code at that time."""
    text_tokens: int | None = None
    pages: Range | None = None
    seconds: Range | None = None
    """Of one document that is read; of sound or film."""
    cache_hit: Range | None = None
    cache_write: Range | None = None
    cache_write_1h: Range | None = None
    """Shares of what was sent that the provider's prompt cache took."""
    measurement: Measurement | None = None


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A contract price: rates in money per million tokens, or a multiplier on the book's entry.

    `since` and `until` (not included) are the days between which it holds; `custom`: the model is in no book, and that
    is meant. `place`: where it is written, as a key of the configuration's lines, or as a file and line of its own.
    """

    model: str
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    multiplier: Decimal | None = None
    since: str | None = None
    until: str | None = None
    custom: bool = field(default=False, compare=False)
    place: str = field(default="", compare=False)

    def holds(self, day: str) -> bool:
        """Whether it is in force on a day."""
        return (self.since or "") <= day < (self.until or "9999")


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
class Lock:
    """A rule that nobody below may set: by its id or name, who says so, and (rule, file:line) of all settings below."""

    rule: str
    by: str
    below: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """The predicates of an installed distribution: the name of each, and the module:function behind it."""

    name: str
    version: str
    points: Mapping[str, str]
    root: str
    """Of the judged tree, out of which nothing of it may come."""
    withheld: bool = False
    """Only a change names it, not the base: it is not asked."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything costgate.yaml (or [tool.costgate]) can say. The default is what holds without a file."""

    source: str | None = None
    sha256: str | None = None
    fail_on: str | None = None
    enforce: str = "block"
    persona: str = "default"
    redact: bool = False
    """Whether text of the judged code is left out of reports."""
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
    prices_from: str | None = None
    """The path, inside the tree, of a file with prices of the whole organisation, which the ones here beat."""
    sdks: tuple[tuple[str, str], ...] = ()
    """The team's own SDK files: where each stands, and its text."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Dotted names of the tree that stand for dotted names of distributions."""
    workloads: tuple[Workload, ...] = ()
    measured: Mapping[str, Figures] = field(default_factory=dict)
    """Figures that traffic gave, by the name of the workload; they beat the declared ones."""
    measured_sites: tuple[Profile, ...] = ()
    """The same for call sites."""
    proposed_sites: int = 0
    """How many of these, from the first, a head adds: they hold only where nothing else speaks."""
    measured_file: str | None = None
    """The path, inside the tree, of the file that both come from."""
    portfolio: PortfolioPlan | None = None
    what_if: WhatIf | None = None
    require_reason: bool = True
    baseline: str | None = None
    """The path, inside the tree, of the findings that the team lives with for now."""
    waivers: tuple[Waiver, ...] = ()
    justify: Justifiable | None = None
    extends: tuple[str, ...] = ()
    """The other documents that make it up."""
    parts: tuple[Config, ...] = ()
    """Each document by itself, for complaints at its own lines."""
    locks: tuple[Lock, ...] = ()
    rule_files: tuple[tuple[str, str], ...] = ()
    """Rules of packs: where each stands, and its text."""
    predicates: tuple[Offer, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The document as written, as JSON values."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Where each rule is set, and what begins, as 1-based lines: "rules/CG101", "paths/0/rules/CG101", "sdks/0", "waivers/0"."""
