"""What a month costs: the table of workloads, what each unfolds to, and the charts of the bill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from costgate.model.report import RangeDoc, Report, WorkloadDoc
from costgate.render import figures, spending
from costgate.render.html.charts import Chart, Part, chart, waterfall
from costgate.render.html.tables import Block, Cell, Places, Row, Table, code, table, text
from costgate.render.spending import month, ranked_workloads

_COLUMNS = (
    ("Workload", False),
    ("Requests a month", True),
    ("Per request", True),
    ("Per month", True),
    ("Share", True),
    ("Budget", False),
)
_MOST = 15
_DRAWN = 4
"""Workloads whose layers are drawn; the others' are in the table."""


def workloads(report: Report, places: Places) -> Table:
    """All workloads, the dearest month first."""
    currency = report["provenance"]["currency"]
    rows = [_row(one, currency, places) for one in ranked_workloads(report["workloads"])]
    return table("workloads", "Workloads", _COLUMNS, rows, filters=("Owner", "Budget"), none="None is declared.")


def _row(one: WorkloadDoc, currency: str, places: Places) -> Row:
    owners = ", ".join(filter(None, (one["owner"], one["team"])))
    states = [each["state"] for each in one["budgets"]]
    worst = next((state for state in ("over", "warn", "unknown", "within") if state in states), "none")
    share = "" if one["share"] is None else f"{figures.amount(Decimal(one['share']))}%"
    cells: tuple[Cell, ...] = (
        {"code": text(one["name"], 80), "sub": text(owners, 80)} if owners else code(one["name"], 80),
        figures.tokens(one["traffic"]) if one["traffic"] else "?",
        figures.money(one["forecast_request"], currency),
        month(one["forecast_month"], currency),
        share,
        text(spending.budget(one["budgets"], currency), 100),
    )
    order = (
        one["name"],
        *map(figures.size, (one["traffic"], one["forecast_request"], one["forecast_month"])),
        Decimal(one["share"] or -1),
        worst,
    )
    facets = ((text(one["owner"] or "nobody", 60),), (worst,))
    return Row(cells, facets, tuple(_blocks(one, currency, places)), order)


def _blocks(one: WorkloadDoc, currency: str, places: Places) -> Iterator[Block]:
    yield Block("facts", "What it is", list(_facts(one, currency, places)))
    if one["lines"]:
        yield Block("table", "How a request's cost comes about", list(_derivation(one, currency)))
    if one["budgets"]:
        yield Block("list", "Budgets", [text(spending.cap(each, currency)) for each in one["budgets"]])
    if one["scenarios"]:
        lines = [("If", "Per request", "Per month")]
        lines += [
            (text(each["name"], 80), figures.money(each["per_request"], currency), month(each["per_month"], currency))
            for each in one["scenarios"]
        ]
        yield Block("table", "Under other circumstances", lines)
    if one["savings"]:
        yield Block("list", "Levers", [text(spending.saved(each, currency)) for each in one["savings"]])
    if one["assumptions"]:
        yield Block("list", "Assumptions", [text(each) for each in one["assumptions"][:30]])
    if one["gaps"] or one["unknown"]:
        unknown = [*(gap["why"] for gap in one["gaps"]), *(f"no call matches {site}" for site in one["unknown"])]
        yield Block("list", "Not known", [text(each) for each in unknown[:30]])


def _facts(one: WorkloadDoc, currency: str, places: Places) -> Iterator[tuple[str, Cell]]:
    yield "Declared at", places.at(one["path"], one["line"])
    yield "Calls", "planned, none yet" if one["planned"] and not one["sites"] else f"{len(one['sites']):,}"
    for label, value in (("Owner", one["owner"]), ("Team", one["team"]), ("To be revisited", one["revisit"])):
        if value:
            yield label, text(value, 80)
    if one["tags"]:
        yield "Tags", text(", ".join(f"{key}: {value}" for key, value in one["tags"].items()), 300)
    yield "Without the buffer", f"{figures.money(one['per_request'], currency)} a request, {month(one['per_month'], currency)} a month"
    unit = one["unit"]
    if unit is not None and unit["cost"] is not None:
        yield f"One {text(unit['name'], 60)}", figures.money(unit["cost"], currency)
        if unit["margin"] is not None:
            yield "Its margin", figures.money(unit["margin"], currency)
    usage = one["usage"]
    if usage is not None:
        yield "Deployment", f"{text(usage['kind'], 60)}, {figures.money(usage['fixed'], currency)} a month"
    delta = one["delta"]
    if delta is not None and one["traffic"] is not None:
        yield "By this change", f"{figures.money_change(delta['per_month'], currency)} a month"


def _derivation(one: WorkloadDoc, currency: str) -> Iterator[Sequence[Cell]]:
    yield "Layer", "What", "Quantity", "Rate", "Amount"
    for line in one["lines"][:60]:
        ends = [figures.amount(Decimal(end)) for end in (line["quantity"]["low"], line["quantity"]["high"]) if end is not None]
        ends = ends[:1] if ends[0] == ends[-1] and len(ends) > 1 else ends
        quantity = "–".join(ends) + ("+" if line["quantity"]["high"] is None else "")
        rate = f"{line['rate']} per {line['unit']}"
        amount = figures.money(line["amount"], currency)
        yield text(line["layer"], 60), text(line["what"], 80), quantity, text(rate, 80), amount
    yield "Together", "", "", "", figures.money(one["per_request"], currency)


def by_workload(report: Report) -> Chart | None:
    """Months by workload."""
    currency = report["provenance"]["currency"]
    known = [one for one in ranked_workloads(report["workloads"]) if one["forecast_month"] is not None]
    parts = [
        Part(
            code(one["name"], 80),
            one["forecast_month"],
            month(one["forecast_month"], currency),
            kind="over" if any(each["state"] == "over" for each in one["budgets"]) else "",
            note=text(spending.budget(one["budgets"], currency), 100),
        )
        for one in known[:_MOST]
    ]
    left = f" {figures.plural(len(known) - _MOST, 'cheaper one')} left out here." if len(known) > _MOST else ""
    return chart("by-workload", "A month by workload", f"Buffers included.{left}", parts, ("Workload", "A month"))


def layers(report: Report) -> Iterator[Chart]:
    """A request through the dearest workloads, layer by layer."""
    currency = report["provenance"]["currency"]
    known = [one for one in ranked_workloads(report["workloads"]) if one["layers"]]
    for number, one in enumerate(known[:_DRAWN]):
        named: list[tuple[Cell, RangeDoc, str]] = [(code(layer, 60), doc, "") for layer, doc in one["layers"].items()]
        note = "One request, without the buffer. Each layer begins where the least of those before it ends."
        yield waterfall(f"layers-{number}", f"{text(one['name'], 80)}: cost by layer", note, named, currency, one["per_request"])


def by_owner(report: Report) -> Chart | None:
    """Whose the bill is."""
    portfolio, currency = report["portfolio"], report["provenance"]["currency"]
    if portfolio is None:
        return None
    parts = [
        Part(
            code(one["value"] or "nobody", 80),
            one["per_month"],
            month(one["per_month"], currency),
            note=text(one["tag"] or one["by"], 60),
        )
        for one in portfolio["showback"][:_MOST]
    ]
    return chart("by-owner", "A month by owner, team and tag", "A workload can count under several.", parts, ("Who", "A month"))
