"""The comment on a pull request, and the job's summary: what the change costs in one line, the rest folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, takewhile

from costgate.model.marker import Marker
from costgate.model.report import ChangeDoc, Report
from costgate.render import details, figures, findingnotes
from costgate.render.mermaid import chart
from costgate.render.options import Options
from costgate.render.phrase import (
    POLICY,
    POLICY_TITLE,
    because,
    has_news,
    headline,
    kinds,
    open_findings,
    prices,
    severities,
    values,
    verdict,
)
from costgate.render.prompttable import growth
from costgate.render.rank import grown_prompts, ranked_calls, ranked_changes
from costgate.render.spending import HEADS, cells, notes, shown, total
from costgate.render.words import SPEECH, Linker, name, own, prose, titled

LIMIT = 60_000
"""Characters. GitHub refuses a comment over 65,536; at four bytes each this also stays under its limit in bytes."""
_SYMBOL = {"pass": "✅", "warning": "⚠️", "fail": "❌"}
_SIZES = ((5, 10), (3, 5), (1, 2))
"""Calls and findings that stand outside the fold; fewer only when hostile names would fill the comment."""
_FOLD = ("", "<details>", "<summary>Everything measured, what is not known, and what the figures rest on</summary>")
_LEFT_OUT = "- … {} left out here; the JSON report has them"


def render(report: Report, options: Options) -> str:
    """A comment of at most LIMIT characters that opens with the hidden marker."""
    provenance = report["provenance"]
    marker = Marker(options.tag, provenance["run_order"], provenance["head_sha"]).line()
    foot = ["", f"<sub>{_footer(report)}</sub>"]
    if provenance["mode"] == "diff" and not has_news(report):
        return "\n".join([marker, *_quiet(report), *foot]) + "\n"
    linker = Linker(options.links, provenance["head_sha"])
    for calls, findings in _SIZES:
        head = [marker, *_head(report, linker, calls, findings)]
        drawn = ["", *drawing] if (drawing := list(chart(report))) and _length(head) < LIMIT // 2 else []
        room = LIMIT - _length([*head, *_FOLD, *drawn, "", "</details>", *foot])
        if room > LIMIT // 3:
            break
    folded = _cut(list(details.lines(report, linker, calls, findings)), room)
    return "\n".join([*head, *_FOLD, *drawn, *folded, "", "</details>", *foot]) + "\n"


def _quiet(report: Report) -> Iterator[str]:
    moved = kinds(report["changes"])
    yield f"✅ costgate: no model call changed in cost{f', {moved}' if moved else ''}"


def _head(report: Report, linker: Linker, calls: int, findings: int) -> Iterator[str]:
    result = verdict(report)
    yield f"### {_SYMBOL[result]} costgate {result}: {SPEECH.spell(headline(report))}"
    found = open_findings(report)
    if not found:
        yield from titled("", [f"- {prose(reason)}" for reason in report["verdict"]["reasons"][:findings]])
    yield from _exceptions(report, linker, findings)
    if report["provenance"]["mode"] == "diff":
        yield from _changes(report, linker, calls)
        longer = [f"- {linker.at(each['path'], each['line'])}: {prose(growth(each))}" for each in grown_prompts(report)[:calls]]
        yield from titled("**Prompt files that grew, and that no call is seen to send**", longer)
    else:
        yield from _calls(report, linker, calls)
    yield from _workloads(report, calls)
    yield from titled(f"**{severities(found)}**", list(findingnotes.above(report, linker, findings)))


def _exceptions(report: Report, linker: Linker, most: int) -> Iterator[str]:
    changed = report["exceptions_changed"]
    exceptions = [one for one in changed if one["kind"] != POLICY]
    added = sum(one["change"] == "added" for one in exceptions)
    title = f"**This pull request adds {figures.plural(added, 'exception')}**" if added else "**Exceptions changed**"
    title = title if exceptions else f"**{POLICY_TITLE}**"
    yield from titled(title, [details.exception_line(one, linker) for one in changed[:most]])
    if len(changed) > most:
        yield f"- {figures.count(len(changed) - most)} more below"


def _changes(report: Report, linker: Linker, most: int) -> Iterator[str]:
    changes = ranked_changes(report["changes"])
    if not changes:
        return
    yield ""
    yield "| Call | Prompt tokens | Cost per call | Because |"
    yield "| --- | --- | --- | --- |"
    for change in changes[:most]:
        yield f"| {' | '.join(_change_cells(change, report['provenance']['currency'], linker))} |"
    if len(changes) > most:
        yield ""
        yield f"{figures.plural(len(changes) - most, 'smaller change')} below."


def _workloads(report: Report, most: int) -> Iterator[str]:
    found, currency = shown(report), report["provenance"]["currency"]
    if not found:
        return
    yield ""
    yield f"| {' | '.join(HEADS)} |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for one in found[:most]:
        label, *rest = cells(one, currency)
        yield f"| {' | '.join((name(label), *map(own, rest)))} |"
    told = [(one["name"], note) for one in found[:most] for note in notes(one, currency)][:most]
    yield from titled("", [f"- {name(label)}: {prose(note)}" for label, note in told])
    portfolio = report["portfolio"]
    if portfolio is not None:
        yield ""
        yield f"{prose(portfolio['name'])}: {own(total(portfolio, currency))}"


def _change_cells(change: ChangeDoc, currency: str, linker: Linker) -> tuple[str, ...]:
    tokens, cost = details.token_step(change), details.cost_step(change, currency)
    causes = "<br>".join(map(SPEECH.spell, because(change)[:3]))
    return details.change_name(change, linker), tokens, cost, causes or own(change["kind"])


def _calls(report: Report, linker: Linker, most: int) -> Iterator[str]:
    calls, currency = ranked_calls(report["calls"]), report["provenance"]["currency"]
    if not calls:
        return
    yield ""
    yield "| Call | Model | Output cap | Prompt tokens | Per call | Per 1,000 calls |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for call in calls[:most]:
        cost = call["cost_per_call"]
        cells = (
            linker.call(call["path"], call["line"], call["function"], call["cell"]),
            SPEECH.code(values(call["model"], "none")),
            prose(values(call["output_limit"], "none")),
            own(figures.tokens(call["input_tokens"])),
            own(figures.money(cost, currency)),
            own(figures.money(cost, currency, 1000)),
        )
        yield f"| {' | '.join(cells)} |"
    if len(calls) > most:
        yield ""
        yield f"{figures.plural(len(calls) - most, 'more call')} below."


def _footer(report: Report) -> str:
    provenance = report["provenance"]
    head, base = provenance["head_sha"], provenance["merge_base_sha"] or provenance["base_sha"]
    seen = f"commit {head[:7]}" if head else "no commit"
    parts = [
        f"{prose(report['tool']['name'])} {prose(report['tool']['version'])}",
        f"{seen} against {base[:7]}" if base else seen,
        *(["with uncommitted changes"] if provenance["dirty"] else []),
        SPEECH.spell(prices(report)),
        f"policy of {prose(provenance['policy']['source'])}",
        f"as of {provenance['as_of']}",
    ]
    return " · ".join(parts)


def _length(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _cut(lines: list[str], room: int) -> list[str]:
    """All the lines, or the first and last ones that fit, with a count of what stood between."""
    if _length(lines) <= room:
        return lines
    room -= len(_LEFT_OUT) + 20
    start = _fitting(lines, room * 2 // 3)
    end = len(lines) - _fitting(lines[:start:-1], room - _length(lines[:start]))
    return [*lines[:start], _LEFT_OUT.format(figures.plural(end - start, "line")), *lines[end:]]


def _fitting(lines: Sequence[str], room: int) -> int:
    """How many lines from the first on fit."""
    ends = accumulate(len(line) + 1 for line in lines)
    return sum(1 for _ in takewhile(lambda end: end <= room, ends))
