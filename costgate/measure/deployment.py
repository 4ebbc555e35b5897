"""Deployments that cost the same however much is sent: their price a month, a token's share of it, and the crossover."""

from __future__ import annotations

from costgate.measure.ends import ONE, product, quotient
from costgate.model.money import Range
from costgate.model.workload import Deployment, Usage

_MILLION = Range.exact(1_000_000)


def fixed_cost(deployment: Deployment) -> Range | None:
    """Money a month; None for what is billed by the token."""
    if not deployment.fixed:
        return None
    return Range.exact(deployment.units * deployment.price * deployment.share, "declared")


def usage_of(deployment: Deployment, tokens: Range, traffic: Range | None, managed: Range | None) -> Usage | None:
    """How the capacity is used. `tokens`: of one request; `managed`: what one would cost at the price per token."""
    fixed = fixed_cost(deployment)
    if fixed is None:
        return None
    capacity = deployment.capacity
    if capacity is not None:
        capacity = product(capacity, deployment.utilisation or ONE, Range.exact(deployment.share))
    month = None if traffic is None else product(tokens, traffic)
    each = None if managed is None else quotient(managed, _turned(tokens))
    return Usage(
        fixed=fixed,
        tokens=month,
        capacity=capacity,
        used=None if month is None or capacity is None else quotient(month, capacity),
        per_million=None if capacity is None else product(quotient(fixed, capacity), _MILLION),
        managed=None if managed is None or traffic is None else product(managed, traffic),
        break_even=None if each is None or not each.low else quotient(fixed, each),
    )


def _turned(given: Range) -> Range:
    """So that a quotient of two figures of one course divides end by the same end."""
    return Range(given.low if given.high is None else given.high, given.likely, given.low, given.basis)

