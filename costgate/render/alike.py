"""Findings that say the same: at one place for several requests, or at many places that lead to the same request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costgate.model.report import FindingDoc, Report
from costgate.render.phrase import place

_CALLEE = "call.callee"


@dataclass(frozen=True, slots=True)
class Alike:
    """A finding and those at other places that say no more; `requests`: where the requests stand that all of them lead to.

    `here`: it is of that request itself.
    """

    finding: FindingDoc
    others: tuple[FindingDoc, ...] = ()
    requests: tuple[str, ...] = ()
    here: bool = False


def alike(report: Report, found: Sequence[FindingDoc]) -> list[Alike]:
    """Each place once, in the order of the first of those that say the same."""
    requests = _requests(report)
    groups: dict[object, list[FindingDoc]] = {}
    led: dict[object, tuple[str, ...]] = {}
    for same in _by_place(found).values():
        one = same[0]
        through = {requests.get(each["call_key"] or "", "") for each in same}
        shared = tuple(sorted(through)) if "" not in through else ()
        facts = tuple(sorted((name, str(value)) for name, value in one["data"].items() if name != _CALLEE))
        key = (one["rule"], one["severity"], one["state"], shared, facts) if shared else id(one)
        groups.setdefault(key, []).append(one)
        led[key] = shared
    return [_told(group, led[key]) for key, group in groups.items()]


def _told(group: list[FindingDoc], requests: tuple[str, ...]) -> Alike:
    """The request itself comes first, if it is among them."""
    here = next((one for one in group if len(requests) == 1 and place(one["path"], one["line"], one["cell"]) == requests[0]), None)
    first = here or group[0]
    return Alike(first, tuple(one for one in group if one is not first), requests, here is not None)


def once(found: Sequence[FindingDoc]) -> list[FindingDoc]:
    """Of those that say the same of one place the first."""
    return [same[0] for same in _by_place(found).values()]


def _by_place(found: Sequence[FindingDoc]) -> dict[object, list[FindingDoc]]:
    groups: dict[object, list[FindingDoc]] = {}
    for one in found:
        where = one["path"], one["cell"], one["line"], one["start_column"]
        groups.setdefault((*where, one["rule"], one["severity"], one["state"], one["message"]), []).append(one)
    return groups


def _requests(report: Report) -> dict[str, str]:
    """For each call that is made through another, and for that itself: where the request at the end of that way stands."""
    calls = {call["key"]: call for call in report["calls"]}
    found: dict[str, str] = {}
    for key, call in calls.items():
        last, seen = call, {key}
        while last["via"] in calls and last["via"] not in seen:
            seen.add(str(last["via"]))
            last = calls[str(last["via"])]
        if last is not call:
            found[key] = found[last["key"]] = place(last["path"], last["line"], last["cell"])
    return found
