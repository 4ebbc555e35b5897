"""Annotations on the changed files: GitHub's workflow commands."""

from __future__ import annotations

from costgate.model.report import FindingDoc, Report
from costgate.render import escape
from costgate.render.alike import once
from costgate.render.figures import plural
from costgate.render.options import Options
from costgate.render.phrase import open_findings, place, severities
from costgate.render.rank import ranked_findings

_COMMAND = {"error": "error", "warning": "warning", "info": "notice"}
_EACH = 10
"""GitHub keeps ten of a level for each step and drops the rest without a word."""


def render(report: Report, options: Options) -> str:
    """The worst first, at most ten of a level, then how many were left out."""
    found = ranked_findings(open_findings(report))
    lines: list[str] = []
    left: list[FindingDoc] = []
    for severity in _COMMAND:
        of_level = [finding for finding in once(found) if finding["severity"] == severity]
        lines += [_annotation(report, finding) for finding in of_level[:_EACH]]
        left += of_level[_EACH:]
    if left:
        lines.append(f"costgate: {severities(left)} more, in the report and the job summary")
    lines.append(f"costgate: {severities(found)}, {plural(len(report['rules']), 'rule')} ran")
    return "\n".join(lines) + "\n"


def _annotation(report: Report, finding: FindingDoc) -> str:
    names = {rule["id"]: rule["name"] for rule in report["rules"]}
    title = " ".join(filter(None, (finding["rule"], names.get(finding["rule"], ""))))
    properties = [*_where(finding), f"title={escape.workflow_property(title)}"]
    message = escape.workflow_data(finding["message"], 1000)
    if finding["cell"] is not None:
        message = f"{escape.workflow_data(place('', finding['line'], finding['cell']))}: {message}"
    return f"::{_COMMAND[finding['severity']]} {','.join(properties)}::{message}"


def _where(finding: FindingDoc) -> list[str]:
    """Columns only within one line, as GitHub takes them. Lines in a notebook count in the cell: the file must do."""
    if not finding["path"]:
        return []
    file = f"file={escape.workflow_property(finding['path'], 4096)}"
    if finding["cell"] is not None or not finding["line"]:
        return [file]
    where = [file, f"line={finding['line']}", f"endLine={max(finding['end_line'], finding['line'])}"]
    if finding["end_line"] == finding["line"] and finding["start_column"]:
        where += [f"col={finding['start_column']}", f"endColumn={finding['end_column']}"]
    return where
