"""What is asked of a store, and the answers as one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from costgate.model.error import UserError
from costgate.model.portfolio import (
    SCHEMA,
    GroupDoc,
    MoverDoc,
    PointDoc,
    Portfolio,
    PortfolioTotalsDoc,
    RepositoryDoc,
    RuleCountDoc,
    SpanDoc,
    WorkloadShareDoc,
)
from costgate.portfolio.budgets import Caps, budget
from costgate.portfolio.store import Store

Row = Mapping[str, Any]
MOVERS = 20
POINTS = 60
"""Commits of a workload's trend, the last ones."""

_WORKLOADS = """
SELECT latest.repository, workloads.name, coalesce(workloads.owner, latest.owner) AS owner,
       coalesce(workloads.team, latest.team) AS team, planned, traffic, tokens, budget,
       request_low, request_likely, request_high, month_low, month_likely, month_high
FROM workloads JOIN latest USING (run) ORDER BY coalesce(month_likely, month_low) DESC NULLS LAST, repository, name
"""
_REPOSITORIES = """
SELECT repository AS name, owner, team, commit, as_of, calls, counted, model_known, priced,
    (SELECT count(*) FROM runs WHERE runs.repository = latest.repository) AS runs,
    (SELECT coalesce(sum(tokens_low), 0) FROM prompts WHERE prompts.run = latest.run) AS prompt_tokens,
    (SELECT count(*) FROM findings WHERE findings.run = latest.run AND state = 'open' AND severity = 'error') AS errors,
    (SELECT count(*) FROM findings WHERE findings.run = latest.run AND state = 'open' AND severity = 'warning') AS warnings
FROM latest ORDER BY repository
"""
_TREND = """
SELECT runs.repository, workloads.name, commit, as_of, month_low, month_likely, month_high, tokens
FROM workloads JOIN runs USING (run) ORDER BY run_order, as_of, runs.batch, run
"""
_MONTHS = """
SELECT steps.repository, workloads.name, back, coalesce(month_likely, month_low) AS amount
FROM steps JOIN workloads USING (run) WHERE coalesce(month_likely, month_low) IS NOT NULL
"""
_TOKENS = """
SELECT steps.repository, back, coalesce(sum(tokens_low), 0) AS amount FROM steps LEFT JOIN prompts USING (run) GROUP BY ALL
"""
_RULES = """
SELECT rule, any_value(findings.name) AS name, severity, count(*) AS findings, count(DISTINCT repository) AS repositories
FROM findings JOIN latest USING (run) WHERE state = 'open' AND severity IN ('error', 'warning')
GROUP BY rule, severity ORDER BY severity, findings DESC, rule
"""


def portfolio(store: Store, caps: Caps) -> Portfolio:
    """The document. UserError when reports of several currencies were imported."""
    rows = store.ask(_WORKLOADS)
    repositories = store.ask(_REPOSITORIES)
    currencies = [row["currency"] for row in store.ask("SELECT DISTINCT currency FROM latest ORDER BY 1")]
    if len(currencies) > 1:
        raise UserError(f"reports in {' and '.join(currencies)} cannot be added up", where=str(store.folder))
    whole = _sum(rows)
    trends = _trends(store.ask(_TREND))
    return {
        "schema": SCHEMA,
        "as_of": max((row["as_of"] for row in repositories), default=None),
        "currency": currencies[0] if currencies else "USD",
        "totals": _totals(rows, repositories, whole, caps),
        "owners": _groups(rows, "owner", whole, caps.owners),
        "teams": _groups(rows, "team", whole, caps.teams),
        "workloads": [_workload(row, whole, trends) for row in rows],
        "repositories": [_repository(row, rows, whole) for row in repositories],
        "movers": _movers(store),
        "rules": [_rule(row) for row in store.ask(_RULES)],
    }


def _totals(
    rows: list[dict[str, Any]], repositories: list[dict[str, Any]], whole: SpanDoc | None, caps: Caps
) -> PortfolioTotalsDoc:
    def all_of(key: str) -> int:
        return sum(row[key] for row in repositories)

    return {
        "repositories": len(repositories),
        "runs": all_of("runs"),
        "calls": all_of("calls"),
        "counted": all_of("counted"),
        "model_known": all_of("model_known"),
        "priced": all_of("priced"),
        "workloads": len(rows),
        "without_month": sum(row["month_low"] is None for row in rows),
        "per_month": whole,
        "budget": budget(caps.total, whole),
    }


def _groups(rows: list[dict[str, Any]], key: str, whole: SpanDoc | None, caps: Mapping[str, Decimal]) -> list[GroupDoc]:
    names = {row[key] for row in rows} | set(caps)
    found: list[GroupDoc] = []
    for name in names:
        members = [row for row in rows if row[key] == name]
        month = _sum(members)
        found.append(
            {
                "name": name,
                "workloads": len(members),
                "per_month": month,
                "share": _share(month, whole),
                "budget": budget(caps.get(name or ""), month),
            }
        )
    return sorted(found, key=lambda each: (-_weight(each["per_month"]), each["name"] or ""))


def _workload(row: Row, whole: SpanDoc | None, trends: Mapping[tuple[str, str], list[PointDoc]]) -> WorkloadShareDoc:
    month = _span(row, "month")
    return {
        "repository": row["repository"],
        "name": row["name"],
        "owner": row["owner"],
        "team": row["team"],
        "planned": bool(row["planned"]),
        "traffic": _plain(row["traffic"]),
        "tokens": _plain(row["tokens"]),
        "per_request": _span(row, "request"),
        "per_month": month,
        "share": _share(month, whole),
        "budget": budget(row["budget"], month),
        "trend": trends.get((row["repository"], row["name"]), [])[-POINTS:],
    }


def _repository(row: Row, workloads: list[dict[str, Any]], whole: SpanDoc | None) -> RepositoryDoc:
    month = _sum(each for each in workloads if each["repository"] == row["name"])
    return {
        "name": row["name"],
        "owner": row["owner"],
        "team": row["team"],
        "commit": row["commit"],
        "as_of": row["as_of"],
        "runs": row["runs"],
        "calls": row["calls"],
        "counted": row["counted"],
        "model_known": row["model_known"],
        "priced": row["priced"],
        "prompt_tokens": int(row["prompt_tokens"]),
        "errors": row["errors"],
        "warnings": row["warnings"],
        "per_month": month,
        "share": _share(month, whole),
    }


def _trends(rows: Iterable[Row]) -> dict[tuple[str, str], list[PointDoc]]:
    found: dict[tuple[str, str], list[PointDoc]] = {}
    for row in rows:
        point: PointDoc = {
            "commit": row["commit"],
            "as_of": row["as_of"],
            "per_month": _span(row, "month"),
            "tokens": _plain(row["tokens"]),
        }
        found.setdefault((row["repository"], row["name"]), []).append(point)
    return found


def _movers(store: Store) -> list[MoverDoc]:
    """Workloads by the change of their month, then repositories by the change of their prompts; the largest of each."""
    money = _steps(((row["repository"], row["name"]), row) for row in store.ask(_MONTHS))
    tokens = _steps(((row["repository"], None), row) for row in store.ask(_TOKENS))
    return _largest(money, "money a month") + _largest(tokens, "prompt tokens")


def _steps(rows: Iterable[tuple[tuple[str, str | None], Row]]) -> dict[tuple[str, str | None], dict[int, Decimal]]:
    found: dict[tuple[str, str | None], dict[int, Decimal]] = {}
    for key, row in rows:
        found.setdefault(key, {})[row["back"]] = Decimal(row["amount"])
    return found


def _largest(steps: Mapping[tuple[str, str | None], Mapping[int, Decimal]], unit: str) -> list[MoverDoc]:
    moved = [(key, each[2], each[1]) for key, each in steps.items() if 1 in each and 2 in each and each[1] != each[2]]
    moved.sort(key=lambda one: (-abs(one[2] - one[1]), one[0][0], one[0][1] or ""))
    return [
        {
            "repository": key[0],
            "workload": key[1],
            "before": _text(before),
            "after": _text(after),
            "delta": _text(after - before),
            "unit": unit,
        }
        for key, before, after in moved[:MOVERS]
    ]


def _rule(row: Row) -> RuleCountDoc:
    return {
        "rule": row["rule"],
        "name": row["name"],
        "severity": row["severity"],
        "findings": row["findings"],
        "repositories": row["repositories"],
    }


def _sum(rows: Iterable[Row]) -> SpanDoc | None:
    """End by end over the rows whose month is known; likely where one has none: its low end."""
    known = [row for row in rows if row["month_low"] is not None]
    if not known:
        return None
    likely = sum((row["month_likely"] if row["month_likely"] is not None else row["month_low"]) for row in known)
    said = any(row["month_likely"] is not None for row in known)
    bounded = all(row["month_high"] is not None for row in known)
    return {
        "low": _text(sum(row["month_low"] for row in known)),
        "likely": _text(likely) if said else None,
        "high": _text(sum(row["month_high"] for row in known)) if bounded else None,
    }


def _span(row: Row, prefix: str) -> SpanDoc | None:
    low, likely, high = (row[f"{prefix}_{end}"] for end in ("low", "likely", "high"))
    return None if low is None else {"low": _text(low), "likely": _plain(likely), "high": _plain(high)}


def _share(part: SpanDoc | None, whole: SpanDoc | None) -> str | None:
    if part is None or not _weight(whole):
        return None
    return str(round(_weight(part) / _weight(whole), 4))


def _weight(amount: SpanDoc | None) -> Decimal:
    """What a share is of: the likely figure, or the low one."""
    return Decimal(0) if amount is None else Decimal(amount["likely"] or amount["low"])


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else _text(number)


def _text(number: Decimal | int) -> str:
    """Without the zeros that the column's scale adds, and without an exponent."""
    return f"{Decimal(number).normalize():f}"
