"""GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from costgate.model.report import FindingDoc, Report
from costgate.render import escape
from costgate.render.options import Options
from costgate.render.phrase import open_findings, place
from costgate.render.rank import ranked_findings

_SEVERITY = {"error": "critical", "warning": "minor", "info": "info"}


def render(report: Report, options: Options) -> str:
    """Open findings. GitLab compares them with the target branch's by fingerprint, so no line number is in one."""
    met: Counter[str] = Counter()
    return json.dumps([_issue(one, report, met) for one in ranked_findings(open_findings(report))], indent=2) + "\n"


def _issue(one: FindingDoc, report: Report, met: Counter[str]) -> dict[str, Any]:
    names = {rule["id"]: rule["name"] for rule in report["rules"]}
    met[one["fingerprint"]] += 1
    name = " ".join(filter(None, (one["rule"], names.get(one["rule"], ""))))
    within = "" if one["cell"] is None else f"{place('', one['line'], one['cell'])}: "
    return {
        "description": escape.visible(f"{within}{' '.join(one['message'].split())}" or one["rule"], 1000),
        "check_name": escape.visible(name, 200),
        "fingerprint": hashlib.sha256(f"{one['fingerprint']}\n{met[one['fingerprint']]}".encode()).hexdigest(),
        "severity": _SEVERITY[one["severity"]],
        "location": {"path": one["path"] or ".", "lines": {"begin": _line(one)}},
    }


def _line(one: FindingDoc) -> int:
    """Lines of a notebook count in the cell: the file must do."""
    return 1 if one["cell"] is not None else max(one["line"], 1)
