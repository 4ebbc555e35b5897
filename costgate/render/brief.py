"""The lines of a check, which people wait for: plain ones need no library for terminals. All else is the full report's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from costgate.model.report import Report
from costgate.render import escape
from costgate.render.lines import STYLE, aside, prose
from costgate.render.options import Options
from costgate.render.phrase import Speech, headline, hidden, open_findings, place
from costgate.render.rank import place_key

Row: TypeAlias = "tuple[tuple[str, str], ...]"
"""The pieces of a line, each with its style."""
SPEECH = Speech(escape.terminal, escape.terminal)


def render(report: Report, options: Options) -> str:
    """Lines for a terminal or a CI log."""
    if report["provenance"]["mode"] != "check" or options.colour:
        from costgate.render import text

        return text.render(report, options)
    lines = ("".join(words for words, _ in row).rstrip() for row in rows(report))
    return escape.log("\n".join((*lines, "")))


def rows(report: Report) -> Iterator[Row]:
    """A line for each finding, and one for all."""
    for finding in sorted(open_findings(report), key=place_key):
        where = escape.terminal(place(finding["path"], finding["line"], finding["cell"]), 4096)
        column = f":{finding['start_column']}" if where and finding["start_column"] else ""
        lead = f"{where}{column}: " if where else ""
        yield (lead, ""), (finding["rule"], STYLE[finding["severity"]]), (f" {prose(finding['message'])}", "")
    yield ((f"costgate check: {SPEECH.spell(headline(report))}{aside(hidden(report))}", "bold"),)
