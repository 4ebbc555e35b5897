"""Steps of a derivation that both a call and a workload have: quantity x rate = amount, where, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from costgate.model.report import RangeDoc, Report, WorkloadDoc
from costgate.render import escape, figures
from costgate.render.figures import money, tokens
from costgate.render.phrase import place


def workload_steps(report: Report, workload: WorkloadDoc, key: str) -> Iterator[str]:
    """What this call contributes to a request of the workload, and what all of it costs."""
    currency = report["provenance"]["currency"]
    for line in workload["lines"]:
        if line["site"] == key:
            rate: RangeDoc = {"low": line["rate"], "likely": None, "high": line["rate"], "unbounded": False, "basis": "exact"}
            yield (
                f"{said(line['layer'])}, {said(line['what'])}: {quantity(line['quantity'])} at {money(rate, currency)} per "
                f"{said(line['unit'])} = {money(line['amount'], currency)}"
            )
    others = {line["site"] for line in workload["lines"]} - {key, None}
    rest = f", with {figures.plural(len(others), 'other call')} and what is no call" if others else ""
    yield f"= {money(workload['per_request'], currency)} for one request of the workload{rest}"
    traffic = workload["traffic"]
    if workload["per_month"] is not None and traffic is not None:
        yield f"{money(workload['per_month'], currency)} a month at {quantity(traffic)} requests ({traffic['basis']})"
    for each in workload["assumptions"]:
        yield f"with {said(each)}"
    yield f"declared at {at(workload['path'], workload['line'])}"


def quantity(given: RangeDoc) -> str:
    """Tokens, or a part of them where a share is cached, batched or repeated."""
    ends = [None if end is None else Decimal(end) for end in (given["low"], given["high"])]
    if all(end is None or end == end.to_integral_value() for end in ends):
        return tokens({**given, "low": int(Decimal(given["low"]))})
    low, high = (None if end is None else figures.amount(end) for end in ends)
    return f"{low}+" if high is None else f"{low}" if low == high else f"{low}–{high}"


def at(path: str | None, line: int | None, cell: int | None = None) -> str:
    """A place, safe for a terminal."""
    return escape.terminal(place(path, line, cell) or "in the library")


def said(text: str) -> str:
    """Words from the judged tree on one line, safe for a terminal."""
    return escape.terminal(" ".join(text.split()), 300)
