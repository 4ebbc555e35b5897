"""Requests that one place in the code makes through the same wrapper or several, as one row of the table of calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from costgate.model.report import CallDoc, RangeDoc


@dataclass(frozen=True, slots=True)
class Row:
    """One place; `call` stands for all that it makes, `tokens` and `cost` are theirs together."""

    call: CallDoc
    times: int
    tokens: RangeDoc | None
    cost: RangeDoc | None


def rows(calls: Sequence[CallDoc]) -> list[Row]:
    """The calls in their order, those of one place that ask alike at the first of them."""
    groups: dict[object, list[CallDoc]] = {}
    for call in calls:
        groups.setdefault(_alike(call), []).append(call)
    return [
        Row(
            group[0],
            len(group),
            _together([call["input_tokens"] for call in group]),
            _together([call["cost_per_call"] for call in group]),
        )
        for group in groups.values()
    ]


def _alike(call: CallDoc) -> object:
    place = call["path"], call["cell"], call["line"], call["function"]
    if call["via"] is None:
        return call["key"], place
    return place, repr(call["model"]["values"]), call["model"]["state"], call["output_limit"]["state"], repr(call["output_limit"]["values"])


def _together(docs: Iterable[RangeDoc | None]) -> RangeDoc | None:
    """Ranges end by end; unknown where one of them is."""
    found = list(docs)
    known = [each for each in found if each is not None]
    if len(known) != len(found) or len(known) < 2:
        return known[0] if len(known) == len(found) else None
    first = known[0]
    likely = [each["likely"] if each["likely"] is not None or each["low"] != each["high"] else each["low"] for each in known]
    basis = next((each["basis"] for each in known if each["basis"] != first["basis"] and each["basis"] != "exact"), first["basis"])
    return {
        **first,
        "low": _sum([each["low"] for each in known]) or first["low"],
        "likely": _sum(likely),
        "high": _sum([each["high"] for each in known]),
        "unbounded": any(each["unbounded"] for each in known),
        "basis": basis,
    }


def _sum(ends: Sequence[str | int | None]) -> str | int | None:
    if any(end is None for end in ends):
        return None
    total = sum((Decimal(end) for end in ends if end is not None), Decimal(0))
    return int(total) if all(isinstance(end, int) for end in ends) else str(total)
