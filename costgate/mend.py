"""Applies fixes: only those after which the finding is gone and no new one is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from costgate.fix import apply, offset, patch
from costgate.model.fix import Edit
from costgate.model.report import FindingDoc, Report
from costgate.model.value import Span
from costgate.store.replace import replace_file

Judge: TypeAlias = "Callable[[Mapping[str, bytes] | None], Report]"
"""Judges the tree with other bytes in some files."""
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Mended:
    """The report as it is with the fixes, the files before and after, and how many findings they mend."""

    report: Report
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    count: int

    @property
    def patch(self) -> str:
        """What changes, as a unified difference."""
        return patch(self.before, self.after)


def mend(root: Path, judge: Judge, *, unsafe: bool) -> Mended:
    """Try the fixes on the tree in memory, again as long as mending one thing shows another that can be mended."""
    done = Mended(judge(None), {}, {}, 0)
    for _ in range(_ROUNDS):
        more = _round(root, judge, done, unsafe=unsafe)
        if more is done:
            break
        done = more
    return done


def _round(root: Path, judge: Judge, done: Mended, *, unsafe: bool) -> Mended:
    """Fixes of a rule and file that do not help there are left out."""
    first = done.report
    offered = [one for one in first["findings"] if _wanted(one, unsafe)]
    paths = {edit["path"] for one in offered for edit in one["fix"]["edits"]}
    files = {path: done.after[path] if path in done.after else (root / path).read_bytes() for path in sorted(paths)}
    refused: set[tuple[str, str]] = set()
    for _ in range(_ROUNDS):
        kept = _together([one for one in offered if (one["rule"], one["path"]) not in refused], files)
        if not kept:
            break
        made = apply(files, [edit for edits in kept.values() for edit in edits])
        after = {**done.after, **made}
        last = judge(after)
        bad = _unhelpful(first, last, [one for one in offered if one["fingerprint"] in kept])
        if not bad:
            before = {**{path: files[path] for path in made}, **done.before}
            return Mended(last, before, after, done.count + len(kept))
        refused |= bad
    return done


def write(root: Path, mended: Mended) -> None:
    """Put the mended files on disk, each in one step."""
    for path, data in mended.after.items():
        replace_file(str(root / path), mended.before[path], data)


def _wanted(finding: FindingDoc, unsafe: bool) -> bool:
    fix = finding.get("fix")
    return fix is not None and (fix["safe"] or unsafe)


def _together(findings: Iterable[FindingDoc], files: Mapping[str, bytes]) -> dict[str, tuple[Edit, ...]]:
    """The edits of each finding; where two would touch the same bytes, only those of the first."""
    taken: dict[str, set[tuple[int, int]]] = {}
    seen: set[tuple[Edit, ...]] = set()
    kept: dict[str, tuple[Edit, ...]] = {}
    for finding in sorted(findings, key=lambda one: (not one["fix"]["safe"], one["rule"], one["path"], one["line"])):
        edits = tuple(_edit(edit, files[edit["path"]]) for edit in finding["fix"]["edits"])
        touched = {place for edit in edits for place in taken.get(edit.path, ()) if _meet((edit.start, edit.end), place)}
        if touched and edits not in seen:
            continue
        for edit in edits:
            taken.setdefault(edit.path, set()).add((edit.start, edit.end))
        seen.add(edits)
        kept[finding["fingerprint"]] = edits
    return kept


def _edit(edit: Mapping[str, object], data: bytes) -> Edit:
    line, column, last, end = (int(str(edit[name])) for name in ("start_line", "start_column", "end_line", "end_column"))
    places = offset(data, line, column), offset(data, last, end)
    assert places[0] is not None and places[1] is not None
    path = str(edit["path"])
    return Edit(path, places[0], places[1], str(edit["text"]), Span(path, line, column, last, end))


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _unhelpful(first: Report, last: Report, fixed: Iterable[FindingDoc]) -> set[tuple[str, str]]:
    """(rule, file) of fixes after which as many findings are left as before, or another error is there."""
    places = Counter((one["rule"], one["path"]) for one in fixed)
    before, after = (Counter((one["rule"], one["path"]) for one in _open(report)) for report in (first, last))
    bad = {place for place, count in places.items() if after[place] > before[place] - count}
    errors = {(one["rule"], one["path"]) for one in _open(last) if one["severity"] == "error"}
    worse = {path for rule, path in errors if after[rule, path] > before[rule, path]}
    return bad | {place for place in places if place[1] in worse}


def _open(report: Report) -> list[FindingDoc]:
    return [one for one in report["findings"] if one["state"] == "open"]
