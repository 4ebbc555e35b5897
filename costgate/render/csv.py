"""Workloads as comma-separated rows: one for each line of what a request costs, with the month and who it is for.

Every row is an estimate, and says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from costgate.model.report import RangeDoc, Report, WorkloadDoc, WorkloadLineDoc
from costgate.render.escape import cell
from costgate.render.options import Options
from costgate.render.spending import ranked_workloads

_ENDS = ("low", "likely", "high")
_COLUMNS = (
    "workload",
    "owner",
    "team",
    "layer",
    "what",
    "site",
    "unit",
    "quantity_per_request",
    "rate",
    "basis",
    *(f"per_request_{end}" for end in _ENDS),
    *(f"per_month_{end}" for end in _ENDS),
    "currency",
    "estimate",
    "as_of",
    "prices",
)


def render(report: Report, options: Options) -> str:
    """Rows under a head; one column for each tag that some workload has."""
    tags = sorted({tag for one in report["workloads"] for tag in one["tags"]})
    output = io.StringIO()
    write = csv.writer(output, lineterminator="\n")
    write.writerow([*_COLUMNS, *(cell(f"tag_{tag}") for tag in tags)])
    for one in ranked_workloads(report["workloads"]):
        for row in _rows(one, report):
            write.writerow([*map(cell, row), *(cell(one["tags"].get(tag, "")) for tag in tags)])
    return output.getvalue()


def _rows(one: WorkloadDoc, report: Report) -> Iterator[list[str]]:
    provenance = report["provenance"]
    own = [one["name"], one["owner"] or "", one["team"] or ""]
    tail = [provenance["currency"], "true", provenance["as_of"], provenance["price_book"]["id"]]
    for line in one["lines"]:
        months = [times(end, traffic) for end, traffic in zip(ends(line["amount"]), ends(one["traffic"]), strict=True)]
        yield [*own, *_line(line), *(each or "" for each in ends(line["amount"])), *(each or "" for each in months), *tail]
    usage = one["usage"]
    if usage is not None:
        fixed = [each or "" for each in ends(usage["fixed"])]
        yield [*own, "inference", usage["kind"], "", "month", "", "", usage["fixed"]["basis"], "", "", "", *fixed, *tail]
    if one["buffer"] is not None and one["forecast_month"] is not None and one["per_month"] is not None:
        more = [_less(end, start) for end, start in zip(ends(one["forecast_month"]), ends(one["per_month"]), strict=True)]
        yield [*own, "buffer", "buffer", "", "month", "", "", "declared", "", "", "", *(each or "" for each in more), *tail]


def _line(line: WorkloadLineDoc) -> list[str]:
    quantity = line["quantity"]["likely"]
    shown = "" if quantity is None else str(quantity)
    return [line["layer"], line["what"], line["site"] or "", line["unit"], shown, line["rate"], line["amount"]["basis"]]


def ends(doc: RangeDoc | None) -> list[str | None]:
    """The three ends as text; None where one is not known."""
    if doc is None:
        return [None, None, None]
    return [None if end is None else str(end) for end in (doc["low"], doc["likely"], doc["high"])]


def times(one: str | None, other: str | None) -> str | None:
    """A product in plain notation."""
    return None if one is None or other is None else _text(Decimal(one) * Decimal(other))


def _less(one: str | None, other: str | None) -> str | None:
    return None if one is None or other is None else _text(Decimal(one) - Decimal(other))


def _text(number: Decimal) -> str:
    return format(number.normalize(), "f") if number else "0"
