"""What the page shows, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from costgate.model.report import Report
from costgate.render import figures, spending
from costgate.render.advice import assumptions, gap_groups
from costgate.render.html import charts, workloads
from costgate.render.html.calls import calls
from costgate.render.html.findings import SPEECH, changes, findings
from costgate.render.html.tables import Cell, Places, Table, code, island, text
from costgate.render.options import Options
from costgate.render.phrase import POLICY, change_sum, headline, hidden, open_findings, prices, severities, verdict

_FIRST = 25
"""Rows that are drawn without the script."""
_KINDS = 20
_EACH = 5
_MOST = 200


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at the top, with what it is."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, for the bars of coverage."""

    label: str
    part: int
    whole: int
    note: str = ""

    @property
    def percent(self) -> str:
        """For the width of a bar."""
        return f"{self.part * 100 / self.whole:.1f}" if self.whole else "0"

    @property
    def figure(self) -> str:
        """In words."""
        return f"{figures.share(self.part, self.whole)} ({self.part:,} of {self.whole:,})"


def page(report: Report, options: Options) -> dict[str, Any]:
    """Names for the template."""
    provenance = report["provenance"]
    places = Places(options.links, provenance["head_sha"])
    mode = provenance["mode"]
    above, below = _tables(report, places)
    tables = [*above, *below]
    drawn = [
        charts.steps(report, places) if mode == "diff" else None,
        workloads.by_workload(report),
        *workloads.layers(report),
        _compared(workloads.by_owner(report)),
        charts.layers(report),
        _compared(charts.by_call(report, places)),
        _compared(charts.by_model(report)),
        _compared(charts.by_file(report)),
        charts.by_source(report, places),
    ]
    return {
        "title": f"costgate {mode}: {text(provenance['repository'], 100)}",
        "mode": mode,
        "repository": text(provenance["repository"], 100),
        "verdict": verdict(report),
        "headline": SPEECH.spell(headline(report)),
        "reasons": [text(reason) for reason in report["verdict"]["reasons"][:_EACH]] if not open_findings(report) else [],
        "figures": list(_figures(report)),
        "coverage": list(_coverage(report)),
        "charts": [chart for chart in drawn if chart is not None],
        "costly": any(bar.kind in {"more", "over"} for chart in drawn if chart for bar in chart.bars),
        "monthly": bool(report["workloads"]),
        "exceptions": list(_exceptions(report, places)),
        "above": above,
        "below": below,
        "first": _FIRST,
        "island": island(tables),
        "gaps": list(_gaps(report)),
        "assumptions": [SPEECH.spell(one) for one in assumptions(report)[:_MOST]],
        "skipped": [(code(one["path"]), text(one["why"])) for one in report["coverage"]["skipped"][:_MOST]],
        "origin": list(_origin(report)),
    }


def _tables(report: Report, places: Places) -> tuple[list[Table], list[Table]]:
    """What stands above the charts and what below: a change begins with what was found, an audit with where the money is."""
    months = [workloads.workloads(report, places)] if report["workloads"] else []
    if report["provenance"]["mode"] == "audit":
        return months, [calls(report, places), findings(report, places)]
    first = [changes(report, places)] if report["provenance"]["mode"] == "diff" else []
    return [*first, *months, findings(report, places)], [calls(report, places)]


def _compared(chart: charts.Chart | None) -> charts.Chart | None:
    """A chart that compares; none of a single bar, whose figure stands above already."""
    return chart if chart is not None and len(chart.bars) > 1 else None


def _figures(report: Report) -> Iterator[Figure]:
    totals, currency = report["totals"], report["provenance"]["currency"]
    head, delta = totals["head"], totals["delta"]
    if report["provenance"]["mode"] == "diff" and delta is not None:
        before = totals["base"]["cost_per_call"] if totals["base"] else None
        now = f"{figures.money(before, currency)} before, {figures.money(head['cost_per_call'], currency)} after"
        yield Figure("Change in cost", figures.money_change(delta["cost"], currency), now)
        tokens = totals["base"]["input_tokens"] if totals["base"] else None
        now = f"{figures.tokens(tokens)} before, {figures.tokens(head['input_tokens'])} after"
        yield Figure("Change in prompt tokens", figures.token_change(delta["tokens"]), now)
        yield Figure("Changed calls", figures.count(len(report["changes"])), change_sum(report))
    else:
        cost = head["cost_per_call"]
        note = f"{figures.money(cost, currency, 1000)} for a thousand; {head['priced']:,} of {head['counted']:,} calls priced"
        yield Figure("One request through every call", figures.money(cost, currency), note)
        yield Figure("Prompt tokens", figures.tokens(head["input_tokens"]), "in one request through every call")
        inner = head["calls"] - head["counted"]
        more = f", and {figures.plural(inner, 'wrapper')} counted through callers" if inner else ""
        files = len({call["path"] for call in report["calls"] if call["counted"]})
        yield Figure("Model calls", figures.count(head["counted"]), f"in {figures.plural(files, 'file')}{more}")
    if report["portfolio"] is not None:
        said = [] if report["portfolio"]["budget"] is None else [spending.cap(report["portfolio"]["budget"], currency)]
        said += [f"{report['portfolio']['name']}, {figures.plural(len(report['portfolio']['members']), 'workload')}"]
        value = spending.month(report["portfolio"]["per_month"], currency)
        yield Figure("A month of all workloads", value, text("; ".join(said), 200))
    found = open_findings(report)
    yield Figure("Findings", figures.count(len(found)), "; ".join(filter(None, (severities(found), hidden(report)))))


def _coverage(report: Report) -> Iterator[Share]:
    seen = report["coverage"]
    whole = seen["counted"] or seen["calls"]
    yield Share("Files read in depth", seen["read"], seen["files"], "the others hold no word of a known SDK")
    for label, part in (
        ("Model known", seen["model_known"]),
        ("Priced", seen["priced"]),
        ("Whole prompt known", seen["input_known"]),
        ("Output capped", seen["capped"]),
    ):
        yield Share(label, min(part, whole), whole)


def _exceptions(report: Report, places: Places) -> Iterator[tuple[str, Cell, str]]:
    for one in report["exceptions_changed"][:_MOST]:
        rules = ", ".join(text(rule, 60) for rule in one["rules"][:_EACH])
        what = " ".join(filter(None, (one["change"], one["kind"], rules and f"for {rules}")))
        reason = text(one["reason"]) or ("" if one["kind"] == POLICY else "no reason given")
        yield text(what), places.at(one["path"], one["line"]), reason


def _gaps(report: Report) -> Iterator[dict[str, Any]]:
    for group in gap_groups(report)[:_KINDS]:
        whys = [
            (text(why), [code(one) for one in found[:_EACH]], max(len(found) - _EACH, 0))
            for why, found in group.whys[:_EACH]
        ]
        yield {
            "what": text(group.what, 60),
            "number": group.number,
            "declare": group.declare,
            "whys": whys,
            "more": max(len(group.whys) - _EACH, 0),
        }


def _origin(report: Report) -> Iterator[tuple[str, Cell]]:
    provenance, book = report["provenance"], report["provenance"]["price_book"]
    yield "Made by", text(f"{report['tool']['name']} {report['tool']['version']}", 100)
    yield "Commit", code(provenance["head_sha"] or "none") if provenance["head_sha"] else "none"
    base = provenance["merge_base_sha"] or provenance["base_sha"]
    if base:
        yield "Compared with", code(base)
    if provenance["dirty"]:
        yield "State", "with uncommitted changes"
    yield "As of", text(provenance["as_of"], 20)
    yield "Price list", text(f"{SPEECH.spell(prices(report))}, {provenance['currency']}")
    yield "Its digest", code(book["sha256"])
    yield "Policy", text(f"of {provenance['policy']['source']}, {figures.plural(len(report['rules']), 'rule')} ran")
    if report["abstentions"]:
        yield "Left open", f"{figures.plural(len(report['abstentions']), 'rule decision')}, for want of facts"
