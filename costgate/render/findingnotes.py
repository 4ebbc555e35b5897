"""Findings in a comment: a rule's fix and way out once, what only informs folded into one line a rule when it is many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from costgate.model.report import FindingDoc, Report
from costgate.render.alike import alike
from costgate.render.figures import count
from costgate.render.phrase import open_findings
from costgate.render.rank import ranked_findings
from costgate.render.words import Linker, finding_line

_FEW = 5
"""Informing findings that are spelled out all the same."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line above the fold: a finding, and others of its rule that it stands for. `again`: its fix stands above."""

    finding: FindingDoc
    others: tuple[FindingDoc, ...] = ()
    again: bool = False


def above(report: Report, linker: Linker, most: int) -> Iterator[str]:
    """The worst, one list item each, with a count of the rest."""
    found = notes(report)
    yield from (line(report, each, linker) for each in found[:most])
    left = sum(1 + len(each.others) for each in found[most:])
    if left:
        yield f"- {count(left)} more below"


def below(report: Report, most: int) -> list[Note]:
    """The places that are not named above the fold, each for itself."""
    found = notes(report)
    left = [one for note in found[:most] for one in note.others]
    left += [one for note in found[most:] for one in (note.finding, *note.others)]
    told = {each.finding["rule"] for each in found[:most]}
    made = []
    for one in left:
        made.append(Note(one, again=one["rule"] in told))
        told.add(one["rule"])
    return made


def notes(report: Report) -> list[Note]:
    """All open findings as lines, the worst first."""
    found = ranked_findings(open_findings(report))
    infos = [one for one in found if one["severity"] == "info"]
    if len(infos) <= _FEW:
        return _spelled(report, found)
    groups: dict[str, list[FindingDoc]] = {}
    for one in infos:
        groups.setdefault(one["rule"], []).append(one)
    folded = [Note(first, tuple(others)) for first, *others in groups.values()]
    return [*_spelled(report, [one for one in found if one["severity"] != "info"]), *folded]


def _spelled(report: Report, found: Sequence[FindingDoc]) -> list[Note]:
    told: set[str] = set()
    made = []
    for each in alike(report, found):
        made.append(Note(each.finding, each.others, again=each.finding["rule"] in told))
        told.add(each.finding["rule"])
    return made


def line(report: Report, note: Note, linker: Linker) -> str:
    """One of them as a list item."""
    return finding_line(report, note.finding, linker, again=note.again, others=len(note.others))
