"""The portfolio document, `costgate.portfolio/1`: what the reports of many repositories say together.

Money is a decimal string in `currency`, per month unless it says otherwise. Estimates, never a bill.
"""

from __future__ import annotations

from typing import TypedDict

SCHEMA = "costgate.portfolio/1"


class SpanDoc(TypedDict):
    """An amount of money. `likely` null: nobody can say; `high` null: nothing bounds it."""

    low: str
    likely: str | None
    high: str | None


class BudgetDoc(TypedDict):
    """A cap and how much of it is used. `state`: ok | half | near | over; `used` is a share, 0.82 for 82 %."""

    cap: str
    used: str | None
    state: str | None


class PointDoc(TypedDict):
    """A workload at one commit."""

    commit: str | None
    as_of: str
    per_month: SpanDoc | None
    tokens: str | None


class WorkloadShareDoc(TypedDict):
    """A workload. `share` is its part of all known monthly cost; `tokens` those of one request."""

    repository: str
    name: str
    owner: str | None
    team: str | None
    planned: bool
    traffic: str | None
    tokens: str | None
    per_request: SpanDoc | None
    per_month: SpanDoc | None
    share: str | None
    budget: BudgetDoc | None
    trend: list[PointDoc]


class GroupDoc(TypedDict):
    """All workloads of one owner or team; `name` null: nobody is named."""

    name: str | None
    workloads: int
    per_month: SpanDoc | None
    share: str | None
    budget: BudgetDoc | None


class RepositoryDoc(TypedDict):
    """The last audit of a repository. Tokens are those of its prompts' static text."""

    name: str
    owner: str | None
    team: str | None
    commit: str | None
    as_of: str
    runs: int
    calls: int
    counted: int
    model_known: int
    priced: int
    prompt_tokens: int
    errors: int
    warnings: int
    per_month: SpanDoc | None
    share: str | None


class MoverDoc(TypedDict):
    """What changed between the last two commits of a repository. `workload` null: its prompts, in tokens."""

    repository: str
    workload: str | None
    before: str
    after: str
    delta: str
    unit: str


class RuleCountDoc(TypedDict):
    """How often a rule found something that is open."""

    rule: str
    name: str | None
    severity: str
    findings: int
    repositories: int


class PortfolioTotalsDoc(TypedDict):
    """Sums over the last audits. `without_month`: workloads whose monthly cost is not known, left out of `per_month`."""

    repositories: int
    runs: int
    calls: int
    counted: int
    model_known: int
    priced: int
    workloads: int
    without_month: int
    per_month: SpanDoc | None
    budget: BudgetDoc | None


class Portfolio(TypedDict):
    """The whole document."""

    schema: str
    as_of: str | None
    currency: str
    totals: PortfolioTotalsDoc
    owners: list[GroupDoc]
    teams: list[GroupDoc]
    workloads: list[WorkloadShareDoc]
    repositories: list[RepositoryDoc]
    movers: list[MoverDoc]
    rules: list[RuleCountDoc]
