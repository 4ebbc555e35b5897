"""The logging commands of Microsoft's DevOps pipelines, which mark lines and the step."""

from __future__ import annotations

from costgate.model.report import FindingDoc, Report
from costgate.render import escape
from costgate.render.alike import once
from costgate.render.options import Options
from costgate.render.phrase import Speech, headline, open_findings, place, severities
from costgate.render.rank import ranked_findings

_TYPE = {"error": "error", "warning": "warning"}
_EACH = 100
_SPEECH = Speech(escape.visible, escape.visible)


def render(report: Report, options: Options) -> str:
    """Errors and warnings as issues, the rest as a count; the exit code fails the step, a warning marks it."""
    found = ranked_findings(open_findings(report))
    told = [one for one in once(found) if one["severity"] in _TYPE]
    lines = [_issue(one, report) for one in told[:_EACH]]
    lines.append(_plain(f"costgate: {severities(found)}: {_SPEECH.spell(headline(report))}"))
    if len(told) > _EACH:
        lines.append(_plain(f"costgate: {severities(told[_EACH:])} of these are in the report alone"))
    if report["verdict"]["result"] == "warn":
        lines.append("##vso[task.complete result=SucceededWithIssues;]costgate has warnings")
    return "\n".join(lines) + "\n"


def _issue(one: FindingDoc, report: Report) -> str:
    names = {rule["id"]: rule["name"] for rule in report["rules"]}
    properties = [f"type={_TYPE[one['severity']]}"]
    if one["path"]:
        properties.append(f"sourcepath={_property(one['path'], 4096)}")
    if one["path"] and one["line"] and one["cell"] is None:
        properties += [f"linenumber={one['line']}", f"columnnumber={max(one['start_column'], 1)}"]
    properties.append(f"code={_property(one['rule'], 60)}")
    within = "" if one["cell"] is None else f"{place('', one['line'], one['cell'])}: "
    name = names.get(one["rule"], "")
    said = f"{name}: {within}{one['message']}" if name else f"{within}{one['message']}"
    return f"##vso[task.logissue {';'.join(properties)};]{_data(' '.join(said.split()))}"


def _plain(line: str) -> str:
    return escape.log(line)


def _data(text: str, limit: int = 1000) -> str:
    return escape.log(escape.visible(text, limit)).replace("%", "%AZP25")


def _property(text: str, limit: int) -> str:
    return _data(text, limit).replace(";", "%3B").replace("]", "%5D")
