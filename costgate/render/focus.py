"""Workloads as rows in the columns of FOCUS 1.2 (FinOps Open Cost and Usage Specification), for a month to come.

FOCUS describes what was billed, and nothing here was: `BilledCost` is 0 in every row, `x_Estimated` is true, and the
estimate stands in ListCost, ContractedCost and EffectiveCost with its ends in columns of our own.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from costgate.model.report import RangeDoc, Report, WorkloadDoc
from costgate.render.csv import ends, times
from costgate.render.escape import cell
from costgate.render.options import Options
from costgate.render.spending import ranked_workloads

_AI, _OTHER = "AI and Machine Learning", "Other"
COLUMNS = (
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "BilledCost",
    "ListCost",
    "ContractedCost",
    "EffectiveCost",
    "PricingQuantity",
    "PricingUnit",
    "ListUnitPrice",
    "InvoiceIssuerName",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ResourceId",
    "Tags",
    "x_Estimated",
    "x_EstimateEnd",
    "x_EstimateBasis",
    "x_EstimateLow",
    "x_EstimateHigh",
    "x_Workload",
    "x_Owner",
    "x_Team",
    "x_CostLayer",
    "x_PriceBook",
)
_NOBODY = "not known"


def render(report: Report, options: Options) -> str:
    """A row for each line of each workload that has traffic."""
    output = io.StringIO()
    write = csv.DictWriter(output, COLUMNS, restval="", lineterminator="\n")
    write.writeheader()
    for one in ranked_workloads(report["workloads"]):
        for row in _rows(one, report):
            write.writerow({name: value if name == "Tags" else cell(value) for name, value in row.items()})
    return output.getvalue()


def _rows(one: WorkloadDoc, report: Report) -> Iterator[dict[str, str]]:
    if one["traffic"] is None:
        return
    shared = _shared(one, report)
    for line in one["lines"]:
        months = [times(end, many) for end, many in zip(ends(line["amount"]), ends(one["traffic"]), strict=True)]
        rate = Decimal(line["rate"])
        paid = months[1] or months[0] or "0"
        yield {
            **shared,
            **_money(months, line["amount"]),
            "ChargeDescription": f"Estimate: {line['what']}, {line['unit']}, for {one['name']}",
            "PricingQuantity": format((Decimal(paid) / rate).normalize(), "f") if rate else "0",
            "PricingUnit": line["unit"],
            "ListUnitPrice": line["rate"],
            "ServiceCategory": _OTHER if line["layer"] == "platform" else _AI,
            "ServiceName": line["what"],
            "ResourceId": line["site"] or "",
            "x_CostLayer": line["layer"],
        }
    if one["usage"] is not None:
        yield {
            **shared,
            **_money(ends(one["usage"]["fixed"]), one["usage"]["fixed"]),
            "ChargeDescription": f"Estimate: {one['usage']['kind']} deployment for {one['name']}",
            "PricingQuantity": "1",
            "PricingUnit": "months",
            "ServiceCategory": _AI,
            "ServiceName": one["usage"]["kind"],
            "x_CostLayer": "inference",
        }


def _money(months: list[str | None], doc: RangeDoc) -> dict[str, str]:
    """By what is likely, else by what is sure."""
    paid = months[1] or months[0] or "0"
    return {
        "BilledCost": "0",
        "ListCost": paid,
        "ContractedCost": paid,
        "EffectiveCost": paid,
        "x_EstimateEnd": "likely" if months[1] else "low",
        "x_EstimateBasis": doc["basis"],
        "x_EstimateLow": months[0] or "0",
        "x_EstimateHigh": months[2] or "",
    }


def _shared(one: WorkloadDoc, report: Report) -> dict[str, str]:
    provenance = report["provenance"]
    start, end = month_of(provenance["as_of"])
    tags = {**one["tags"], **{name: value for name in ("owner", "team") if (value := one[name])}}
    return {
        "BillingAccountId": provenance["repository"],
        "BillingAccountName": provenance["repository"],
        "BillingCurrency": provenance["currency"],
        "BillingPeriodStart": start,
        "BillingPeriodEnd": end,
        "ChargePeriodStart": start,
        "ChargePeriodEnd": end,
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "InvoiceIssuerName": _NOBODY,
        "ProviderName": _NOBODY,
        "PublisherName": _NOBODY,
        "Tags": json.dumps(tags, sort_keys=True),
        "x_Estimated": "true",
        "x_Workload": one["name"],
        "x_Owner": one["owner"] or "",
        "x_Team": one["team"] or "",
        "x_PriceBook": provenance["price_book"]["id"],
    }


def month_of(as_of: str) -> tuple[str, str]:
    """The month after the report's date, which the estimate is for."""
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        return "", ""
    start = _next(day)
    return f"{start.isoformat()}T00:00:00Z", f"{_next(start).isoformat()}T00:00:00Z"


def _next(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
