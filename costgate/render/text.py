"""The report for a person at a terminal: what matters first, then calls, findings, what is not known, the verdict."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from costgate.model.report import ChangeDoc, Report
from costgate.render import calltable, escape, figures, findinglist, prompttable, workloadtable
from costgate.render.advice import GapGroup, gap_groups
from costgate.render.brief import SPEECH, rows
from costgate.render.figures import count, plural
from costgate.render.lines import STYLE, aside, inset, line, linked, pieces, prose, title
from costgate.render.options import Options
from costgate.render.phrase import (
    POLICY,
    POLICY_TITLE,
    because,
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
from costgate.render.rank import ranked_changes

if TYPE_CHECKING:
    from rich.console import RenderableType

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
    yield line(f"costgate audit: {SPEECH.spell(headline(report))}.", "bold")
    yield from calltable.parts(report, options)
    yield from prompttable.parts(report, options)
    yield from workloadtable.parts(report, options)
    yield from findinglist.parts(report, options)
    yield from _gaps(report)
    yield from _closing(report, options)


def _diff(report: Report, options: Options) -> Iterator[RenderableType]:
    result = verdict(report)
    yield line(f"costgate diff: {result}: {SPEECH.spell(headline(report))}.", STYLE.get(result, "bold yellow"))
    yield from _changes(report, options)
    yield from prompttable.grown(report)
    yield from workloadtable.parts(report, options)
    yield from _exceptions(report)
    yield from findinglist.parts(report, options)
    yield from _gaps(report)
    yield from _closing(report, options)


def _check(report: Report, options: Options) -> Iterator[RenderableType]:
    yield from (pieces(*row) for row in rows(report))


def _changes(report: Report, options: Options) -> Iterator[RenderableType]:
    changes = ranked_changes(report["changes"])
    for change in changes[: options.limit]:
        yield ""
        yield from _change(change, report["provenance"]["currency"], options.root)
    if len(changes) > options.limit:
        yield line(f"{count(len(changes) - options.limit)} smaller changes are in the JSON report", "dim")
    moved = sum(change["kind"] == "moved" for change in report["changes"])
    if moved:
        yield ""
        yield line(f"> {plural(moved, 'call')} only moved or renamed: no cost", "dim")


def _change(change: ChangeDoc, currency: str, root: str | None) -> Iterator[RenderableType]:
    before, after, delta = change["before"], change["after"], change["delta"]
    side = after or before
    if side is None:
        return
    function = escape.terminal(side["function"], 80)
    where = escape.terminal(place(side["path"], side["line"]))
    yield pieces((f"{_SYMBOL[change['kind']]} {change['kind']} ", ""), (where, linked(side["path"], root, "bold")), (f"  {function}", ""))
    tokens = [figures.tokens(one["input_tokens"]) if one else "none" for one in (before, after)]
    costs = [figures.money(one["cost_per_call"], currency) if one else "none" for one in (before, after)]
    gained = figures.apart(delta["tokens"], figures.token_change(delta["tokens"]), tokens)
    dearer = figures.apart(delta["cost"], figures.money_change(delta["cost"], currency), costs)
    yield inset(f"prompt tokens  {_step(tokens, gained)}", 2)
    yield inset(f"per call       {_step(costs, dearer)}", 2)
    for one in because(change):
        yield inset(f"because        {SPEECH.spell(one)}", 2)


def _step(ends: list[str], difference: str) -> str:
    both = ends[0] if ends[0] == ends[1] else " → ".join(ends)
    return both if both == difference == figures.UNKNOWN else f"{both}  ({difference})"


def _exceptions(report: Report) -> Iterator[RenderableType]:
    changed = report["exceptions_changed"]
    exceptions = [one for one in changed if one["kind"] != POLICY]
    policy = [one for one in changed if one["kind"] == POLICY]
    for heading, group in ((f"{plural(len(exceptions), 'exception')} changed", exceptions), (POLICY_TITLE, policy)):
        if group:
            yield from title(heading)
        for one in group:
            rules = ", ".join(one["rules"])
            reason = prose(one["reason"]) or "no reason given"
            what = f"{one['change']} {one['kind']}{' for ' if rules else ''}{rules} at {place(one['path'], one['line'])}"
            yield inset(f"{escape.terminal(what, 400)}: {reason}", 2)


def _gaps(report: Report) -> Iterator[RenderableType]:
    groups = gap_groups(report)
    if groups:
        yield from title("Not known")
    for group in groups[:_KINDS]:
        yield from _gap(group)
    if len(groups) > _KINDS:
        yield line(f"and {plural(len(groups) - _KINDS, 'other kind')}", "dim")


def _gap(group: GapGroup) -> Iterator[RenderableType]:
    yield pieces((f"{escape.terminal(group.what, 60)} ({count(group.number)})", "bold"), (f": {group.declare}", ""))
    for why, places in group.whys[:_EACH]:
        more = f" and {count(len(places) - _EACH)} more" if len(places) > _EACH else ""
        shown = ", ".join(escape.terminal(one, 120) for one in places[:_EACH])
        yield inset(f"{prose(why)}{aside(shown + more)}", 2, "dim")
    if len(group.whys) > _EACH:
        yield inset(f"and for {plural(len(group.whys) - _EACH, 'other reason')}", 2, "dim")


def _closing(report: Report, options: Options) -> Iterator[RenderableType]:
    yield ""
    yield line(f"Seen: {'; '.join(coverage(report))}; {SPEECH.spell(prices(report))}.", "dim")
    if report["abstentions"]:
        yield line(f"{plural(len(report['abstentions']), 'rule decision')} left open for want of facts.", "dim")
        if options.detail == "full":
            for one in report["abstentions"]:
                yield inset(
                    f"{escape.terminal(one['rule'], 60)} on {escape.terminal(one['key'])}: {prose(one['why'])}",
                    2,
                    "dim",
                )
    changed = kinds(report["changes"])
    sums = [severities(open_findings(report)), *([f"calls: {changed}"] if changed else [])]
    result = verdict(report)
    for reason in report["verdict"]["reasons"] if not open_findings(report) else ():
        yield line(f"Because: {prose(reason)}", "")
    yield line(f"{result}: {'; '.join(sums)}{aside(hidden(report))}", STYLE.get(result, "bold yellow"))
