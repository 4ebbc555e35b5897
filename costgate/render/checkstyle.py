"""Checkstyle's XML, which many viewers of findings read."""

from __future__ import annotations

from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from costgate.model.report import Report
from costgate.render import escape
from costgate.render.options import Options
from costgate.render.phrase import open_findings, place
from costgate.render.rank import place_key


def render(report: Report, options: Options) -> str:
    """Open findings by file; those about the whole run stand under the name of the repository's root."""
    root = Element("checkstyle", version="10.0")
    for path, found in groupby(sorted(open_findings(report), key=place_key), key=lambda one: one["path"]):
        file = SubElement(root, "file", name=escape.visible(path, 4096) or ".")
        for one in found:
            within = "" if one["cell"] is None else f"{place('', one['line'], one['cell'])}: "
            line = 1 if one["cell"] is not None else max(one["line"], 1)
            column = {"column": str(one["start_column"])} if one["start_column"] and one["cell"] is None else {}
            message = escape.visible(f"{within}{' '.join(one['message'].split())}" or one["rule"], 1000)
            source = f"costgate.{escape.visible(one['rule'], 60)}"
            more = {**column, "severity": one["severity"], "message": message, "source": source}
            SubElement(file, "error", {"line": str(line), **more})
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + escape.xml(tostring(root, encoding="unicode")) + "\n"
