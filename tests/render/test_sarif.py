"""SARIF as code scanning takes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from costgate.model.report import Report
from costgate.render import render
from costgate.render.options import Options


def run_of(report: Report, options: Options | None = None) -> dict[str, Any]:
    log = json.loads(render(report, "sarif", options))
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run: dict[str, Any] = log["runs"][0]
    return run


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in strings(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in strings(item))


def test_what_code_scanning_requires(audit_report: Report) -> None:
    run = run_of(audit_report)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["CG101", "CG201", "CG301", "CG401", "CG900"]
    for rule in rules:
        assert rule["shortDescription"]["text"] and len(rule["shortDescription"]["text"]) <= 1024
        assert rule["fullDescription"]["text"] and rule["help"]["text"] and rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert rule["properties"]["problem.severity"] in {"error", "warning", "recommendation"}
        assert "security-severity" not in rule["properties"]
    assert run["columnKind"] == "utf16CodeUnits"
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        [location] = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.isascii() and " " not in uri and not uri.startswith("/")
        region = location["physicalLocation"]["region"]
        assert 1 <= region["startLine"] <= region["endLine"] and region["startColumn"] >= 1
        assert region["startLine"] < region["endLine"] or region["startColumn"] < region["endColumn"]


def test_no_string_is_empty(audit_report: Report) -> None:
    for finding in audit_report["findings"]:
        finding["message"] = ""
    audit_report["tool"] = {"name": "", "version": ""}
    assert all(strings(run_of(audit_report)))


def test_fingerprints_and_suppressions(audit_report: Report) -> None:
    results = {
        (one["ruleId"], one["locations"][0]["physicalLocation"]["region"]["startLine"]): one
        for one in run_of(audit_report)["results"]
    }
    assert results["CG201", 42]["partialFingerprints"]["primaryLocationLineHash"] == "ab12cd34ef567890:1"
    assert "primaryLocationLineHash" not in results["CG101", 30]["partialFingerprints"]
    assert results["CG201", 42]["suppressions"] == []
    kinds = {
        line: results["CG101" if line != 90 else "CG201", line]["suppressions"][0]["kind"] for line in (30, 60, 90)
    }
    assert kinds == {30: "external", 60: "inSource", 90: "external"}
    assert results["CG101", 60]["suppressions"][0]["justification"].endswith("short answers by contract")


def test_an_existing_finding_without_baseline_is_not_suppressed(audit_report: Report) -> None:
    audit_report["findings"] = [{**audit_report["findings"][5], "suppressed_by": None}]
    assert run_of(audit_report)["results"][0]["suppressions"] == []


def test_a_finding_about_no_file_is_a_note_of_the_run(audit_report: Report) -> None:
    run = run_of(audit_report)
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "all prompts together exceed the budget of 20,000 tokens by 1,204." in notes
    assert "src/broken.py was not or only partly read: syntax error in line 3." in notes
    assert len(run["results"]) == len(audit_report["findings"]) - 1


def test_a_notebook_points_at_the_file(audit_report: Report) -> None:
    [result] = [one for one in run_of(audit_report)["results"] if one["ruleId"] == "CG301"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "notebooks/Explore%20data%20%232.ipynb"
    assert place["region"] == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}
    assert result["message"]["text"].startswith("cell 5:3: ")


def test_the_order_is_the_places_not_the_reports(audit_report: Report) -> None:
    before = render(audit_report, "sarif")
    audit_report["findings"].reverse()
    audit_report["rules"].reverse()
    assert render(audit_report, "sarif") == before


def test_where_the_commit_is_known(audit_report: Report) -> None:
    run = run_of(audit_report, Options(links="https://github.example/acme/assistant", tag="prompts"))
    assert run["versionControlProvenance"][0]["revisionId"] == "1f" * 20
    assert run["automationDetails"]["id"] == "costgate/prompts/"
    assert "versionControlProvenance" not in run_of(audit_report)
