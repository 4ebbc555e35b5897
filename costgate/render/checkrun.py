"""What a GitHub check run says: https://docs.github.com/rest/checks/runs, all of it but the commit that it stands on."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from costgate.model.marker import Marker
from costgate.model.report import FindingDoc, Report
from costgate.render import escape, markdown
from costgate.render.alike import once
from costgate.render.options import Options
from costgate.render.phrase import Speech, headline, open_findings, place
from costgate.render.rank import ranked_findings

_CONCLUSION = {"pass": "success", "warn": "neutral", "fail": "failure"}
_LEVEL = {"error": "failure", "warning": "warning", "info": "notice"}
_MARKS = 50
"""As many marked lines as one request takes; a second request would not know which of them a first one has left."""
_PLAIN = Speech(lambda words: escape.visible(words, 120), lambda words: escape.visible(" ".join(words.split()), 200))


def render(report: Report, options: Options) -> str:
    """One JSON object. A warning is neutral: it neither blocks a merge nor looks like nothing."""
    marker = Marker(options.tag, report["provenance"]["run_order"], report["provenance"]["head_sha"])
    summary = markdown.render(report, options).removeprefix(f"{marker.line()}\n").lstrip("\n")
    names = {rule["id"]: rule["name"] for rule in report["rules"]}
    marked = [one for one in once(ranked_findings(open_findings(report))) if one["path"]]
    whole: dict[str, Any] = {
        "name": "costgate" if options.tag == "report" else f"costgate {options.tag}",
        "conclusion": _CONCLUSION[report["verdict"]["result"]],
        "output": {
            "title": escape.visible(_PLAIN.spell(headline(report)), 250),
            "summary": summary,
            "annotations": [_mark(one, names.get(one["rule"], "")) for one in marked[:_MARKS]],
        },
    }
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:16]
    whole["external_id"] = f"costgate:{options.tag}:{max(report['provenance']['run_order'], 0)}:{digest}"
    return json.dumps(whole, indent=2) + "\n"


def _mark(one: FindingDoc, name: str) -> dict[str, Any]:
    within = "" if one["cell"] is None else f"{place('', one['line'], one['cell'])}: "
    start, end = _lines(one)
    columns = {}
    if start == end and one["start_column"] and one["cell"] is None:
        columns = {"start_column": one["start_column"], "end_column": max(one["end_column"], one["start_column"])}
    return {
        "path": (one["path"] or "").encode("utf-8", "replace").decode("utf-8"),
        "start_line": start,
        "end_line": end,
        **columns,
        "annotation_level": _LEVEL[one["severity"]],
        "title": escape.visible(" ".join(filter(None, (one["rule"], name))), 200),
        "message": escape.visible(f"{within}{' '.join(one['message'].split())}" or one["rule"], 1000),
    }


def _lines(one: FindingDoc) -> tuple[int, int]:
    """Lines in a notebook count in the cell: the file's first must do."""
    if one["cell"] is not None or not one["line"]:
        return 1, 1
    return one["line"], max(one["end_line"], one["line"])
