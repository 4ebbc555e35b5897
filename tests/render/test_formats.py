"""One reviewed snapshot for each format, and what asking for a format costs.

After a wanted change: `COSTGATE_UPDATE_SNAPSHOTS=1 pytest tests/render`, then read the difference.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import costgate
from costgate.model.error import UserError
from costgate.model.report import Report
from costgate.render import FORMATS, render
from costgate.render.options import Options

SNAPSHOTS = Path(__file__).parent / "snapshots"
LINKS = "https://github.example/acme/assistant"
CASES = [
    ("audit-80.txt", "audit_report", "text", Options(width=80)),
    ("audit-120.txt", "audit_report", "text", Options(width=120)),
    ("diff.txt", "diff_report", "text", Options(width=100)),
    ("check.txt", "check_report", "text", Options(width=100)),
    ("comment.md", "diff_report", "markdown", Options(links=LINKS)),
    ("summary.md", "audit_report", "markdown", Options(links=LINKS)),
    ("annotations.txt", "check_report", "github", Options()),
    ("checkrun.json", "diff_report", "check-run", Options(links=LINKS)),
    ("report.json", "diff_report", "json", Options()),
    ("workloads.txt", "priced_report", "text", Options(width=140)),
    ("workloads.md", "priced_report", "markdown", Options(links=LINKS)),
    ("costmodel.md", "priced_report", "costmodel", Options()),
    ("workloads.csv", "priced_report", "csv", Options()),
    ("focus.csv", "priced_report", "focus", Options()),
    ("report.sarif", "audit_report", "sarif", Options(links=LINKS)),
    ("codequality.json", "check_report", "gitlab", Options()),
    ("insights.json", "diff_report", "bitbucket", Options()),
    ("devops.txt", "check_report", "devops", Options()),
    ("junit.xml", "check_report", "junit", Options()),
    ("checkstyle.xml", "check_report", "checkstyle", Options()),
    ("rdjson.json", "check_report", "rdjson", Options()),
    ("badge.json", "diff_report", "badge", Options()),
]


@pytest.mark.parametrize(("file", "fixture", "format", "options"), CASES, ids=[case[0] for case in CASES])
def test_snapshot(file: str, fixture: str, format: str, options: Options, request: pytest.FixtureRequest) -> None:
    text = render(request.getfixturevalue(fixture), format, options)
    assert text.endswith("\n") and not text.endswith("\n\n")
    path = SNAPSHOTS / file
    if os.environ.get("COSTGATE_UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


def test_every_format_has_a_snapshot() -> None:
    assert {case[2] for case in CASES} | {"html"} == set(FORMATS), "a page is mostly style: tests/render/test_html.py"


@pytest.mark.parametrize("format", sorted(FORMATS))
@pytest.mark.parametrize("fixture", ["audit_report", "diff_report", "check_report", "unchanged_report", "priced_report"])
def test_every_mode_renders_in_every_format(format: str, fixture: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(fixture)
    assert render(report, format) == render(report, format)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_an_empty_report_renders(format: str, unchanged_report: Report) -> None:
    for field in ("rules", "findings", "prompts", "changes", "abstentions"):
        unchanged_report[field] = []
    for mode in ("audit", "diff", "check"):
        unchanged_report["provenance"]["mode"] = mode
        assert render(unchanged_report, format)


def test_an_unknown_format_names_the_known_ones(audit_report: Report) -> None:
    known = "badge, bitbucket, check-run, checkstyle, costmodel, csv, devops, focus, github, gitlab, html, json, junit, markdown, rdjson, sarif, text"
    with pytest.raises(UserError, match=rf"no format named 'pdf'.*{known}"):
        render(audit_report, "pdf")


def test_formats_load_only_what_they_need() -> None:
    heavy = "{'rich', 'jsonschema', 'jinja2', 'libcst', 'git', 'tiktoken', 'requests'}"
    code = (
        "import sys, importlib, costgate.render, costgate.render.load\n"
        "[importlib.import_module(module) for module in costgate.render.FORMATS.values()]\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    root = Path(costgate.__file__).parents[1]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
