"""JUnit XML, for systems that show tests: https://github.com/testmoapp/junitxml"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from costgate.model.report import FindingDoc, Report, RuleDoc
from costgate.render import escape
from costgate.render.options import Options
from costgate.render.phrase import place
from costgate.render.rank import ranked_findings


def render(report: Report, options: Options) -> str:
    """A test for each finding, and one that passes for each rule that found nothing.

    An open error is a failure, what is hidden is skipped with the reason, open warnings pass and say what they are.
    """
    suite = Element("testsuite", name=f"costgate {report['provenance']['mode']}")
    cases = list(_cases(report))
    suite.extend(cases)
    failures, skipped = (sum(case.find(name) is not None for case in cases) for name in ("failure", "skipped"))
    totals = {"tests": str(len(cases)), "failures": str(failures), "errors": "0"}
    suite.attrib |= {**totals, "skipped": str(skipped), "time": "0"}
    root = Element("testsuites", {"name": "costgate", **totals, "time": "0"})
    root.append(suite)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + escape.xml(tostring(root, encoding="unicode")) + "\n"


def _cases(report: Report) -> Iterator[Element]:
    rules = {rule["id"]: rule for rule in report["rules"]}
    found = ranked_findings(report["findings"])
    for one in found:
        yield _case(one, rules.get(one["rule"]))
    broken = {one["rule"] for one in found}
    for id in sorted(rules.keys() - broken):
        yield Element("testcase", name=_name(id, rules[id]), classname="costgate", time="0")


def _name(id: str, rule: RuleDoc | None) -> str:
    return escape.visible(" ".join(filter(None, (id, rule["name"] if rule else ""))), 200)


def _case(one: FindingDoc, rule: RuleDoc | None) -> Element:
    where = escape.visible(place(one["path"], one["line"], one["cell"]), 400)
    name = _name(one["rule"], rule)
    label, group = f"{name} at {where}" if where else name, f"costgate.{_name(one['rule'], None)}"
    case = Element("testcase", name=label, classname=group, time="0")
    message = escape.visible(" ".join(one["message"].split()), 1000)
    if one["state"] != "open":
        SubElement(case, "skipped", message=escape.visible(f"{one['state']}: {one['suppressed_by'] or message}", 1000))
    elif one["severity"] == "error":
        failure = SubElement(case, "failure", type=one["severity"], message=message)
        fix = escape.visible(" ".join(rule["fix"].split()), 1000) if rule else ""
        failure.text = escape.log("\n".join(filter(None, (where, message, fix and f"Fix: {fix}"))))
    else:
        SubElement(case, "system-out").text = f"{one['severity']}: {message}"
    return case
