"""The chart in the comment: drawn where it helps, of plain words alone."""

from __future__ import annotations

import re

from costgate.model.report import Report
from costgate.render import render
from costgate.render.mermaid import chart


def test_increases_are_drawn_from_zero(diff_report: Report) -> None:
    assert list(chart(diff_report)) == [
        "```mermaid",
        "xychart-beta horizontal",
        '  title "Largest increases per 1,000 calls, lower ends"',
        '  x-axis ["1 thing_that_happened.py:7", "2 answer.py:42", "3 ipt:0_img_src_x_1_100_:1", "4 b.py:3"]',
        '  y-axis "USD" 0 --> 11.6',
        "  bar [11.6, 4.5, 0.03, 0.0075]",
        "```",
    ]


def test_savings_are_drawn_where_they_are_more(diff_report: Report) -> None:
    gone = next(one for one in diff_report["changes"] if one["kind"] == "removed")
    diff_report["changes"] = [gone, gone, next(one for one in diff_report["changes"] if one["kind"] == "repriced")]
    lines = list(chart(diff_report))
    assert '  title "Largest savings per 1,000 calls, upper ends"' in lines and "  bar [3.6125, 3.6125]" in lines


def test_one_change_needs_no_chart(diff_report: Report, audit_report: Report) -> None:
    diff_report["changes"] = diff_report["changes"][:1]
    assert list(chart(diff_report)) == list(chart(audit_report)) == []


def test_no_name_gets_into_the_language_of_charts(diff_report: Report, hostile: str) -> None:
    for name in (hostile, 'x"] \n bar [9] %%{init: {}}%% ```', "\U0001f4b8" * 90, "click a href"):
        for change in diff_report["changes"]:
            for side in (change["before"], change["after"]):
                if side is not None:
                    side["path"] = name
        lines = list(chart(diff_report))
        assert len(lines) == 7 and re.fullmatch(r'  x-axis \["[A-Za-z0-9_.: -]+"(, "[A-Za-z0-9_.: -]+")*\]', lines[3])
        assert len("\n".join(lines)) < 1200
        assert render(diff_report, "markdown").count("```") == 2
