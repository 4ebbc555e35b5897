"""All workloads of a tree, and the portfolio that they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatchcase

from costgate.knowledge.prices import PriceBook
from costgate.measure.bill import Made
from costgate.measure.case import Measuring
from costgate.measure.ends import at_least
from costgate.measure.levers import savings
from costgate.measure.memory import Remembering
from costgate.measure.sensitivity import scenario, scenarios
from costgate.measure.workload import cost_of_workload, declared_at, made, scaled
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.money import Range, total
from costgate.model.snapshot import Snapshot
from costgate.model.tree import Cache
from costgate.model.workload import PortfolioCost, PortfolioPlan, Scenario, Workload, WorkloadCost


def with_workloads(
    snapshot: Snapshot, calls: Sequence[CallSite], book: PriceBook, config: Config, cache: Cache
) -> Snapshot:
    """The snapshot with what its workloads cost. `calls`: all of the tree, also where the snapshot shows only some."""
    if not config.workloads and _budget(config) is None:
        return snapshot
    setting = Measuring(book, config, Remembering(cache))
    costs = workload_costs(calls, setting)
    return replace(snapshot, workloads=costs, portfolio=portfolio_cost(costs, setting))


def workload_costs(calls: Sequence[CallSite], setting: Measuring) -> tuple[WorkloadCost, ...]:
    """Every declared workload, by name."""
    config = setting.config
    ready = [made(each, calls, setting) for each in sorted(config.workloads, key=lambda each: each.name)]
    makers = _makers(ready)
    asked = {} if config.what_if is None else {each.name: each for each in config.what_if.workloads}
    return tuple(_whole(each, makers, calls, asked, setting) for each in ready)


def portfolio_cost(costs: Iterable[WorkloadCost], setting: Measuring) -> PortfolioCost | None:
    """The declared portfolio, or one without a budget over all workloads; None without any, and without a budget."""
    found = list(costs)
    plan = setting.config.portfolio or PortfolioPlan()
    members = [each for each in found if any(fnmatchcase(each.workload.name, glob) for glob in plan.workloads)]
    if not found and _budget(setting.config) is None:
        return None
    known = [each.forecast_month for each in members if each.forecast_month is not None]
    missing = tuple(each.workload.name for each in members if each.forecast_month is None)
    month: Range | None = total(known) if known else None
    if month is not None and missing:
        month = at_least(month)
    return PortfolioCost(plan, declared_at("portfolio", setting), tuple(each.workload.name for each in members), month, missing)


def _budget(config: Config) -> Decimal | None:
    return None if config.portfolio is None else config.portfolio.cost_per_month


def _whole(
    given: Made,
    makers: Mapping[str, tuple[str, ...]],
    calls: Sequence[CallSite],
    asked: Mapping[str, Workload],
    setting: Measuring,
) -> WorkloadCost:
    name = given.workload.name
    told: tuple[Scenario, ...] = tuple(scenarios(given, setting))
    if name in asked and setting.config.what_if is not None:
        wanted = setting.config.what_if
        other = scaled(made(asked[name], calls, setting), tokens=wanted.tokens.get(name, Decimal(1)))
        told = (*told, scenario(wanted.label, other, setting))
    overlaps = {maker for site in given.sites if site.key for maker in makers[site.key]} - {name}
    cost = cost_of_workload(given, setting)
    return replace(cost, scenarios=told, savings=savings(given, setting), overlaps=tuple(sorted(overlaps)))


def _makers(ready: Iterable[Made]) -> dict[str, tuple[str, ...]]:
    """Which workloads make each call."""
    found: dict[str, tuple[str, ...]] = {}
    for each in ready:
        for site in each.sites:
            if site.key is not None:
                found[site.key] = (*found.get(site.key, ()), each.workload.name)
    return found
