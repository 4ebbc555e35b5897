"""A report as rows of the store's tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from costgate.model.report import CallDoc, RangeDoc, Report, ValueDoc, WorkloadDoc

Row = dict[str, Any]

MONEY = "DECIMAL(38, 15)"
"""Wide enough for the price of one token of the cheapest model, and for the bill of any organisation."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "runs": {
        "run": "VARCHAR",
        "repository": "VARCHAR",
        "owner": "VARCHAR",
        "team": "VARCHAR",
        "commit": "VARCHAR",
        "run_order": "BIGINT",
        "as_of": "VARCHAR",
        "version": "VARCHAR",
        "currency": "VARCHAR",
        "book": "VARCHAR",
        "files": "BIGINT",
        "skipped": "BIGINT",
        "calls": "BIGINT",
        "counted": "BIGINT",
        "model_known": "BIGINT",
        "priced": "BIGINT",
        "verdict": "VARCHAR",
    },
    "calls": {
        "run": "VARCHAR",
        "key": "VARCHAR",
        "path": "VARCHAR",
        "line": "BIGINT",
        "function": "VARCHAR",
        "sdk": "VARCHAR",
        "kind": "VARCHAR",
        "model": "VARCHAR",
        "counted": "BOOLEAN",
        "workload": "VARCHAR",
        "static_low": "BIGINT",
        "static_high": "BIGINT",
        "cost_low": MONEY,
        "cost_likely": MONEY,
        "cost_high": MONEY,
    },
    "workloads": {
        "run": "VARCHAR",
        "name": "VARCHAR",
        "owner": "VARCHAR",
        "team": "VARCHAR",
        "tags": "VARCHAR",
        "planned": "BOOLEAN",
        "traffic": "DECIMAL(38, 6)",
        "tokens": "DECIMAL(38, 6)",
        "request_low": MONEY,
        "request_likely": MONEY,
        "request_high": MONEY,
        "month_low": MONEY,
        "month_likely": MONEY,
        "month_high": MONEY,
        "budget": MONEY,
    },
    "prompts": {
        "run": "VARCHAR",
        "path": "VARCHAR",
        "line": "BIGINT",
        "role": "VARCHAR",
        "load": "VARCHAR",
        "tokens_low": "BIGINT",
        "tokens_high": "BIGINT",
        "used_by": "BIGINT",
    },
    "findings": {
        "run": "VARCHAR",
        "rule": "VARCHAR",
        "name": "VARCHAR",
        "severity": "VARCHAR",
        "state": "VARCHAR",
        "path": "VARCHAR",
        "line": "BIGINT",
        "message": "VARCHAR",
        "fingerprint": "VARCHAR",
    },
}
"""Columns and their types, in order."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A report with what the store adds to it."""

    report: Report
    owner: str | None = None
    team: str | None = None


def run_id(report: Report) -> str:
    """Names a report by its content, so that the same report is the same run."""
    return sha256(json.dumps(report, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:24]


def rows_of(filed: Filed, run: str) -> dict[str, list[Row]]:
    """The rows of every table, under the name of the run."""
    report = filed.report
    names = {rule["id"]: rule["name"] for rule in report["rules"]}
    return {
        "runs": [_run(run, filed)],
        "calls": [_call(run, call) for call in report["calls"]],
        "workloads": [_workload(run, each) for each in report["workloads"]],
        "prompts": [
            {
                "run": run,
                "path": prompt["path"],
                "line": prompt["line"],
                "role": prompt["role"],
                "load": prompt["load"],
                "tokens_low": prompt["tokens"]["low"],
                "tokens_high": prompt["tokens"]["high"],
                "used_by": len(prompt["used_by"]),
            }
            for prompt in report["prompts"]
        ],
        "findings": [
            {
                "run": run,
                "name": names.get(finding["rule"]),
                **{
                    key: finding[key] for key in ("rule", "severity", "state", "path", "line", "message", "fingerprint")
                },
            }
            for finding in report["findings"]
        ],
    }


def _run(run: str, filed: Filed) -> Row:
    report = filed.report
    origin, coverage = report["provenance"], report["coverage"]
    return {
        "run": run,
        "repository": origin["repository"],
        "owner": filed.owner,
        "team": filed.team,
        "commit": origin["head_sha"],
        "run_order": origin["run_order"],
        "as_of": origin["as_of"],
        "version": report["tool"]["version"],
        "currency": origin["currency"],
        "book": origin["price_book"]["date"],
        "files": coverage["files"],
        "skipped": len(coverage["skipped"]),
        "verdict": report["verdict"]["result"],
        **{key: coverage[key] for key in ("calls", "counted", "model_known", "priced")},
    }


def _call(run: str, call: CallDoc) -> Row:
    return {
        "run": run,
        "model": _only(call["model"]),
        **{key: call[key] for key in ("key", "path", "line", "function", "sdk", "kind", "counted", "workload")},
        **_ends("static", call["prompt"]["static_tokens"], ("low", "high")),
        **_ends("cost", call["cost_per_call"], ("low", "likely", "high")),
    }


def _workload(run: str, one: WorkloadDoc) -> Row:
    """Buffers included; the budget is the one for a month. A workload of another file may have the same name."""
    cap = next((each["limit"] for each in one["budgets"] if each["what"] == "month"), None)
    return {
        "run": run,
        "name": one["name"],
        "owner": one["owner"],
        "team": one["team"],
        "tags": json.dumps(one["tags"], sort_keys=True),
        "planned": one["planned"],
        "traffic": _likely(one["traffic"]),
        "tokens": _likely(one["tokens"]),
        "budget": cap,
        **_ends("request", one["forecast_request"], ("low", "likely", "high")),
        **_ends("month", one["forecast_month"], ("low", "likely", "high")),
    }


def _likely(amount: RangeDoc | None) -> Any:
    if amount is None:
        return None
    return amount["low"] if amount["likely"] is None else amount["likely"]


def _only(value: ValueDoc) -> str | None:
    """The one value, or the few joined; None where it is not known."""
    return " | ".join(map(str, value["values"])) if value["state"] == "known" else None


def _ends(prefix: str, amount: RangeDoc | None, ends: Iterable[str]) -> Row:
    found: Mapping[str, Any] = amount or {}
    return {f"{prefix}_{end}": found.get(end) for end in ends}
