"""Workloads and the portfolio as the report has them: `workloads[]` and `portfolio` of costgate.report/1."""

from __future__ import annotations

from typing import TypedDict

from costgate.model.report_parts import GapDoc, RangeDoc


class WorkloadLineDoc(TypedDict):
    """quantity x rate = amount, for one request. `site`: the key of the call, null for what is no call."""

    layer: str
    what: str
    site: str | None
    unit: str
    quantity: RangeDoc
    rate: str
    amount: RangeDoc


class BudgetDoc(TypedDict):
    """A cap. `what`: month | request | call | call_tokens; `used` in per cent; `state`: within | warn | over | unknown."""

    what: str
    limit: str
    value: RangeDoc | None
    used: RangeDoc | None
    state: str
    warn_at: list[str]


class UnitDoc(TypedDict):
    """What a request is for. `cost` of one that is resolved, `margin`: its value less that."""

    name: str
    resolution_rate: RangeDoc | None
    value: str | None
    cost: RangeDoc | None
    margin: RangeDoc | None


class UsageDoc(TypedDict):
    """A fixed deployment, a month. `used`: a share of the capacity; `break_even`: tokens at which both cost the same."""

    kind: str
    fixed: RangeDoc
    tokens: RangeDoc | None
    capacity: RangeDoc | None
    used: RangeDoc | None
    per_million: RangeDoc | None
    managed: RangeDoc | None
    break_even: RangeDoc | None


class ScenarioDoc(TypedDict):
    """The same workload under other circumstances."""

    name: str
    per_request: RangeDoc | None
    per_month: RangeDoc | None


class SavingDoc(TypedDict):
    """What a lever would save, and what that takes for granted."""

    lever: str
    what: str
    per_request: RangeDoc
    per_month: RangeDoc | None
    given: str


class WorkloadDeltaDoc(TypedDict):
    """In a diff: what a request and a month cost more, with the traffic that the base declares; null: not known."""

    per_request: RangeDoc | None
    per_month: RangeDoc | None


class WorkloadDoc(TypedDict):
    """One workload. `path` and `line`: where it is declared; `traffic`: requests a month.

    `per_request` and `per_month` are without the buffer, `forecast_` with it. `layers` holds the sums of `lines`.
    """

    name: str
    owner: str | None
    team: str | None
    tags: dict[str, str]
    path: str
    line: int
    planned: bool
    sites: list[str]
    unknown: list[str]
    overlaps: list[str]
    revisit: str | None
    traffic: RangeDoc | None
    buffer: RangeDoc | None
    tokens: RangeDoc | None
    per_request: RangeDoc | None
    per_month: RangeDoc | None
    forecast_request: RangeDoc | None
    forecast_month: RangeDoc | None
    share: str | None
    layers: dict[str, RangeDoc]
    lines: list[WorkloadLineDoc]
    unit: UnitDoc | None
    usage: UsageDoc | None
    budgets: list[BudgetDoc]
    scenarios: list[ScenarioDoc]
    savings: list[SavingDoc]
    assumptions: list[str]
    delta: WorkloadDeltaDoc | None
    gaps: list[GapDoc]


class MemberDoc(TypedDict):
    """A workload's part of the portfolio; `share` in per cent, null where it has no month."""

    name: str
    per_month: RangeDoc | None
    share: str | None


class ShowbackDoc(TypedDict):
    """A part of the bill by who or what it is for. `by`: owner | team | tag, `tag` the tag's name."""

    by: str
    tag: str | None
    value: str | None
    per_month: RangeDoc
    share: str | None


class PortfolioDoc(TypedDict):
    """All workloads together, a month, buffers included. `missing`: members without a monthly figure."""

    name: str
    path: str
    line: int
    per_month: RangeDoc | None
    budget: BudgetDoc | None
    members: list[MemberDoc]
    missing: list[str]
    showback: list[ShowbackDoc]
    delta: RangeDoc | None
