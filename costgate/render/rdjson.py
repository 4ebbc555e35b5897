"""Reviewdog's diagnostic format: https://github.com/reviewdog/reviewdog/tree/master/proto/rdf

Columns count bytes of UTF-8 there. Where a report does not know them, ranges are by line.
"""

from __future__ import annotations

import json
from typing import Any

from costgate.model.report import FindingDoc, Report, RuleDoc
from costgate.render import escape
from costgate.render.options import Options
from costgate.render.phrase import open_findings, place
from costgate.render.rank import ranked_findings

_SEVERITY = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(report: Report, options: Options) -> str:
    """Open findings, the worst first."""
    rules = {rule["id"]: rule for rule in report["rules"]}
    found = ranked_findings(open_findings(report))
    whole = {
        "source": {"name": escape.visible(report["tool"]["name"] or "costgate", 60)},
        "severity": _SEVERITY[found[0]["severity"]] if found else "INFO",
        "diagnostics": [_diagnostic(one, rules.get(one["rule"])) for one in found],
    }
    return json.dumps(whole, indent=2) + "\n"


def _diagnostic(one: FindingDoc, rule: RuleDoc | None) -> dict[str, Any]:
    code = {"value": escape.visible(" ".join(filter(None, (one["rule"], rule["name"] if rule else ""))), 200)}
    if rule and rule["docs"].startswith("https://"):
        code["url"] = rule["docs"]
    within = "" if one["cell"] is None else f"{place('', one['line'], one['cell'])}: "
    location: dict[str, Any] = {"path": one["path"] or "."}
    if one["path"] and one["line"] and one["cell"] is None:
        end = max(one["end_line"], one["line"])
        ends = {"start": _place(one["line"], one.get("start_byte")), "end": _place(end, one.get("end_byte"))}
        location["range"] = ends
    return {
        "message": escape.visible(f"{within}{' '.join(one['message'].split())}" or one["rule"], 1000),
        "location": location,
        "severity": _SEVERITY[one["severity"]],
        "code": code,
    }


def _place(line: int, column: int | None) -> dict[str, int]:
    return {"line": line} if column is None else {"line": line, "column": column}
