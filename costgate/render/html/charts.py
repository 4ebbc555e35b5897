"""Bars in per cent of a chart's width: what is certain, what is possible beyond it, and whether nothing bounds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from costgate.model.report import RangeDoc, Report
from costgate.render.figures import UNKNOWN, money, money_change, plural, size, tokens
from costgate.render.html.tables import Cell, Places, code
from costgate.render.phrase import values
from costgate.render.rank import ranked_calls, ranked_changes

_MOST = 15
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart. `start` to `sure` is certain, `sure` to `end` possible; all in per cent of the width."""

    label: Cell
    figure: str
    start: str
    sure: str
    span: str
    open: bool = False
    kind: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars under a title. `note` says what is drawn."""

    name: str
    title: str
    note: str
    bars: Sequence[Bar]
    heads: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Part:
    """A quantity before it has a scale."""

    label: Cell
    doc: RangeDoc | None
    figure: str
    start: Decimal = _ZERO
    kind: str = ""
    note: str = ""


def layers(report: Report) -> Chart | None:
    """What one request through every call costs, layer by layer: each begins where the least of those before it ends."""
    currency = report["provenance"]["currency"]
    found: dict[str, list[RangeDoc]] = {}
    for call in report["calls"]:
        for line in call["cost_lines"] if call["counted"] else ():
            found.setdefault(line["layer"], []).append(line["amount"])
    if not found:
        return None
    named: list[tuple[Cell, RangeDoc, str]] = [
        (code(layer), total(amounts), plural(len(amounts), "call")) for layer, amounts in found.items()
    ]
    note = (
        f"One request through every {_calls(report)} that is priced. Each layer begins where the least of those before it "
        "ends."
    )
    whole = total([amount for amounts in found.values() for amount in amounts])
    return waterfall("layers", "Cost by layer", note, named, currency, whole)


def waterfall(
    name: str, title: str, note: str, named: Sequence[tuple[Cell, RangeDoc, str]], currency: str, whole: RangeDoc | None
) -> Chart:
    """Layers, each with a note, one after the other, and their sum."""
    parts, start = [], _ZERO
    for label, doc, aside in named:
        parts.append(Part(label, doc, money(doc, currency), start, note=aside))
        start += Decimal(doc["low"])
    parts.append(Part("Together", whole, money(whole, currency), kind="total"))
    return Chart(name, title, note, _scaled(parts), ("Layer", "Cost"))


def by_call(report: Report, places: Places) -> Chart | None:
    """The dearest calls."""
    currency = report["provenance"]["currency"]
    priced = [call for call in ranked_calls(report["calls"]) if call["cost_per_call"] is not None]
    priced.sort(key=lambda call: -_known(call["cost_per_call"]))
    parts = [
        Part(
            places.at(call["path"], call["line"], call["cell"], sub=call["function"]),
            call["cost_per_call"],
            money(call["cost_per_call"], currency),
        )
        for call in priced[:_MOST]
    ]
    left = f" {plural(len(priced) - _MOST, 'cheaper call')} left out here." if len(priced) > _MOST else ""
    note = f"One request through each {_calls(report)}, the longest bar first.{left}"
    return chart("by-call", "Cost by call", note, parts, ("Call", "Cost"))


def by_model(report: Report) -> Chart | None:
    """Calls by the model that they name, summed over one request each."""
    return _grouped(report, "by-model", "Cost by model", "Model", lambda call: values(call["model"], "none"))


def by_file(report: Report) -> Chart | None:
    """Calls by the file that they stand in."""
    if len({call["path"] for call in report["calls"]}) < 2:
        return None
    return _grouped(report, "by-file", "Cost by file", "File", lambda call: call["path"])


def _grouped(report: Report, name: str, title: str, head: str, of: object) -> Chart | None:
    currency = report["provenance"]["currency"]
    groups: dict[str, list[RangeDoc]] = {}
    for call in report["calls"]:
        if call["counted"] and call["cost_per_call"] is not None:
            groups.setdefault(of(call), []).append(call["cost_per_call"])  # type: ignore[operator]
    ranked = sorted(((key, total(found), len(found)) for key, found in groups.items()), key=lambda one: -_known(one[1]))
    parts = [
        Part(code(key or "?"), whole, money(whole, currency), note=plural(number, "call"))
        for key, whole, number in ranked[:_MOST]
    ]
    left = f" {plural(len(ranked) - _MOST, 'smaller one')} left out here." if len(ranked) > _MOST else ""
    return chart(name, title, f"One request through every {_calls(report)} that is priced.{left}", parts, (head, "Cost"))


def by_source(report: Report, places: Places) -> Chart | None:
    """Prompt texts by their tokens, with the budget where there is one."""
    ranked = sorted(report["prompts"], key=lambda one: (-size(one["tokens"]), one["path"], one["line"]))
    parts = [
        Part(
            places.at(one["path"], one["line"], sub=one["role"]),
            one["tokens"],
            tokens(one["tokens"]),
            kind="over" if one["budget"] is not None and size(one["tokens"]) > one["budget"] else "",
            note=", ".join(
                [
                    *([f"budget {one['budget']:,}"] if one["budget"] is not None else []),
                    f"in {plural(len(one['used_by']), 'call')}",
                ]
            ),
        )
        for one in ranked[:_MOST]
    ]
    left = f" {plural(len(ranked) - _MOST, 'smaller text')} left out here." if len(ranked) > _MOST else ""
    note = f"Text that stands in the repository and is sent to a model.{left}"
    return chart("by-source", "Tokens by prompt source", note, parts, ("Source", "Tokens"))


def steps(report: Report, places: Places) -> Chart | None:
    """From what a request cost before, change by change, to what it costs now."""
    totals, currency = report["totals"], report["provenance"]["currency"]
    base, head = (side and side["cost_per_call"] for side in (totals["base"], totals["head"]))
    changes = [change for change in ranked_changes(report["changes"]) if change["delta"]["cost"] is not None]
    if base is None or head is None or not changes:
        return None
    end = "low" if base["high"] is None or head["high"] is None else "high"
    parts, level = [Part("Before", _exactly(_end(base, end)), money(base, currency), kind="total")], _end(base, end)
    for change in changes[: _MOST - 3]:
        side = change["after"] or change["before"]
        delta = _end(change["delta"]["cost"], end)
        if side is not None:
            where = places.at(side["path"], side["line"], sub=side["function"])
            figure = money_change(change["delta"]["cost"], currency)
            parts.append(_step(where, delta, level, figure))
            level += delta
    rest = _end(head, end) - level
    if rest:
        parts.append(_step("All other changes", rest, level, money_change(_exactly(rest), currency)))
    parts.append(Part("After", _exactly(_end(head, end)), money(head, currency), kind="total"))
    which = "upper" if end == "high" else "lower"
    note = f"One request through every call that is priced. Drawn is the {which} end of each range."
    return Chart("steps", "From before to after", note, _scaled(parts), ("Change", "Cost"))


def _known(doc: RangeDoc | None) -> Decimal:
    """How long the known part of a bar is."""
    return _ZERO if doc is None else Decimal(doc["low"] if doc["high"] is None else doc["high"])


def _step(label: Cell, delta: Decimal, level: Decimal, figure: str) -> Part:
    kind = "more" if delta > 0 else "less"
    return Part(label, _exactly(abs(delta)), figure, level + min(delta, _ZERO), kind)


def _end(doc: RangeDoc | None, end: str) -> Decimal:
    given = doc and (doc["low"] if end == "low" else doc["high"])
    return _ZERO if given is None else Decimal(given)


def _exactly(number: Decimal) -> RangeDoc:
    return {"low": str(number), "likely": None, "high": str(number), "unbounded": False, "basis": "exact"}


def total(docs: Iterable[RangeDoc]) -> RangeDoc:
    """The sum of ranges, end by end; open where one is, and an estimate where one is."""
    kept = list(docs)
    highs = [one["high"] for one in kept]
    bases = {one["basis"] for one in kept}
    basis = next((name for name in ("assumed", "calibrated", "bounded") if name in bases), "exact")
    return {
        "low": str(sum((Decimal(one["low"]) for one in kept), _ZERO)),
        "likely": None,
        "high": None if None in highs else str(sum((Decimal(high) for high in highs if high is not None), _ZERO)),
        "unbounded": None in highs,
        "basis": basis,
    }


def _calls(report: Report) -> str:
    """What the report lists: a report of a change has the calls that the change affects."""
    return "changed call" if report["provenance"]["mode"] == "diff" else "call"


def chart(name: str, title: str, note: str, parts: Sequence[Part], heads: tuple[str, str]) -> Chart | None:
    """Bars from the left end on; None without any."""
    return Chart(name, title, note, _scaled(parts), heads) if parts else None


def _scaled(parts: Sequence[Part]) -> list[Bar]:
    """On one scale, whose end is the largest known number; a bar that nothing bounds runs to the end."""
    ends = [part.start + Decimal(part.doc["high"] or part.doc["low"]) for part in parts if part.doc is not None]
    scale = max(ends, default=_ZERO) or Decimal(1)
    return [_bar(part, scale) for part in parts]


def _bar(part: Part, scale: Decimal) -> Bar:
    if part.doc is None:
        return Bar(part.label, UNKNOWN, "0", "0", "0", kind=part.kind, note=part.note)
    low, high = Decimal(part.doc["low"]), part.doc["high"]
    start = part.start / scale * 100
    sure = low / scale * 100
    span = Decimal(100) - start - sure if high is None else (Decimal(high) - low) / scale * 100
    return Bar(
        part.label, part.figure, _percent(start), _percent(sure), _percent(span), high is None, part.kind, part.note
    )


def _percent(number: Decimal) -> str:
    return f"{max(number, _ZERO):.3f}".rstrip("0").rstrip(".")


def bars(parts: Iterable[tuple[Cell, RangeDoc | None, str, str]]) -> list[Bar]:
    """Bars from label, quantity, figure and note, on one scale."""
    return _scaled([Part(label, doc, figure, note=note) for label, doc, figure, note in parts])
