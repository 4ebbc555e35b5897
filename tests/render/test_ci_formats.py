"""The formats of CI systems: what each of them demands, and that no name in the judged tree can break out of it."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from costgate.model.report import Report
from costgate.render import render

FIXTURES = ["audit_report", "diff_report", "check_report", "unchanged_report"]
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


@pytest.fixture(params=FIXTURES)
def report(request: pytest.FixtureRequest) -> Report:
    made: Report = request.getfixturevalue(request.param)
    return made


def open_of(report: Report) -> list[Any]:
    return [one for one in report["findings"] if one["state"] == "open"]


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else [value] * isinstance(value, str)


def test_gitlab(report: Report) -> None:
    made = json.loads(render(report, "gitlab"))
    assert len(made) == len(open_of(report)) and len({one["fingerprint"] for one in made}) == len(made)
    for one in made:
        assert set(one) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["severity"] in {"info", "minor", "major", "critical", "blocker"} and one["description"]
        assert one["location"]["path"] and one["location"]["lines"]["begin"] >= 1


def test_gitlab_knows_a_finding_again_when_lines_shift(check_report: Report) -> None:
    before = {one["fingerprint"] for one in json.loads(render(check_report, "gitlab"))}
    for finding in check_report["findings"]:
        finding["line"] += 7
    twins = [dict(check_report["findings"][0]), dict(check_report["findings"][0])]
    assert {one["fingerprint"] for one in json.loads(render(check_report, "gitlab"))} == before
    check_report["findings"] += twins  # type: ignore[arg-type]
    after = [one["fingerprint"] for one in json.loads(render(check_report, "gitlab"))]
    assert len(set(after)) == len(after) == len(before) + 2


def test_bitbucket(report: Report) -> None:
    made = json.loads(render(report, "bitbucket"))
    head, notes = made["report"], [note for bundle in made["annotations"] for note in bundle]
    assert head["report_type"] in {"SECURITY", "COVERAGE", "TEST", "BUG"} and head["result"] in {"PASSED", "FAILED"}
    assert (head["result"] == "FAILED") is (report["verdict"]["result"] == "fail")
    assert 0 < len(head["details"]) <= 2000 and len(head["data"]) <= 10 and head["title"] and head["reporter"]
    assert {each["type"] for each in head["data"]} <= {"NUMBER", "TEXT"}
    assert len({note["external_id"] for note in notes}) == len(notes) == len(open_of(report))
    for note in notes:
        assert note["annotation_type"] in {"VULNERABILITY", "CODE_SMELL", "BUG"}
        assert note["severity"] in {"CRITICAL", "HIGH", "MEDIUM", "LOW"} and 0 < len(note["summary"]) <= 450
        assert ("line" in note) <= ("path" in note)


def test_bitbucket_takes_a_thousand(check_report: Report) -> None:
    check_report["findings"] = [{**check_report["findings"][0], "line": line} for line in range(1, 1235)]
    bundles = json.loads(render(check_report, "bitbucket"))["annotations"]
    assert [len(bundle) for bundle in bundles] == [100] * 10


def test_devops(report: Report) -> None:
    lines = render(report, "devops").rstrip("\n").split("\n")
    told = [one for one in open_of(report) if one["severity"] != "info"]
    commands = [line for line in lines if line.startswith("##vso[task.logissue ")]
    assert len(commands) == len(told)
    for line in commands:
        assert re.fullmatch(r"##vso\[task\.logissue ([a-z]+=[^;\]]*;)+\][^\r\n]+", line), line
        assert "##vso" not in line[5:] and "##[" not in line[1:]
    for line in set(lines) - set(commands):
        assert line.startswith(("costgate: ", "##vso[task.complete result=SucceededWithIssues;]"))
    assert any(line.startswith("##vso[task.complete") for line in lines) is (report["verdict"]["result"] == "warn")


def test_devops_escapes_what_would_end_a_property(check_report: Report) -> None:
    check_report["findings"] = [{**check_report["findings"][0], "path": "a;b]c%d.py", "message": "50% of ##vso[x]y"}]
    line = render(check_report, "devops").split("\n")[0]
    assert "sourcepath=a%3Bb%5Dc%AZP25d.py;" in line and line.endswith("50%AZP25 of # #vso[x]y")


def test_junit(report: Report) -> None:
    root = fromstring(render(report, "junit"))
    [suite] = root
    cases, open_ones = list(suite), open_of(report)
    assert int(suite.attrib["tests"]) == int(root.attrib["tests"]) == len(cases)
    errors = [one for one in open_ones if one["severity"] == "error"]
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == len(errors)
    assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped")) == len(report["findings"]) - len(open_ones)
    silent = {rule["id"] for rule in report["rules"]} - {one["rule"] for one in report["findings"]}
    assert len(cases) == len(report["findings"]) + len(silent)
    assert {child.tag for case in cases for child in case} <= {"failure", "skipped", "system-out"}


def test_junit_parses_as_its_readers_do(check_report: Report) -> None:
    junitparser = pytest.importorskip("junitparser", reason="not installed")
    suites = junitparser.JUnitXml.fromstring(render(check_report, "junit").encode())
    [suite] = suites
    assert (suite.failures, suite.skipped, suite.errors) == (3, 3, 0)


def test_junit_starts_no_line_with_a_command(check_report: Report) -> None:
    check_report["findings"] = [{**check_report["findings"][1], "message": "::error::x"}]
    assert not re.search("^::", render(check_report, "junit"), re.MULTILINE)


def test_checkstyle(report: Report) -> None:
    root = fromstring(render(report, "checkstyle"))
    assert root.tag == "checkstyle" and root.attrib == {"version": "10.0"}
    files = [file.attrib["name"] for file in root]
    assert len(set(files)) == len(files) and all(files)
    errors = root.findall("file/error")
    assert len(errors) == len(open_of(report))
    for one in errors:
        assert one.attrib["severity"] in {"error", "warning", "info", "ignore"} and int(one.attrib["line"]) >= 1
        assert one.attrib["source"].startswith("costgate.CG") and one.attrib["message"]


def test_rdjson(report: Report) -> None:
    made = json.loads(render(report, "rdjson"))
    assert set(made) == {"source", "severity", "diagnostics"} and len(made["diagnostics"]) == len(open_of(report))
    for one in made["diagnostics"]:
        assert set(one) == {"message", "location", "severity", "code"} and one["severity"] in {"ERROR", "WARNING", "INFO"}
        assert one["location"]["path"] and one["code"]["value"]
        ends = one["location"].get("range")
        assert ends is None or 1 <= ends["start"]["line"] <= ends["end"]["line"]


def test_rdjson_counts_columns_in_bytes_where_it_can(check_report: Report) -> None:
    first = check_report["findings"][0]
    check_report["findings"] = [{**first, "line": 3, "end_line": 3, "start_byte": 5, "end_byte": 9}, {**first, "line": 4, "end_line": 5}]
    ranges = [one["location"]["range"] for one in json.loads(render(check_report, "rdjson"))["diagnostics"]]
    assert ranges[0] == {"start": {"line": 3, "column": 5}, "end": {"line": 3, "column": 9}}
    assert ranges[1] == {"start": {"line": 4}, "end": {"line": 5}}


def test_badge(report: Report) -> None:
    made = json.loads(render(report, "badge"))
    assert set(made) == {"schemaVersion", "label", "message", "color"} and made["schemaVersion"] == 1
    assert made["color"] == {"pass": "brightgreen", "warn": "yellow", "fail": "red"}[report["verdict"]["result"]]


def test_what_a_badge_says(audit_report: Report, diff_report: Report) -> None:
    assert json.loads(render(audit_report, "badge"))["message"] == "6 calls, ≈$0.0199+"
    assert json.loads(render(diff_report, "badge"))["message"] == "≈+$0.0135 or more per request"


@pytest.mark.parametrize("format", ["gitlab", "bitbucket", "rdjson", "badge"])
def test_nothing_invisible_in_json(report: Report, format: str) -> None:
    text = render(report, format)
    assert text.isascii()
    paths = {one["path"] for one in report["findings"]}  # these must stay as they are, to be found again
    assert not [one for one in strings(json.loads(text)) if UNSEEN.search(one) and one not in paths]


@pytest.mark.parametrize("format", ["junit", "checkstyle", "devops"])
def test_nothing_invisible_in_lines(report: Report, format: str) -> None:
    assert not UNSEEN.search(render(report, format).replace("\n", ""))
