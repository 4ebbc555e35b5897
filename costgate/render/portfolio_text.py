"""A portfolio for a terminal: what it costs, whose it is, what moved, what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from textwrap import wrap

from costgate.model.portfolio import BudgetDoc, GroupDoc, MoverDoc, Portfolio, SpanDoc
from costgate.render.escape import terminal
from costgate.render.figures import amount, count, plural, share
from costgate.render.grid import Column, line, widths
from costgate.render.options import Options

LISTED = 20
_SIGNS = {"USD": "$"}
_STATES = {"ok": "", "half": "over 50%", "near": "over 80%", "over": "OVER"}


def render(document: Portfolio, options: Options) -> str:
    """Sections for people; lists are cut, and say how much is left out."""
    return "\n".join(_lines(document, options)).rstrip() + "\n"


def _lines(document: Portfolio, options: Options) -> Iterator[str]:
    yield from wrap(headline(document), max(options.width, 40))
    yield from _groups("Teams", document["teams"], document["currency"], options)
    yield from _groups("Owners", document["owners"], document["currency"], options)
    yield from _workloads(document, options)
    yield from _movers(document, options)
    yield from _repositories(document, options)
    yield from _unknown(document)


def headline(document: Portfolio) -> str:
    """The whole in one sentence."""
    totals = document["totals"]
    if totals["per_month"] is None:
        cost = "no monthly cost is known: no workload declares its traffic"
    else:
        cost = f"{money(totals['per_month'], document['currency'])} a month (estimate)"
        if totals["budget"] is not None:
            cost += f", {used(totals['budget'], document['currency'])}"
    return (
        f"Portfolio of {_repositories_said(totals['repositories'])}: {cost}; "
        f"{plural(totals['counted'], 'model call')}, model known {share(totals['model_known'], totals['calls'])}, "
        f"priced {share(totals['priced'], totals['counted'])}; as of {document['as_of'] or 'never'}."
    )


def _groups(title: str, groups: Sequence[GroupDoc], currency: str, options: Options) -> Iterator[str]:
    if not any(group["name"] for group in groups):
        return
    columns = [Column(title, least=10), Column("Workloads", "right"), Column("A month", "right"), *_ENDS]
    rows = [
        [
            terminal(group["name"] or "(nobody)", 60),
            count(group["workloads"]),
            money(group["per_month"], currency),
            percent(group["share"]),
            used(group["budget"], currency),
        ]
        for group in groups
    ]
    yield from _table(columns, rows, options)


_ENDS = (Column("Share", "right"), Column("Budget", most=40))


def _workloads(document: Portfolio, options: Options) -> Iterator[str]:
    if not document["workloads"]:
        return
    columns = [
        Column("Workload", least=12),
        Column("Repository", least=10),
        Column("Owner", least=6, most=20),
        Column("A request", "right"),
        Column("A month", "right"),
        *_ENDS,
    ]
    currency = document["currency"]
    rows = [
        [
            terminal(each["name"], 80) + (" (planned)" if each["planned"] else ""),
            terminal(each["repository"], 80),
            terminal(each["owner"] or each["team"] or "", 40),
            money(each["per_request"], currency),
            money(each["per_month"], currency),
            percent(each["share"]),
            used(each["budget"], currency),
        ]
        for each in document["workloads"]
    ]
    yield from _table(columns, rows, options)


def _movers(document: Portfolio, options: Options) -> Iterator[str]:
    if not document["movers"]:
        return
    columns = [
        Column("Moved since the commit before", least=16),
        Column("", most=16),
        *(_right("Before", "After", "Change")),
    ]
    rows = []
    for each in document["movers"]:
        name = f"{each['repository']} {each['workload'] or ''}".strip()
        rows.append([terminal(name, 100), each["unit"], *moved(each, document["currency"])])
    yield from _table(columns, rows, options)


def moved(mover: MoverDoc, currency: str) -> tuple[str, str, str]:
    """Before, after and the change between them."""
    sign = _SIGNS.get(currency, "") if mover["unit"] == "money a month" else ""
    before, after, delta = (Decimal(mover[name]) for name in ("before", "after", "delta"))
    return f"{sign}{amount(before)}", f"{sign}{amount(after)}", f"{'+' if delta > 0 else '-'}{sign}{amount(abs(delta))}"


def _repositories(document: Portfolio, options: Options) -> Iterator[str]:
    columns = [
        Column("Repository", least=12),
        *_right("Calls", "Known", "Priced", "Prompts", "Errors", "Warnings"),
        Column("Audited", most=10),
    ]
    rows = [
        [
            terminal(each["name"], 100),
            count(each["counted"]),
            share(each["model_known"], each["calls"]),
            share(each["priced"], each["counted"]),
            count(each["prompt_tokens"]),
            count(each["errors"]),
            count(each["warnings"]),
            each["as_of"],
        ]
        for each in sorted(document["repositories"], key=lambda one: (-one["errors"], -one["counted"], one["name"]))
    ]
    yield from _table(columns, rows, options)


def _unknown(document: Portfolio) -> Iterator[str]:
    totals = document["totals"]
    if totals["without_month"]:
        yield ""
        yield f"{plural(totals['without_month'], 'workload')} without a monthly figure, left out of every sum."
    silent = len(
        {each["name"] for each in document["repositories"]} - {each["repository"] for each in document["workloads"]}
    )
    if silent:
        yield ""
        yield f"{count(silent)} of {count(totals['repositories'])} repositories declare no workload, so their month is not known."


def _right(*titles: str) -> list[Column]:
    return [Column(title, "right") for title in titles]


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]], options: Options) -> Iterator[str]:
    shown = rows[:LISTED]
    sizes = widths(columns, shown, options.width) or widths(columns, shown, 10_000)
    assert sizes is not None
    yield ""
    yield line(columns, [column.title for column in columns], sizes).plain
    for row in shown:
        yield line(columns, row, sizes).plain
    if len(rows) > len(shown):
        yield f"... and {count(len(rows) - len(shown))} more (--format json or csv has all)"


def money(span: SpanDoc | None, currency: str) -> str:
    """The likely figure with its range: `$12,800 ($9,100–20,300)`; `+` where nothing bounds it; `?` where unknown."""
    if span is None:
        return "?"
    sign = _SIGNS.get(currency, f"{currency} ")
    low = amount(Decimal(span["low"]))
    ends = f"{low}+" if span["high"] is None else low
    if span["high"] is not None and Decimal(span["high"]) != Decimal(span["low"]):
        ends = f"{low}–{amount(Decimal(span['high']))}"
    if span["likely"] is None or span["likely"] in (span["low"], span["high"]):
        return f"{sign}{ends}"
    return f"{sign}{amount(Decimal(span['likely']))} ({sign}{ends})"


def percent(part: str | None) -> str:
    """A share in per cent; nothing for none."""
    return "" if part is None else f"{Decimal(part) * 100:.0f}%"


def used(budget: BudgetDoc | None, currency: str) -> str:
    """`82% of $300  over 80%`; nothing without a budget."""
    if budget is None:
        return ""
    cap = f"{_SIGNS.get(currency, '')}{amount(Decimal(budget['cap']))}"
    if budget["used"] is None:
        return f"of {cap}: not known"
    state = _STATES[budget["state"] or "ok"]
    return f"{percent(budget['used'])} of {cap}" + (f"  {state}" if state else "")


def _repositories_said(number: int) -> str:
    return f"{count(number)} {'repository' if number == 1 else 'repositories'}"
