"""Steps of a derivation that both a call and a workload have: quantity x rate = amount, where, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from costgate.model.report import CostLineDoc, RangeDoc, Report, WorkloadDoc, WorkloadLineDoc
from costgate.render import escape, figures
from costgate.render.figures import money, tokens
from costgate.render.phrase import place


def workload_steps(report: Report, workload: WorkloadDoc, key: str) -> Iterator[str]:
    """What this call contributes to a request of the workload, and what all of it costs."""
    currency = report["provenance"]["currency"]
    for line in workload["lines"]:
        if line["site"] == key:
            yield f"{said(line['layer'])}, {said(line['what'])}: {multiplied(line, currency)}"
    others = {line["site"] for line in workload["lines"]} - {key, None}
    rest = f", with {figures.plural(len(others), 'other call')} and what is no call" if others else ""
    yield f"= {money(workload['per_request'], currency)} for one request of the workload{rest}"
    traffic = workload["traffic"]
    if workload["per_month"] is not None and traffic is not None:
        yield f"{money(workload['per_month'], currency)} a month at {quantity(traffic)} requests ({traffic['basis']})"
    for each in workload["assumptions"]:
        yield f"with {said(each)}"
    yield f"declared at {at(workload['path'], workload['line'])}"


def multiplied(line: CostLineDoc | WorkloadLineDoc, currency: str) -> str:
    """Quantity x rate = amount. A rate below nothing is what is paid less."""
    unit = said(line["unit"])
    rate = _plain(Decimal(line["rate"]), currency)
    return f"{quantity(line['quantity'])} at {rate} per {unit} = {_paid(line['amount'], currency)}"


def _plain(number: Decimal, currency: str) -> str:
    only: RangeDoc = {"low": str(number), "likely": None, "high": str(number), "unbounded": False, "basis": "exact"}
    return money(only, currency)


def _paid(given: RangeDoc, currency: str) -> str:
    low, high = (None if end is None else Decimal(end) for end in (given["low"], given["high"]))
    if low is not None and high is not None and (low < 0 or low > high):
        return f"{_plain(low, currency)} at best" + (f", {_plain(high, currency)} at worst" if high else "")
    return money(given, currency)


def quantity(given: RangeDoc) -> str:
    """Tokens, or a part of them where a share is cached, batched or repeated; what is more at best is told by its ends."""
    low, high = (None if end is None else Decimal(end) for end in (given["low"], given["high"]))
    if low is not None and high is not None and low > high:
        return f"{figures.amount(low)} at best" + (f", {figures.amount(high)} at worst" if high else "")
    ends = [None if end is None else Decimal(end) for end in (given["low"], given["high"])]
    if all(end is None or end == end.to_integral_value() for end in ends):
        return tokens({**given, "low": int(Decimal(given["low"]))})
    least, most = (None if end is None else figures.amount(end) for end in ends)
    return f"{least}+" if most is None else f"{least}" if least == most else f"{least}–{most}"


def at(path: str | None, line: int | None, cell: int | None = None) -> str:
    """A place, safe for a terminal."""
    return escape.terminal(place(path, line, cell) or "in the library")


def said(text: str) -> str:
    """Words from the judged tree on one line, safe for a terminal."""
    return escape.terminal(" ".join(text.split()), 300)
