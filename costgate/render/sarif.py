"""SARIF 2.1.0, as code scanning takes it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from costgate.model.report import FindingDoc, Report, RuleDoc
from costgate.render.escape import clip
from costgate.render.options import Options
from costgate.render.phrase import place
from costgate.render.rank import place_key

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEM = {"error": "error", "warning": "warning", "info": "recommendation"}
_ROOT = "%SRCROOT%"


def render(report: Report, options: Options) -> str:
    """One run. Findings about no one file have no place in SARIF: they are notes of the run."""
    rules = _rules(report)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    found = sorted(report["findings"], key=place_key)
    driver = {
        "name": report["tool"]["name"] or "costgate",
        "version": report["tool"]["version"] or "0",
        "rules": [_rule(rule) for rule in rules],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"costgate/{options.tag}/"},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(report, [finding for finding in found if not finding["path"]], index)],
        "results": [_result(finding, index) for finding in found if finding["path"]],
    }
    revision = report["provenance"]["head_sha"]
    if options.links and revision:
        mapped = {"uriBaseId": _ROOT}
        origin = {"repositoryUri": options.links, "revisionId": revision, "mappedTo": mapped}
        run["versionControlProvenance"] = [origin]
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, allow_nan=False) + "\n"


def _rules(report: Report) -> list[RuleDoc]:
    """The rules that ran, and a stub for any other that a finding names."""
    known = {rule["id"]: rule for rule in report["rules"]}
    for finding in report["findings"]:
        known.setdefault(finding["rule"], _stub(finding))
    return [known[id] for id in sorted(known)]


def _stub(finding: FindingDoc) -> RuleDoc:
    return {
        "id": finding["rule"],
        "name": finding["rule"],
        "summary": finding["rule"],
        "help": "",
        "fix": "",
        "docs": "",
        "severity": finding["severity"],
        "confidence": "medium",
    }


def _rule(rule: RuleDoc) -> dict[str, Any]:
    summary = rule["summary"] or rule["name"] or rule["id"]
    parts = [rule["help"].strip(), f"Fix: {rule['fix'].strip()}" if rule["fix"].strip() else ""]
    text = "\n\n".join(part for part in parts if part) or summary
    optional = {"name": clip(rule["name"], 255)} if rule["name"] not in {"", rule["id"]} else {}
    if rule["docs"].startswith("https://"):
        optional["helpUri"] = rule["docs"]
    return {
        "id": rule["id"],
        **optional,
        "shortDescription": {"text": clip(_sentence(summary), 1024)},
        "fullDescription": {"text": clip(_sentence(rule["help"].strip() or summary), 1024)},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": _LEVEL[rule["severity"]]},
        "properties": {
            "tags": ["cost", "llm"],
            "precision": rule["confidence"],
            "problem.severity": _PROBLEM[rule["severity"]],
        },
    }


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _result(finding: FindingDoc, index: dict[str, int]) -> dict[str, Any]:
    fingerprints = {"costgate/v1": finding["fingerprint"]}
    if finding["line_hash"]:
        fingerprints = {"primaryLocationLineHash": finding["line_hash"], **fingerprints}
    return {
        "ruleId": finding["rule"],
        "ruleIndex": index[finding["rule"]],
        "level": _LEVEL[finding["severity"]],
        "message": {"text": _message(finding)},
        "locations": [_location(finding)],
        "partialFingerprints": fingerprints,
        "suppressions": _suppressions(finding),
        **_fixes(finding),
        "properties": {"state": finding["state"]},
    }


def _fixes(finding: FindingDoc) -> dict[str, Any]:
    fix = finding.get("fix")
    if not fix:
        return {}
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix["edits"]:
        region = {
            "startLine": edit["start_line"],
            "startColumn": edit["start_column"],
            "endLine": edit["end_line"],
            "endColumn": edit["end_column"],
        }
        changes.setdefault(edit["path"], []).append({"deletedRegion": region, "insertedContent": {"text": edit["text"]}})
    files = [
        {"artifactLocation": {"uri": quote(path.encode("utf-8", "replace"), safe="/"), "uriBaseId": _ROOT}, "replacements": each}
        for path, each in changes.items()
    ]
    kept = "keeps what works" if fix["safe"] else "may change answers"
    return {"fixes": [{"description": {"text": f"A fix that {kept}."}, "artifactChanges": files}]}


def _message(finding: FindingDoc) -> str:
    text = _sentence(finding["message"].strip() or finding["rule"])
    return text if finding["cell"] is None else f"{place('', finding['line'], finding['cell'])}: {text}"


def _location(finding: FindingDoc) -> dict[str, Any]:
    uri = quote(finding["path"].encode("utf-8", "replace"), safe="/")
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}, "region": _region(finding)}}


def _region(finding: FindingDoc) -> dict[str, int]:
    """A finding in a notebook cell points at the file: its lines count in the cell, not in the file."""
    if finding["cell"] is not None or not finding["line"]:
        return {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}
    start, end = finding["line"], max(finding["end_line"], finding["line"])
    first = max(finding["start_column"], 1)
    last = max(finding["end_column"], first + 1 if start == end else 1)
    return {"startLine": start, "startColumn": first, "endLine": end, "endColumn": last}


def _suppressions(finding: FindingDoc) -> list[dict[str, str]]:
    if finding["state"] == "open" or (finding["state"] == "existing" and not finding["suppressed_by"]):
        return []
    by = finding["suppressed_by"] or finding["state"]
    kind = "inSource" if finding["state"] == "suppressed" and by.startswith("ignore at ") else "external"
    return [{"kind": kind, "status": "accepted", "justification": by}]


def _invocation(report: Report, placeless: list[FindingDoc], index: dict[str, int]) -> dict[str, Any]:
    notes = [
        {
            "level": _LEVEL[finding["severity"]],
            "message": {"text": _message(finding)},
            "associatedRule": {"id": finding["rule"], "index": index[finding["rule"]]},
        }
        for finding in placeless
    ]
    notes += [
        {
            "level": "warning",
            "message": {"text": _sentence(f"{skipped['path']} was not or only partly read: {skipped['why']}")},
        }
        for skipped in sorted(report["coverage"]["skipped"], key=lambda one: (one["path"], one["why"]))
    ]
    return {"executionSuccessful": True, "toolExecutionNotifications": notes}
