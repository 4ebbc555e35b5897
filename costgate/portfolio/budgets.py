"""Caps on the monthly cost of the whole, of teams and of owners, and how much of a cap is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from costgate.model.error import UserError
from costgate.model.portfolio import BudgetDoc, SpanDoc

HALF, NEAR, FULL = Decimal("0.5"), Decimal("0.8"), Decimal(1)
"""Budgets warn at 50 % and 80 % and are over at 100 %."""
_GROUPS = ("teams", "owners")


@dataclass(frozen=True, slots=True)
class Caps:
    """Money a month."""

    total: Decimal | None = None
    teams: Mapping[str, Decimal] = field(default_factory=dict)
    owners: Mapping[str, Decimal] = field(default_factory=dict)


def parse_caps(data: Any, where: str) -> Caps:
    """The caps of a budgets file, already read. UserError for another key or what is no amount of money."""
    if not isinstance(data, dict):
        raise UserError("must be a mapping of total, teams and owners", where=where)
    for key in data.keys() - {"total", *_GROUPS}:
        raise UserError(f'unknown key "{key}"', where=where, hint="known: total, teams, owners")
    groups = {}
    for key in _GROUPS:
        given = data.get(key) or {}
        if not isinstance(given, dict):
            raise UserError(f"{key} must be a mapping of names to money a month", where=where)
        groups[key] = {name: _money(value, f"{key}.{name}", where) for name, value in given.items()}
    total = data.get("total")
    return Caps(None if total is None else _money(total, "total", where), groups["teams"], groups["owners"])


def _money(value: object, what: str, where: str) -> Decimal:
    try:
        amount = Decimal(str(value).replace("_", "")) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount <= 0:
        raise UserError(
            f"{what} must be money a month above zero, not {value!r}", where=where, hint="write it as 1200.50"
        )
    return amount


def budget(cap: Decimal | None, spent: SpanDoc | None) -> BudgetDoc | None:
    """The state of a cap: held against the likely figure, or the low one where there is no likely one."""
    if cap is None:
        return None
    if spent is None:
        return {"cap": f"{cap.normalize():f}", "used": None, "state": None}
    used = Decimal(spent["likely"] or spent["low"]) / cap
    state = "over" if used > FULL else "near" if used >= NEAR else "half" if used >= HALF else "ok"
    return {"cap": f"{cap.normalize():f}", "used": str(round(used, 4)), "state": state}
