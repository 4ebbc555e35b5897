"""Bitbucket's Code Insights: a report, and its annotations in bundles of the size that one request takes.

https://support.atlassian.com/bitbucket-cloud/docs/code-insights/
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from costgate.model.report import FindingDoc, Report
from costgate.render import escape, figures
from costgate.render.alike import once
from costgate.render.options import Options
from costgate.render.phrase import Speech, headline, is_partial, open_findings, place, severities, verdict
from costgate.render.rank import ranked_findings

_SEVERITY = {"error": "HIGH", "warning": "MEDIUM", "info": "LOW"}
_MOST, _BUNDLE = 1000, 100
_SUMMARY, _DETAILS = 450, 2000
_SPEECH = Speech(escape.visible, escape.visible)


def render(report: Report, options: Options) -> str:
    """`report` is for one PUT, each list in `annotations` for one POST. The worst thousand findings."""
    found = once(ranked_findings(open_findings(report)))
    met: Counter[str] = Counter()
    notes = [_annotation(one, report, met) for one in found[:_MOST]]
    bundles = [notes[start : start + _BUNDLE] for start in range(0, len(notes), _BUNDLE)]
    return json.dumps({"report": _report(report, options), "annotations": bundles}, indent=2) + "\n"


def _report(report: Report, options: Options) -> dict[str, Any]:
    head, currency = report["totals"]["head"], report["provenance"]["currency"]
    data = [
        {"title": "Calls", "type": "NUMBER", "value": head["counted"]},
        {"title": "Priced", "type": "TEXT", "value": figures.share(head["priced"], head["counted"])},
        {"title": "One request through each", "type": "TEXT", "value": figures.money(head["cost_per_call"], currency)},
    ]
    if is_partial(report):  # the calls that were read are not all, and their sum is not known
        data = []
    if report["totals"]["delta"] is not None:
        change = figures.money_change(report["totals"]["delta"]["cost"], currency)
        data.append({"title": "Change", "type": "TEXT", "value": change})
    said = f"{verdict(report)}: {_SPEECH.spell(headline(report))}. Findings: {severities(open_findings(report))}."
    return {
        "title": "costgate",
        "reporter": escape.visible(f"{report['tool']['name']} {report['tool']['version']}", 100),
        "report_type": "BUG",
        "external_id": f"costgate-{options.tag}",
        "details": escape.clip(said, _DETAILS),
        "result": "FAILED" if report["verdict"]["result"] == "fail" else "PASSED",
        "data": data,
    }


def _annotation(one: FindingDoc, report: Report, met: Counter[str]) -> dict[str, Any]:
    rule = next((rule for rule in report["rules"] if rule["id"] == one["rule"]), None)
    met[one["fingerprint"]] += 1
    key = hashlib.sha256(f"{one['fingerprint']}\n{met[one['fingerprint']]}".encode()).hexdigest()
    title = " ".join(filter(None, (one["rule"], rule["name"] if rule else "")))
    where = {"path": one["path"], "line": max(one["line"], 1)} if one["path"] and one["cell"] is None else {}
    if one["path"] and one["cell"] is not None:
        where = {"path": one["path"]}
    within = "" if one["cell"] is None else f"{place('', one['line'], one['cell'])}: "
    fix = {"details": escape.visible(" ".join(rule["fix"].split()), _DETAILS)} if rule and rule["fix"].strip() else {}
    return {
        "external_id": f"costgate-{key[:40]}",
        "annotation_type": "CODE_SMELL",
        "severity": _SEVERITY[one["severity"]],
        "summary": escape.visible(f"{title}: {within}{' '.join(one['message'].split())}", _SUMMARY),
        **where,
        **fix,
    }
