"""A portfolio's workloads as comma-separated rows, one each. Every row is an estimate, and says so."""

from __future__ import annotations

import csv
import io

from costgate.model.portfolio import Portfolio, SpanDoc
from costgate.render.escape import cell
from costgate.render.options import Options

_ENDS = ("low", "likely", "high")
COLUMNS = (
    "repository",
    "workload",
    "owner",
    "team",
    "planned",
    "requests_per_month",
    "tokens_per_request",
    *(f"per_request_{end}" for end in _ENDS),
    *(f"per_month_{end}" for end in _ENDS),
    "share",
    "budget_per_month",
    "budget_used",
    "budget_state",
    "currency",
    "estimate",
    "as_of",
)


def render(document: Portfolio, options: Options) -> str:
    """Rows under a head, the dearest month first."""
    output = io.StringIO()
    write = csv.writer(output, lineterminator="\n")
    write.writerow(COLUMNS)
    for one in document["workloads"]:
        budget = one["budget"]
        row = [
            one["repository"],
            one["name"],
            one["owner"] or "",
            one["team"] or "",
            "true" if one["planned"] else "false",
            one["traffic"] or "",
            one["tokens"] or "",
            *ends(one["per_request"]),
            *ends(one["per_month"]),
            one["share"] or "",
            *((budget["cap"], budget["used"] or "", budget["state"] or "") if budget else ("", "", "")),
            document["currency"],
            "true",
            document["as_of"] or "",
        ]
        write.writerow([cell(each) for each in row])
    return output.getvalue()


def ends(span: SpanDoc | None) -> list[str]:
    """The three ends; empty where one is not known."""
    return ["", "", ""] if span is None else [span["low"], span["likely"] or "", span["high"] or ""]
