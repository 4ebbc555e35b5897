"""Where traffic tells otherwise than the code or the declarations: models, and sizes beyond what was declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from costgate.knowledge.providers import family_names
from costgate.model.measured import Drift, Measured
from costgate.model.report import CallDoc, RangeDoc, Report
from costgate.usage.join import SITE

_IDLE = Decimal("0.3")
"""A share of a fixed capacity below which most of what is paid for idles."""
_FEW = Decimal("0.02")
"""A share of the requests below which another model is an experiment."""


def with_text(measured: Iterable[Measured], report: Report) -> tuple[Measured, ...]:
    """Each call site's figures with what of its input stands in the code, where the calls of the site agree on that."""
    calls = _calls(report)
    return tuple(replace(one, text_tokens=_text(calls.get(one.target, ()))) if one.kind == SITE else one for one in measured)


def idle(measured: Iterable[Measured], report: Report) -> Iterator[Drift]:
    """Deployments with a fixed capacity of which traffic used less than a workload's declaration says."""
    usages = {each["name"]: each["usage"] for each in report["workloads"] if each["usage"] is not None}
    for one in measured:
        usage = usages.get(one.target) if one.kind != SITE else None
        days = _days(one)
        if usage is None or usage["capacity"] is None or days is None:
            continue
        capacity = Decimal(usage["capacity"]["likely"] or usage["capacity"]["low"])
        used = Decimal(one.input_total + one.output_total) * 30 / days
        share = (used / capacity).quantize(Decimal("0.001")) if capacity else None
        if share is not None and share < _IDLE:
            yield Drift(one.target, "the deployment can do", f"{capacity:,.0f} tokens a month", f"{used:,.0f} used", share)


def _days(one: Measured) -> int | None:
    if one.since is None or one.until is None:
        return None
    return (date.fromisoformat(one.until) - date.fromisoformat(one.since)).days + 1


def drifts(measured: Iterable[Measured], report: Report) -> Iterator[Drift]:
    """What differs. `report` must have been made without the measured figures."""
    calls = _calls(report)
    for one in measured:
        for call in calls.get(one.target, ())[:1] if one.kind == SITE else ():
            yield from _models(one, call)
            back = None if one.output is None else one.output.likely + (one.reasoning.likely if one.reasoning else 0)
            yield from _size(one, "answers of", call["output_tokens"], back)
            holes = call["prompt"]["holes"]
            if holes and all(hole["basis"] is not None for hole in holes):
                yield from _size(one, "prompts of", call["input_tokens"], one.input.likely if one.input else None)


def _calls(report: Report) -> Mapping[str, list[CallDoc]]:
    found: dict[str, list[CallDoc]] = {}
    for call in report["calls"]:
        if call["counted"]:
            found.setdefault(f"{call['path']}::{call['function']}", []).append(call)
            if call["via"] is not None:
                found.setdefault("::".join(call["via"].split("::")[:2]), []).append(call)
    return found


def _text(calls: Iterable[CallDoc]) -> int | None:
    sizes = set()
    for call in calls:
        whole = call["input_tokens"]
        holes = sum(hole["low"] or 0 for hole in call["prompt"]["holes"])
        sizes.add(None if whole is None else max(int(whole["low"]) - holes, 0))
    return sizes.pop() if len(sizes) == 1 else None


def _models(one: Measured, call: CallDoc) -> Iterator[Drift]:
    if call["model"]["state"] != "known" or not one.models:
        return
    known = {family_names(str(model))[-1:] for model in call["model"]["values"] if model}
    total = sum(one.models.values())
    for model, number in one.models.items():
        if family_names(model)[-1:] not in known and Decimal(number) / total >= _FEW:
            said = " or ".join(str(model) for model in call["model"]["values"])
            yield Drift(one.target, "the code asks for", said, f"{model} in {number} of {total} requests")


def _size(one: Measured, what: str, said: RangeDoc | None, mean: int | None) -> Iterator[Drift]:
    if said is None or mean is None or said["basis"] not in ("declared", "exact", "calibrated", "bounded"):
        return
    low, high = int(said["low"]), None if said["high"] is None else int(said["high"])
    edge = high if high is not None and mean > high else low if mean < low else None
    if edge is None:
        return
    declared = f"{low:,}" if low == high else f"{low:,}–{'' if high is None else f'{high:,}'}"
    factor = (Decimal(mean) / max(edge, 1)).quantize(Decimal("0.01"))
    yield Drift(one.target, what, f"{declared} tokens ({said['basis']})", f"{mean:,} on average", factor)
