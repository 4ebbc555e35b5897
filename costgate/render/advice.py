"""What could not be known, by kind, with what to declare; and what was taken for granted instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from costgate.model.report import CallDoc, GapDoc, HoleDoc, RangeDoc, Report
from costgate.render import figures
from costgate.render.phrase import Code, Phrase, Said, place

_DECLARE = {
    "model": "name the model in the code, or map the name it has there under `models:` in costgate.yaml",
    "price": "add its rates under `prices:` in costgate.yaml",
    "prompt": "say how large it gets under `profiles:` in costgate.yaml",
    "prompt_file": "mend what it names, or list the file under `exclude:` in costgate.yaml",
    "hole": "say how large it gets under `profiles:` in costgate.yaml",
    "sizes": "mend the sizes of the workload in costgate.yaml, or what the code allows",
    "holes": "name a hole that the prompts have: `costgate explain PATH:LINE` tells their names",
    "output": "set an output limit in the code, or `output_tokens` under `profiles:` in costgate.yaml",
    "file": "nothing in these files was judged: mend them, or list them under `exclude:` in costgate.yaml",
    "version": "fix the package's release in a lock file or a requirement",
    "callers": "teach the function as a call of its own, under `.costgate/sdks/`",
    "turns": "say how many turns there are under `turns:` of the workload in costgate.yaml",
    "history": "say what each turn sends again: `history` under `turns:` of the workload in costgate.yaml",
    "retrieval": "say how many passages there are: `chunks` under `retrieval:` of the workload in costgate.yaml",
    "calls_per_request": "say how often a request makes the call under `calls_per_request:` of the workload in costgate.yaml",
    "traffic": "give the workload its `traffic:` in costgate.yaml",
    "workload": "mend the workload's `sites:` or `planned:` in costgate.yaml",
    "cache": "say `cache_hit` and `cache_write`, which a prompt that is too short has none of; rates go under `prices:`",
    "fallbacks": "mend the model under `fallbacks:` of the workload in costgate.yaml, or give its price under `prices:`",
    "batch": "add the model's batch rates under `prices:` in costgate.yaml",
}
_SAME = {
    "input": "hole",
    "input_tokens": "hole",
    "output_limit": "output",
    "output_tokens": "output",
    "unread": "file",
}
_OTHERWISE = "the JSON report lists each with its place"


@dataclass(frozen=True, slots=True)
class GapGroup:
    """All gaps of one kind. `whys` are the distinct reasons, the most frequent first, each with its places."""

    what: str
    number: int
    whys: tuple[tuple[str, tuple[str, ...]], ...]
    declare: str


def gap_groups(report: Report) -> list[GapGroup]:
    """The report's gaps by kind, the most frequent kind first. A gap that a call repeats counts once."""
    kinds: dict[str, list[GapDoc]] = {}
    for gap in _distinct([*report["gaps"], *(gap for call in report["calls"] for gap in call["gaps"])]):
        kinds.setdefault(gap["what"], []).append(gap)
    return sorted((_group(what, gaps) for what, gaps in kinds.items()), key=lambda group: (-group.number, group.what))


def _distinct(gaps: Iterable[GapDoc]) -> list[GapDoc]:
    return list({(gap["path"], gap["line"], gap["what"], gap["why"]): gap for gap in gaps}.values())


def _group(what: str, gaps: list[GapDoc]) -> GapGroup:
    found: dict[str, list[str]] = {}
    for gap in gaps:
        found.setdefault(gap["why"], []).append(place(gap["path"], gap["line"]))
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    whys = tuple((why, tuple(sorted(filter(None, places)))) for why, places in ordered)
    return GapGroup(what, len(gaps), whys, _DECLARE.get(_SAME.get(what, what), _OTHERWISE))


def assumptions(report: Report) -> list[Phrase]:
    """What the figures of these calls rest on besides the code: sizes of holes, missing caps, reasoning, retries."""
    calls = [call for call in report["calls"] if call["counted"]]
    found = [line for call in calls for line in _call_assumptions(call)]
    return list(dict.fromkeys([*found, *_retry_assumption(calls)]))


def _call_assumptions(call: CallDoc) -> list[Phrase]:
    where = Code(place(call["path"], call["line"], call["cell"]))
    lines = [_hole(hole) for hole in call["prompt"]["holes"]]
    if call["output_limit"]["state"] == "absent" and call["output_tokens"] is not None:
        top = figures.tokens(call["output_tokens"])
        lines.append((where, f" sets no output limit: {top} output tokens, up to the most the model can give"))
    if call["reasoning"]["on"] and call["reasoning"]["default_on"] and call["reasoning"]["bound"] is None:
        lines.append((where, " reasons by default and without a limit: that is billed as output"))
    return lines


def _retry_assumption(calls: list[CallDoc]) -> list[Phrase]:
    products = [call["retries"]["product"] or 0 for call in calls]
    repeated = [product for product in products if product > 1]
    if not repeated:
        return []
    most = figures.count(max(repeated))
    return [(f"{figures.plural(len(repeated), 'call')} may be sent again after a failure, up to {most} requests each",)]


def _hole(hole: HoleDoc) -> Phrase:
    name, where = Code(hole["name"]), Code(place(hole["path"], hole["line"], hole.get("cell")))
    if hole["low"] is None or hole["basis"] is None:
        return (name, " at ", where, " has no known size, so the upper end is open")
    size: RangeDoc = {
        "low": hole["low"],
        "likely": hole["likely"],
        "high": hole["high"],
        "unbounded": hole["high"] is None,
        "basis": hole["basis"],
    }
    return (name, " at ", where, f" taken as {figures.tokens(size)} tokens (", Said(hole["basis"]), ")")
