"""The report for a person at a terminal: what matters first, then calls, findings, what is not known, the verdict."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from costgate.model.report import ChangeDoc, FindingDoc, Report
from costgate.render import calltable, escape, figures, prompttable, workloadtable
from costgate.render.advice import GapGroup, gap_groups
from costgate.render.figures import count, plural
from costgate.render.options import Options
from costgate.render.phrase import (
    POLICY,
    POLICY_TITLE,
    Speech,
    cause,
    coverage,
    headline,
    hidden,
    kinds,
    open_findings,
    place,
    prices,
    severities,
    verdict,
)
from costgate.render.rank import place_key, ranked_causes, ranked_changes, ranked_findings
from costgate.render.spending import saved

if TYPE_CHECKING:
    from rich.console import RenderableType

SPEECH = Speech(escape.terminal, escape.terminal)
_STYLE = {"error": "bold red", "warning": "yellow", "info": "cyan", "fail": "bold red", "pass": "bold green"}
_SYMBOL = {"added": "+", "removed": "-", "changed": "~", "repriced": "$", "moved": ">"}
_KINDS = 20
_EACH = 3
"""Reasons of a kind, and places of a reason, that are spelled out before the rest is counted."""


def render(report: Report, options: Options) -> str:
    """Lines for a terminal of `options.width` cells, safe there and in a CI log."""
    from rich.console import Console

    output = io.StringIO()
    console = Console(
        file=output,
        width=max(options.width, 30),
        height=100,
        force_terminal=options.colour,
        color_system="standard" if options.colour else None,
        no_color=not options.colour,
        legacy_windows=False,
        force_jupyter=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    mode = report["provenance"]["mode"]
    forms = {"audit": _audit, "diff": _diff, "check": _check}
    for part in forms[mode](report, options):
        console.print(part, soft_wrap=mode == "check")
    lines = (line.rstrip() for line in output.getvalue().split("\n"))
    return escape.log("\n".join(lines))


def _audit(report: Report, options: Options) -> Iterator[RenderableType]:
    yield _line(f"costgate audit: {SPEECH.spell(headline(report))}.", "bold")
    yield from calltable.parts(report, options)
    yield from prompttable.parts(report, options)
    yield from workloadtable.parts(report, options)
    yield from _findings(report, options)
    yield from _gaps(report)
    yield from _closing(report, options)


def _diff(report: Report, options: Options) -> Iterator[RenderableType]:
    result = verdict(report)
    yield _line(f"costgate diff: {result}: {SPEECH.spell(headline(report))}.", _STYLE.get(result, "bold yellow"))
    yield from _changes(report, options)
    yield from prompttable.grown(report)
    yield from workloadtable.parts(report, options)
    yield from _exceptions(report)
    yield from _findings(report, options)
    yield from _gaps(report)
    yield from _closing(report, options)


def _check(report: Report, options: Options) -> Iterator[RenderableType]:
    for finding in sorted(open_findings(report), key=place_key):
        where = escape.terminal(place(finding["path"], finding["line"], finding["cell"]), 4096)
        column = f":{finding['start_column']}" if where and finding["start_column"] else ""
        lead = f"{where}{column}: " if where else ""
        yield _pieces(
            (lead, ""), (finding["rule"], _STYLE[finding["severity"]]), (f" {_prose(finding['message'])}", "")
        )
    yield _line(f"costgate check: {SPEECH.spell(headline(report))}{_aside(hidden(report))}", "bold")


def _changes(report: Report, options: Options) -> Iterator[RenderableType]:
    changes = ranked_changes(report["changes"])
    for change in changes[: options.limit]:
        yield ""
        yield from _change(change, report["provenance"]["currency"])
    if len(changes) > options.limit:
        yield _line(f"{count(len(changes) - options.limit)} smaller changes are in the JSON report", "dim")
    moved = sum(change["kind"] == "moved" for change in report["changes"])
    if moved:
        yield ""
        yield _line(f"> {plural(moved, 'call')} only moved or renamed: no cost", "dim")


def _change(change: ChangeDoc, currency: str) -> Iterator[RenderableType]:
    before, after, delta = change["before"], change["after"], change["delta"]
    side = after or before
    if side is None:
        return
    function = escape.terminal(side["function"], 80)
    where = escape.terminal(place(side["path"], side["line"]))
    yield _pieces((f"{_SYMBOL[change['kind']]} {change['kind']} ", ""), (where, "bold"), (f"  {function}", ""))
    tokens = [figures.tokens(one["input_tokens"]) if one else "none" for one in (before, after)]
    costs = [figures.money(one["cost_per_call"], currency) if one else "none" for one in (before, after)]
    yield _inset(f"prompt tokens  {_old_new(tokens)}  ({figures.token_change(delta['tokens'])})", 2)
    yield _inset(f"per call       {_old_new(costs)}  ({figures.money_change(delta['cost'], currency)})", 2)
    for one in ranked_causes(change):
        yield _inset(f"because        {SPEECH.spell(cause(one))}", 2)


def _old_new(ends: list[str]) -> str:
    return ends[0] if ends[0] == ends[1] else " → ".join(ends)


def _exceptions(report: Report) -> Iterator[RenderableType]:
    changed = report["exceptions_changed"]
    exceptions = [one for one in changed if one["kind"] != POLICY]
    policy = [one for one in changed if one["kind"] == POLICY]
    for title, group in ((f"{plural(len(exceptions), 'exception')} changed", exceptions), (POLICY_TITLE, policy)):
        if group:
            yield from _title(title)
        for one in group:
            rules = ", ".join(one["rules"])
            reason = _prose(one["reason"]) or "no reason given"
            what = f"{one['change']} {one['kind']}{' for ' if rules else ''}{rules} at {place(one['path'], one['line'])}"
            yield _inset(f"{escape.terminal(what, 400)}: {reason}", 2)


def _findings(report: Report, options: Options) -> Iterator[RenderableType]:
    rules = {rule["id"]: rule for rule in report["rules"]}
    found = ranked_findings(open_findings(report))
    if options.detail == "full":
        found += ranked_findings(finding for finding in report["findings"] if finding["state"] != "open")
    if found:
        yield from _title(f"Findings: {severities(open_findings(report))}")
    for finding in found:
        rule = rules.get(finding["rule"])
        yield from _finding(finding, rule["name"] if rule else "", rule["fix"] if rule else "")
        if "saving" in finding and finding["state"] == "open":
            yield _inset(_prose(saved(finding["saving"], report["provenance"]["currency"])), 2, "dim")


def _finding(finding: FindingDoc, name: str, fix: str) -> Iterator[RenderableType]:
    where = escape.terminal(place(finding["path"], finding["line"], finding["cell"]))
    lead = "  ".join(escape.terminal(part, 100) for part in (finding["rule"], name) if part)
    state = (
        "" if finding["state"] == "open" else f"  {finding['state']}: {_prose(finding['suppressed_by'] or 'no reason')}"
    )
    yield _pieces(
        (f"{finding['severity']} ", _STYLE[finding["severity"]]), (lead, "bold"), (f"  {where}", ""), (state, "dim")
    )
    yield _inset(_prose(finding["message"]), 2)
    if fix and not state:
        yield _inset(f"fix: {_prose(fix)}", 2, "dim")


def _gaps(report: Report) -> Iterator[RenderableType]:
    groups = gap_groups(report)
    if groups:
        yield from _title("Not known")
    for group in groups[:_KINDS]:
        yield from _gap(group)
    if len(groups) > _KINDS:
        yield _line(f"and {plural(len(groups) - _KINDS, 'other kind')}", "dim")


def _gap(group: GapGroup) -> Iterator[RenderableType]:
    yield _pieces((f"{escape.terminal(group.what, 60)} ({count(group.number)})", "bold"), (f": {group.declare}", ""))
    for why, places in group.whys[:_EACH]:
        more = f" and {count(len(places) - _EACH)} more" if len(places) > _EACH else ""
        shown = ", ".join(escape.terminal(one, 120) for one in places[:_EACH])
        yield _inset(f"{_prose(why)}{_aside(shown + more)}", 2, "dim")
    if len(group.whys) > _EACH:
        yield _inset(f"and for {plural(len(group.whys) - _EACH, 'other reason')}", 2, "dim")


def _closing(report: Report, options: Options) -> Iterator[RenderableType]:
    yield ""
    yield _line(f"Seen: {'; '.join(coverage(report))}; {SPEECH.spell(prices(report))}.", "dim")
    if report["abstentions"]:
        yield _line(f"{plural(len(report['abstentions']), 'rule decision')} left open for want of facts.", "dim")
        if options.detail == "full":
            for one in report["abstentions"]:
                yield _inset(
                    f"{escape.terminal(one['rule'], 60)} on {escape.terminal(one['key'])}: {_prose(one['why'])}",
                    2,
                    "dim",
                )
    changed = kinds(report["changes"])
    sums = [severities(open_findings(report)), *([f"calls: {changed}"] if changed else [])]
    result = verdict(report)
    for reason in report["verdict"]["reasons"] if not open_findings(report) else ():
        yield _line(f"Because: {_prose(reason)}", "")
    yield _line(f"{result}: {'; '.join(sums)}{_aside(hidden(report))}", _STYLE.get(result, "bold yellow"))


def _title(words: str) -> Iterator[RenderableType]:
    yield ""
    yield _line(words, "bold underline")


def _prose(text: str) -> str:
    return escape.terminal(" ".join(text.split()), 400)


def _aside(words: str) -> str:
    return f" ({words})" if words else ""


def _line(words: str, style: str) -> RenderableType:
    return _pieces((words, style))


def _pieces(*pieces: tuple[str, str]) -> RenderableType:
    from rich.text import Text

    return Text.assemble(*pieces)


def _inset(words: str, cells: int, style: str = "") -> RenderableType:
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(words, style=style), (0, 0, 0, cells), expand=False)
