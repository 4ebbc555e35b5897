"""Annotations: escaped, worst first, ten of a level."""

from __future__ import annotations

import re

from costgate.model.report import Report
from costgate.render import render


def test_every_line_is_a_whole_command(check_report: Report) -> None:
    lines = render(check_report, "github").rstrip("\n").split("\n")
    commands = [line for line in lines if line.startswith("::")]
    assert [line.split(" ")[0] for line in commands] == ["::error"] * 3 + ["::warning", "::notice"]
    for line in commands:
        assert re.fullmatch(r"::(error|warning|notice) ([a-zA-Z]+=[^,:]*)(,[a-zA-Z]+=[^,:]*)*::.*", line)
    assert lines[-1] == "costgate: 3 errors, 1 warning, 1 info, 4 rules ran"


def test_places(check_report: Report) -> None:
    text = render(check_report, "github")
    assert "::error title=CG401 prompt-budget::all prompts" in text
    assert "::error file=src/support/answer.py,line=42,endLine=45,title=CG201 unbounded-retry::" in text
    assert "line=7,endLine=7,col=9,endColumn=20,title=CG101 unbounded-output::" in text
    assert "::notice file=notebooks/Explore data #2.ipynb,title=CG301 call-in-loop::cell 5:3: called" in text


def test_only_open_findings_and_ten_of_a_level(check_report: Report) -> None:
    warning = next(one for one in check_report["findings"] if one["severity"] == "warning" and one["state"] == "open")
    check_report["findings"] += [{**warning, "line": line, "end_line": line} for line in range(100, 130)]
    text = render(check_report, "github")
    assert text.count("::warning ") == 10
    assert "costgate: 21 warnings more, in the report and the job summary" in text
    assert "src/old.py" not in text
