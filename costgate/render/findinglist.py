"""Findings on a terminal: each spelled out, what only informs folded into one line a rule when it is many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from costgate.model.report import FindingDoc, Report
from costgate.render import escape
from costgate.render.figures import plural
from costgate.render.lines import STYLE, inset, line, linked, pieces, prose, title
from costgate.render.options import Options
from costgate.render.phrase import open_findings, place, severities
from costgate.render.rank import ranked_findings
from costgate.render.spending import saved

if TYPE_CHECKING:
    from rich.console import RenderableType

_FEW = 5
"""Informing findings that are spelled out all the same."""


def parts(report: Report, options: Options) -> Iterator[RenderableType]:
    """Under a title, the worst first; a rule's fix stands with its first finding."""
    found = ranked_findings(open_findings(report))
    infos = [one for one in found if one["severity"] == "info"]
    fold = options.detail == "normal" and len(infos) > _FEW
    spelled = [one for one in found if one["severity"] != "info"] if fold else found
    if options.detail == "full":
        spelled = spelled + ranked_findings(one for one in report["findings"] if one["state"] != "open")
    if found or spelled:
        yield from title(f"Findings: {severities(found)}")
    rules = {rule["id"]: rule for rule in report["rules"]}
    told: set[str] = set()
    for one in spelled:
        rule = rules.get(one["rule"])
        fix = rule["fix"] if rule and one["rule"] not in told else ""
        told.add(one["rule"])
        yield from _finding(one, rule["name"] if rule else "", fix, options.root)
        if "saving" in one and one["state"] == "open":
            yield inset(prose(saved(one["saving"], report["provenance"]["currency"])), 2, "dim")
    if fold:
        yield from _folded(infos, {rule["id"]: rule["name"] for rule in report["rules"]}, options.root)


def _finding(one: FindingDoc, name: str, fix: str, root: str | None) -> Iterator[RenderableType]:
    state = "" if one["state"] == "open" else f"  {one['state']}: {prose(one['suppressed_by'] or 'no reason')}"
    where = escape.terminal(place(one["path"], one["line"], one["cell"]))
    yield pieces(
        (f"{one['severity']} ", STYLE[one["severity"]]),
        (_lead(one["rule"], name), "bold"),
        ("  ", ""),
        (where, linked(one["path"], root)),
        (state, "dim"),
    )
    yield inset(prose(one["message"]), 2)
    if fix and not state:
        yield inset(f"fix: {prose(fix)}", 2, "dim")


def _folded(infos: Sequence[FindingDoc], names: dict[str, str], root: str | None) -> Iterator[RenderableType]:
    ordered = sorted(infos, key=lambda one: one["rule"])
    for id, group in groupby(ordered, key=lambda one: one["rule"]):
        found = list(group)
        first = escape.terminal(place(found[0]["path"], found[0]["line"], found[0]["cell"]))
        yield pieces(
            ("info ", STYLE["info"]),
            (_lead(id, names.get(id, "")), "bold"),
            (f"  {plural(len(found), 'finding')}, the first at " if first else f"  {plural(len(found), 'finding')}", ""),
            (first, linked(found[0]["path"], root)),
        )
    yield line("--persona strict spells these out; costgate explain RULE says what one is about", "dim")


def _lead(rule: str, name: str) -> str:
    return "  ".join(escape.terminal(part, 100) for part in (rule, name) if part)
