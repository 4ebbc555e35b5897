"""A portfolio's workloads as rows in the columns of FOCUS, one a month for each; estimates, as `focus` explains."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from costgate.model.portfolio import Portfolio, WorkloadShareDoc
from costgate.render.escape import cell
from costgate.render.focus import COLUMNS, month_of
from costgate.render.options import Options
from costgate.render.portfolio_csv import ends


def render(document: Portfolio, options: Options) -> str:
    """A row for each workload whose month is known."""
    output = io.StringIO()
    write = csv.DictWriter(output, COLUMNS, restval="", lineterminator="\n")
    write.writeheader()
    for row in _rows(document):
        write.writerow({name: value if name == "Tags" else cell(value) for name, value in row.items()})
    return output.getvalue()


def _rows(document: Portfolio) -> Iterator[dict[str, str]]:
    if document["as_of"] is None:
        return
    start, end = month_of(document["as_of"])
    for one in document["workloads"]:
        if one["per_month"] is None:
            continue
        low, likely, high = ends(one["per_month"])
        paid = likely or low
        yield {
            "BillingAccountId": one["repository"],
            "BillingAccountName": one["repository"],
            "BillingCurrency": document["currency"],
            "BillingPeriodStart": start,
            "BillingPeriodEnd": end,
            "ChargePeriodStart": start,
            "ChargePeriodEnd": end,
            "ChargeCategory": "Usage",
            "ChargeDescription": f"Estimate: {one['name']}, a month",
            "ChargeFrequency": "Usage-Based",
            "BilledCost": "0",
            "ListCost": paid,
            "ContractedCost": paid,
            "EffectiveCost": paid,
            "PricingQuantity": one["traffic"] or "",
            "PricingUnit": "requests",
            "ServiceCategory": "AI and Machine Learning",
            "ServiceName": one["name"],
            "Tags": _tags(one),
            "x_Estimated": "true",
            "x_EstimateEnd": "likely" if likely else "low",
            "x_EstimateLow": low,
            "x_EstimateHigh": high,
            "x_Workload": one["name"],
            "x_Owner": one["owner"] or "",
            "x_Team": one["team"] or "",
        }


def _tags(one: WorkloadShareDoc) -> str:
    return json.dumps({name: value for name, value in (("owner", one["owner"]), ("team", one["team"])) if value})
