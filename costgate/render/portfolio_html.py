"""A portfolio as one HTML page for people who look after money: whose it is, what moves, which budget is how far used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from costgate.model.portfolio import BudgetDoc, GroupDoc, Portfolio, SpanDoc, WorkloadShareDoc
from costgate.model.report import RangeDoc
from costgate.render.figures import amount, count, plural, share
from costgate.render.html import drawn
from costgate.render.html.charts import Chart, bars
from costgate.render.html.page import Figure
from costgate.render.html.tables import Block, Cell, Row, Table, code, island, table, text
from costgate.render.options import Options
from costgate.render.portfolio_text import headline, money, moved, percent, used

_FIRST = 25
_MOST = 15
_TRENDS = 8
_STATES = {
    "over": ("fail", "exceeded"),
    "near": ("warning", "above 80%"),
    "half": ("info", "above 50%"),
    "ok": ("pass", "within"),
}
_ORDER = {state: rank for rank, state in enumerate(_STATES)}


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through the months of a workload; `words` says it to those who do not see it."""

    label: Cell
    figure: str
    points: str
    words: str


def render(document: Portfolio, options: Options) -> str:
    """One page that asks for nothing outside of itself."""
    charts = list(_charts(document))
    tables = [_workloads(document), _movers(document), _repositories(document), _rules(document)]
    names: dict[str, Any] = {
        "as_of": text(document["as_of"] or "no date", 20),
        "headline": headline(document),
        "verdict": _worst(document),
        "figures": list(_figures(document)),
        "charts": charts,
        "over": any(bar.kind == "over" for chart in charts for bar in chart.bars),
        "trends": list(_trends(document)),
        "tables": tables,
        "first": _FIRST,
        "island": island(tables),
        "notes": list(_notes(document)),
    }
    return drawn("portfolio.html.j2", names)


def _worst(document: Portfolio) -> tuple[str, str] | None:
    groups = [*document["teams"], *document["owners"]]
    budgets = [document["totals"]["budget"], *(each["budget"] for each in (*groups, *document["workloads"]))]
    states = [each["state"] for each in budgets if each is not None and each["state"] is not None]
    if not states:
        return None
    worst = min(states, key=lambda state: _ORDER[state])
    tag, words = _STATES[worst]
    return tag, f"{plural(states.count(worst), 'budget')} {words}"


def _figures(document: Portfolio) -> Iterator[Figure]:
    totals, currency = document["totals"], document["currency"]
    note = f"of {plural(totals['workloads'] - totals['without_month'], 'workload')}, buffers included"
    yield Figure("A month, estimated", money(totals["per_month"], currency), note)
    if totals["budget"] is not None:
        yield Figure("Budget", percent(totals["budget"]["used"]) or "?", used(totals["budget"], currency))
    yield Figure("Repositories", count(totals["repositories"]), f"{plural(totals['runs'], 'audit')} in the store")
    priced = f"{share(totals['model_known'], totals['calls'])} with a known model, {share(totals['priced'], totals['counted'])} priced"
    yield Figure("Model calls", count(totals["counted"]), priced)


def _charts(document: Portfolio) -> Iterator[Chart]:
    currency = document["currency"]
    for name, title, groups in (("teams", "By team", document["teams"]), ("owners", "By owner", document["owners"])):
        if any(group["name"] for group in groups):
            yield _chart(name, title, [(_name(each), each["per_month"], each["budget"]) for each in groups], currency)
    dearest = [(_place(each), each["per_month"], each["budget"]) for each in document["workloads"]]
    yield from _some(_chart("dearest", "By workload", dearest, currency))
    homes = [(code(each["name"]), each["per_month"], None) for each in document["repositories"]]
    homes.sort(key=lambda one: -_size(one[1]))
    yield from _some(_chart("homes", "By repository", homes, currency))


def _some(chart: Chart) -> Iterator[Chart]:
    if chart.bars:
        yield chart


def _chart(
    name: str, title: str, parts: Sequence[tuple[Cell, SpanDoc | None, BudgetDoc | None]], currency: str
) -> Chart:
    known = [part for part in parts if part[1] is not None]
    drawn = bars((label, _range(span), money(span, currency), used(cap, currency)) for label, span, cap in known[:_MOST])
    caps = [cap["state"] if cap is not None else None for _, _, cap in known[:_MOST]]
    shown = [replace(bar, kind="over") if state == "over" else bar for bar, state in zip(drawn, caps, strict=True)]
    left = f" {plural(len(known) - _MOST, 'smaller one')} left out here." if len(known) > _MOST else ""
    return Chart(
        f"by-{name}",
        title,
        f"Cost a month, the dearest first.{left}",
        shown,
        (title.removeprefix("By ").title(), "Cost"),
    )


def _trends(document: Portfolio) -> Iterator[Trend]:
    currency = document["currency"]
    moving = [one for one in document["workloads"] if len({_size(point["per_month"]) for point in one["trend"]}) > 1]
    for one in moving[:_TRENDS]:
        sizes = [_size(point["per_month"]) for point in one["trend"] if point["per_month"] is not None]
        if len(sizes) < 2:
            continue
        first, last = (_amount(each, currency) for each in (sizes[0], sizes[-1]))
        words = f"{one['name']}: {first} a month at first, {last} now, {plural(len(sizes), 'commit')}"
        yield Trend(_place(one), f"{first} → {last}", _points(sizes), text(words, 200))


def _points(sizes: Sequence[Decimal]) -> str:
    """In a box of 100 by 24, from zero up."""
    top = max(sizes) or Decimal(1)
    step = Decimal(100) / (len(sizes) - 1)
    return " ".join(f"{index * step:.2f},{23 - size / top * 22:.2f}" for index, size in enumerate(sizes))


def _workloads(document: Portfolio) -> Table:
    columns = (
        ("Workload", False),
        ("Owner", False),
        ("Requests a month", True),
        ("A request", True),
        ("A month", True),
        ("Share", True),
        ("Budget", False),
    )
    rows = [_workload(one, document["currency"]) for one in document["workloads"]]
    none = "No repository declares a workload."
    return table("workloads", "Workloads", columns, rows, filters=("Team", "Owner", "Repository", "Budget"), none=none)


def _workload(one: WorkloadShareDoc, currency: str) -> Row:
    cap = one["budget"]
    state = cap["state"] if cap is not None else None
    traffic = "?" if one["traffic"] is None else amount(Decimal(one["traffic"]))
    cells = (
        _place(one),
        text(" / ".join(filter(None, (one["team"], one["owner"]))) or "nobody", 80),
        traffic,
        money(one["per_request"], currency),
        money(one["per_month"], currency),
        percent(one["share"]),
        used(cap, currency),
    )
    order = (
        (one["repository"], one["name"]),
        (one["team"] or "", one["owner"] or ""),
        Decimal(one["traffic"] or 0),
        _size(one["per_request"]),
        _size(one["per_month"]),
        Decimal(one["share"] or 0),
        Decimal(cap["used"] or 0) if cap is not None else Decimal(0),
    )
    facets = (
        (text(one["team"] or "nobody", 80),),
        (text(one["owner"] or "nobody", 80),),
        (text(one["repository"], 80),),
        (_STATES[state][1] if state else "none or not known",),
    )
    heads = ("Commit", "As of", "A month", "Tokens a request")
    points = [_point(point, currency) for point in reversed(one["trend"])]
    return Row(cells, facets, (Block("table", "At each commit", [heads, *points]),), order)


def _point(point: Any, currency: str) -> tuple[Cell, str, str, str]:
    tokens = "?" if point["tokens"] is None else amount(Decimal(point["tokens"]))
    commit = code(point["commit"][:12]) if point["commit"] else "none"
    return commit, text(point["as_of"], 20), money(point["per_month"], currency), tokens


def _movers(document: Portfolio) -> Table:
    columns = (("What", False), ("Before", True), ("After", True), ("Change", True), ("Unit", False))
    rows = []
    for one in document["movers"]:
        before, after, delta = Decimal(one["before"]), Decimal(one["after"]), Decimal(one["delta"])
        label: Cell = {"code": text(one["workload"] or "prompts", 100), "sub": text(one["repository"], 100)}
        order = ((one["repository"], one["workload"] or ""), before, after, delta, one["unit"])
        rows.append(Row((label, *moved(one, document["currency"]), one["unit"]), ((one["unit"],),), (), order))
    none = "Nothing moved between the last two commits of a repository."
    return table("movers", "Top movers", columns, rows, filters=("Unit",), none=none)


def _repositories(document: Portfolio) -> Table:
    titles = ("Calls", "Model known", "Priced", "Prompt tokens", "Errors", "Warnings", "A month")
    columns = (("Repository", False), *((title, True) for title in titles), ("Audited", True))
    rows = []
    for one in document["repositories"]:
        known, priced = share(one["model_known"], one["calls"]), share(one["priced"], one["counted"])
        figures = (one["counted"], one["prompt_tokens"], one["errors"], one["warnings"])
        calls, tokens, errors, warnings = map(count, figures)
        label: Cell = {"code": text(one["name"], 100), "sub": text((one["commit"] or "")[:12], 12)}
        month = money(one["per_month"], document["currency"])
        cells = (label, calls, known, priced, tokens, errors, warnings, month, text(one["as_of"], 20))
        parts = (_part(one["model_known"], one["calls"]), _part(one["priced"], one["counted"]))
        order = (one["name"], figures[0], *parts, *figures[1:], _size(one["per_month"]), one["as_of"])
        rows.append(Row(cells, ((text(one["team"] or "nobody", 80),),), (), order))
    return table("repositories", "Repositories", columns, rows, filters=("Team",), none="The store is empty.")


def _rules(document: Portfolio) -> Table:
    columns = (("Severity", False), ("Rule", False), ("Findings", True), ("Repositories", True))
    rows = [
        Row(
            (
                {"tag": one["severity"]},
                {"code": text(one["rule"], 60), "sub": text(one["name"] or "", 80)},
                count(one["findings"]),
                count(one["repositories"]),
            ),
            ((one["severity"],),),
            (),
            (one["severity"], one["rule"], one["findings"], one["repositories"]),
        )
        for one in document["rules"]
    ]
    return table("rules", "Open findings by rule", columns, rows, filters=("Severity",), none="Nothing is open.")


def _notes(document: Portfolio) -> Iterator[str]:
    totals = document["totals"]
    yield "The last audit of each repository counts; earlier ones make the trend."
    if totals["without_month"]:
        yield f"{plural(totals['without_month'], 'workload')} without a monthly figure, left out of every sum."
    silent = {one["name"] for one in document["repositories"]} - {one["repository"] for one in document["workloads"]}
    if silent:
        yield f"{count(len(silent))} of {count(totals['repositories'])} repositories declare no workload: their month is in no sum."
    yield "A budget is held against the likely figure, or the low one where nothing likely is known."


def _place(one: WorkloadShareDoc) -> Cell:
    return {
        "code": text(one["name"], 100),
        "sub": text(f"{one['repository']}{', planned' if one['planned'] else ''}", 120),
    }


def _name(group: GroupDoc) -> Cell:
    return code(group["name"], 80) if group["name"] else "nobody is named"


def _range(span: SpanDoc | None) -> RangeDoc | None:
    if span is None:
        return None
    return {
        "low": span["low"],
        "likely": span["likely"],
        "high": span["high"],
        "unbounded": span["high"] is None,
        "basis": "declared",
    }


def _size(span: SpanDoc | None) -> Decimal:
    return Decimal(0) if span is None else Decimal(span["likely"] or span["low"])


def _amount(number: Decimal, currency: str) -> str:
    return money({"low": str(number), "likely": None, "high": str(number)}, currency)


def _part(part: int, whole: int) -> Decimal:
    return Decimal(part) / whole if whole else Decimal(0)
