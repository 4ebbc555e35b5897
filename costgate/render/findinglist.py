"""Findings on a terminal: each spelled out, what only informs folded into one line a rule when it is many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from costgate.model.report import FindingDoc, Report
from costgate.render import escape
from costgate.render.alike import Alike, alike
from costgate.render.figures import count, plural
from costgate.render.lines import STYLE, inset, line, linked, pieces, prose, title
from costgate.render.options import Options
from costgate.render.phrase import open_findings, place, severities
from costgate.render.rank import ranked_findings
from costgate.render.spending import saved

if TYPE_CHECKING:
    from rich.console import RenderableType

_FEW = 5
"""Informing findings that are spelled out all the same."""
_NAMED = 3
"""Other places of a finding that are named."""


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
    together = alike(report, spelled) if options.detail == "normal" else [Alike(one) for one in spelled]
    for each in together:
        one = each.finding
        rule = rules.get(one["rule"])
        fix = rule["fix"] if rule and one["rule"] not in told else ""
        told.add(one["rule"])
        yield from _finding(each, rule["name"] if rule else "", fix, options.root)
        if "saving" in one and one["state"] == "open":
            yield inset(prose(saved(one["saving"], report["provenance"]["currency"])), 2, "dim")
    if fold:
        yield from _folded(infos, {rule["id"]: rule["name"] for rule in report["rules"]}, options.root)


def _finding(each: Alike, name: str, fix: str, root: str | None) -> Iterator[RenderableType]:
    one = each.finding
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
    if each.others:
        yield inset(_elsewhere(each), 2, "dim")
    if fix and not state:
        yield inset(f"fix: {prose(fix)}", 2, "dim")


def _elsewhere(each: Alike) -> str:
    """`the same at a.py:3, b.py:7 and 20 more, which lead to the request at llm.py:40`, or `here`."""
    places = [escape.terminal(place(one["path"], one["line"], one["cell"])) for one in each.others]
    more = f" and {count(len(places) - _NAMED)} more" if len(places) > _NAMED else ""
    if each.here:
        return f"the same at {', '.join(places[:_NAMED])}{more}, which lead here"
    requests = [escape.terminal(where) for where in each.requests]
    what = "the request" if len(requests) == 1 else "the requests"
    left = f" and {count(len(requests) - _NAMED)} more" if len(requests) > _NAMED else ""
    return f"the same at {', '.join(places[:_NAMED])}{more}, which lead to {what} at {', '.join(requests[:_NAMED])}{left}"


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
