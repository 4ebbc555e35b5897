"""Workloads: what a team says about the traffic behind its calls, and what that costs a request and a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.value import Span

LAYERS = ("inference", "reasoning", "retries", "context", "agents", "platform")
"""The six layers of the bill, in the order they are told."""
LEVERS = (
    "batch",
    "history window",
    "output cap",
    "price per token",
    "prompt caching",
    "reasoning off",
    "smaller model",
)
"""What may be pulled to save; a rule may name the one that mends what it finds."""
DEPLOYMENTS = ("api", "hosted", "provisioned", "self-hosted")
HISTORIES = ("none", "resend", "window", "summary")
DAYS = 30
"""A month has thirty days, in every figure."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Every number about a workload, each a range with its basis; None: nobody said.

    Declared and measured figures have this one shape; `overlaid` is the one place where they meet.
    """

    traffic: Range | None = None
    """Requests a month."""
    calls_per_request: Range | None = None
    """How often one request makes each of the calls."""
    turns: Range | None = None
    """Model turns of one call: an agent's steps, or the messages of a conversation."""
    history_adds: Range | None = None
    """Tokens that each turn leaves for the next to send again."""
    retry_rate: Range | None = None
    """Extra requests for each request, as a share: 0.15 for 15 %."""
    cache_hit: Range | None = None
    cache_write: Range | None = None
    cache_write_1h: Range | None = None
    """Shares of the input tokens that are read from the provider's prompt cache, and written to it: for as long as the
    code says, and for an hour. Where the last is said, the second is kept for the shortest time."""
    chunks: Range | None = None
    chunk_tokens: Range | None = None
    holes: Mapping[str, Range] = field(default_factory=dict)
    input_tokens: Range | None = None
    """All that the first turn sends, in place of what the code shows."""
    output_tokens: Range | None = None
    reasoning_tokens: Range | None = None
    reasoning_share: Range | None = None
    """Share of the turns that think."""
    response_cache: Range | None = None
    """Share of the requests that are answered without any call."""
    batch: Range | None = None
    buffer: Range | None = None
    resolution_rate: Range | None = None


def overlaid(declared: Figures, measured: Figures) -> Figures:
    """The figures that hold: a measured one beats a declared one, a hole at a time."""
    given = {each.name: getattr(measured, each.name) for each in fields(Figures) if each.name != "holes"}
    won = {name: value for name, value in given.items() if value is not None}
    return replace(declared, holes={**declared.holes, **measured.holes}, **won)


@dataclass(frozen=True, slots=True)
class Component:
    """Something a request uses besides the model: money each, and how many."""

    name: str
    price: Range
    count: Range = field(default_factory=lambda: Range.exact(1))


@dataclass(frozen=True, slots=True)
class Fallback:
    """A model that is asked again for some share of the calls."""

    model: str
    share: Range


@dataclass(frozen=True, slots=True)
class Deployment:
    """How the model is had. `units` (GPUs, or units of throughput) at `price` a month make a fixed cost.

    `capacity`: tokens a month of all units together; `share`: the part of the cost that this workload carries.
    """

    kind: str = "api"
    units: int = 0
    price: Decimal = Decimal(0)
    capacity: Range | None = None
    utilisation: Range | None = None
    share: Decimal = Decimal(1)

    @property
    def fixed(self) -> bool:
        """Whether it costs the same however much is sent."""
        return self.kind in ("provisioned", "self-hosted")


@dataclass(frozen=True, slots=True)
class Budgets:
    """Caps of one workload. `warn_at`: shares of a cap, rising; `compare`: the end of a range that is held against it."""

    tokens_per_call: int | None = None
    cost_per_call: Decimal | None = None
    cost_per_request: Decimal | None = None
    cost_per_month: Decimal | None = None
    warn_at: tuple[Decimal, ...] = (Decimal("0.5"), Decimal("0.8"))
    compare: str = "likely"


@dataclass(frozen=True, slots=True)
class Unit:
    """What the workload is for: its name ("resolved ticket") and what one is worth."""

    name: str
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload as declared. `place`: its key in the configuration's lines."""

    name: str
    figures: Figures = field(default_factory=Figures)
    owner: str | None = None
    team: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    sites: tuple[str, ...] = ()
    entrypoints: tuple[str, ...] = ()
    history: str | None = None
    window: int | None = None
    summary: Range | None = None
    retrieval_hole: str | None = None
    """The hole that the retrieved chunks fill; without one they come on top of what the code sends."""
    mix: Mapping[str, Range] = field(default_factory=dict)
    """Models and their shares of the calls, in place of what the code says."""
    fallbacks: tuple[Fallback, ...] = ()
    overheads: Mapping[str, Range] = field(default_factory=dict)
    components: tuple[Component, ...] = ()
    deployment: Deployment = field(default_factory=Deployment)
    can_wait: bool = False
    planned: bool = False
    unit: Unit | None = None
    revisit: str | None = None
    budgets: Budgets = field(default_factory=Budgets)
    place: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The declaration as written."""
    proposed: bool = False
    """Whether only the head of a change has it: nothing about it is old."""
    settled: bool = False
    """Whether its figures hold as they are, whatever was measured: somebody asks about them."""


@dataclass(frozen=True, slots=True)
class PortfolioPlan:
    """A budget over several workloads, by globs on their names."""

    name: str = "portfolio"
    cost_per_month: Decimal | None = None
    warn_at: tuple[Decimal, ...] = (Decimal("0.5"), Decimal("0.8"))
    compare: str = "likely"
    workloads: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The workloads as a reader of the report wants them to be for once. `label` says how."""

    label: str
    workloads: tuple[Workload, ...]
    tokens: Mapping[str, Decimal] = field(default_factory=dict)
    """How many times the tokens, by workload; once where it says nothing."""


@dataclass(frozen=True, slots=True)
class WorkloadLine:
    """One line of what a request costs: quantity x rate = amount. `site` is a call's key, None for what is no call.

    The ends of a range are those of the cheapest, the likely and the dearest course of things, so that lines add up
    end by end; a share that makes things cheaper has its high value at the low end.
    """

    layer: str
    what: str
    site: str | None
    unit: str
    quantity: Range
    rate: Decimal
    amount: Range


@dataclass(frozen=True, slots=True)
class Scenario:
    """The same workload under other circumstances."""

    name: str
    per_request: Range | None
    per_month: Range | None


@dataclass(frozen=True, slots=True)
class Saving:
    """What a lever would save. `per_month` None without traffic; `given` says what the figure takes for granted."""

    lever: str
    what: str
    per_request: Range
    per_month: Range | None
    given: str


@dataclass(frozen=True, slots=True)
class Usage:
    """How a fixed deployment is used. Shares are of its capacity; `managed`: the same tokens at the price per token."""

    fixed: Range
    tokens: Range | None = None
    capacity: Range | None = None
    used: Range | None = None
    per_million: Range | None = None
    managed: Range | None = None
    break_even: Range | None = None
    """Tokens a month at which both cost the same."""


@dataclass(frozen=True, slots=True)
class WorkloadCost:
    """What one workload costs. Without traffic no month; `forecast_` is with the declared buffer."""

    workload: Workload
    span: Span
    sites: tuple[str, ...] = ()
    lines: tuple[WorkloadLine, ...] = ()
    per_request: Range | None = None
    per_month: Range | None = None
    forecast_request: Range | None = None
    forecast_month: Range | None = None
    per_unit: Range | None = None
    margin: Range | None = None
    call_cost: Range | None = None
    call_tokens: Range | None = None
    """Of its dearest call, and of the one that sends the most."""
    tokens: Range | None = None
    """All tokens of one request."""
    usage: Usage | None = None
    scenarios: tuple[Scenario, ...] = ()
    savings: tuple[Saving, ...] = ()
    overlaps: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Keys of the calls that have no cost: what is known is a lower bound then."""
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class PortfolioCost:
    """The workloads together. `missing`: those that have no monthly figure."""

    plan: PortfolioPlan
    span: Span
    members: tuple[str, ...]
    per_month: Range | None
    missing: tuple[str, ...] = ()
