"""Sentences about a report, with the judged text in them marked, so that each output can escape it its own way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from costgate.model.report import CallDoc, CauseDoc, ChangeDoc, FindingDoc, Report, ValueDoc
from costgate.render.figures import UNKNOWN, count, is_zero, money, money_change, plural, share, signed, token_change
from costgate.render.rank import (
    SEVERITY,
    gained,
    grown_prompts,
    ranked_calls,
    ranked_causes,
    ranked_changes,
    ranked_findings,
)


@dataclass(frozen=True, slots=True)
class Code:
    """A name or path from the judged tree."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """Prose that holds words from the judged tree, the policy or a saved report."""

    text: str


Phrase: TypeAlias = "tuple[str | Code | Said, ...]"


@dataclass(frozen=True, slots=True)
class Speech:
    """How an output spells a phrase: names, prose, and our own words."""

    code: Callable[[str], str]
    said: Callable[[str], str]
    own: Callable[[str], str] = str

    def spell(self, phrase: Phrase) -> str:
        """The phrase as text."""
        return "".join(self._part(part) for part in phrase)

    def _part(self, part: str | Code | Said) -> str:
        if isinstance(part, Code):
            return self.code(part.text)
        return self.said(part.text) if isinstance(part, Said) else self.own(part)


_CAME_OR_WENT = {"call added": "new call", "call removed": "removed call"}
_WORTH_TELLING = 200
"""Tokens: a prompt file that no call is seen to send makes a comment from here on."""
POLICY = "policy"
POLICY_TITLE = "This change edits the policy, and is judged by the one before it"
"""The kind of exception that is a changed word of the configuration, and what stands above a list of these."""


def place(path: str | None, line: int | None, cell: int | None = None) -> str:
    """`src/a.py:3`, or `nb.ipynb:cell 2:3` with cells counted from 1, or what is known of it."""
    parts = (path or "", "" if cell is None else f"cell {cell + 1}", str(line) if line else "")
    return ":".join(part for part in parts if part)


def open_findings(report: Report) -> list[FindingDoc]:
    """The findings that the verdict rests on."""
    return [finding for finding in report["findings"] if finding["state"] == "open"]


def has_news(report: Report) -> bool:
    """Whether a pull request changes a call, an exception or a prompt, or breaks a rule: without, nobody needs a comment."""
    changes = ranked_changes(report["changes"])
    longer = any(gained(each) >= _WORTH_TELLING for each in grown_prompts(report))
    return bool(
        changes or longer or open_findings(report) or report["exceptions_changed"] or report["verdict"]["result"] != "pass"
    )


def severities(findings: Iterable[FindingDoc]) -> str:
    """`2 errors, 1 warning, 3 info`; `nothing found` for none."""
    counted = Counter(finding["severity"] for finding in findings)
    words = [count(counted[name]) + " info" if name == "info" else plural(counted[name], name) for name in SEVERITY]
    return ", ".join(word for word, name in zip(words, SEVERITY, strict=True) if counted[name]) or "nothing found"


def hidden(report: Report) -> str:
    """`4 existing, 1 waived`: findings that are not open; empty for none."""
    counted = Counter(finding["state"] for finding in report["findings"])
    return ", ".join(
        f"{count(counted[state])} {state}" for state in ("existing", "suppressed", "waived") if counted[state]
    )


def headline(report: Report) -> Phrase:
    """What matters most, in one sentence without a full stop."""
    tell = {"audit": _audit_headline, "diff": _diff_headline, "check": _check_headline}
    return tell[report["provenance"]["mode"]](report)


def _audit_headline(report: Report) -> Phrase:
    head, coverage = report["totals"]["head"], report["coverage"]
    if not head["calls"]:
        return (
            f"no model call in {plural(coverage['files'], 'file')}, {count(coverage['read'])} of them read in depth",
        )
    files = len({call["path"] for call in report["calls"] if call["counted"]})
    found = f"{plural(head['counted'], 'model call')} in {plural(files, 'file')}"
    if head["cost_per_call"] is None or not head["priced"]:
        return (f"{found}, none of them priced",)
    total = money(head["cost_per_call"], report["provenance"]["currency"])
    unpriced = head["counted"] - head["priced"]
    rest = f" ({count(unpriced)} not priced)" if unpriced else ""
    dearest = ranked_calls(report["calls"])[:1]
    tail = tuple(
        part
        for call in dearest
        for part in (", the dearest at ", Code(place(call["path"], call["line"], call["cell"])))
    )
    return (f"{found}, together {total} for one request each{rest}", *tail)


def _diff_headline(report: Report) -> Phrase:
    changes = ranked_changes(report["changes"])
    if not changes:
        longer = grown_prompts(report)
        if not longer and report["verdict"]["result"] != "pass":
            return ("no call changed", *_worst(report))
        by = token_change(longer[0].get("delta")).replace("+", "", 1) if longer else ""
        return ("no call changed", *((", but ", Code(longer[0]["path"]), f" grew by {by} tokens") if longer else ()))
    causes = because(changes[0])
    return (f"{change_sum(report)}{_a_month(report)}", *((", mainly ", *causes[0]) if causes else ()))


def _worst(report: Report) -> Phrase:
    """The finding that the verdict rests on most."""
    names = {rule["id"]: rule["name"] for rule in report["rules"]}
    for one in ranked_findings(open_findings(report)):
        where = (" at ", Code(place(one["path"], one["line"], one["cell"]))) if one["path"] else ()
        return (", but ", Said(names.get(one["rule"]) or one["rule"]), *where)
    return ()


def _a_month(report: Report) -> str:
    """What the workloads cost more a month; nothing where none is touched."""
    delta = report["portfolio"]["delta"] if report["portfolio"] else None
    if delta is None or is_zero(delta):
        return ""
    return f", {money_change(delta, report['provenance']['currency'])} a month"


def change_sum(report: Report) -> str:
    """The change as one number: money where it is known, else tokens."""
    delta, changes = report["totals"]["delta"], ranked_changes(report["changes"])
    over = f"over {plural(len(changes), 'changed call')}"
    unpriced = sum(change["delta"]["cost"] is None for change in changes)
    rest = f" ({count(unpriced)} not priced)" if unpriced else ""
    if delta and delta["cost"] and unpriced < len(changes):
        if is_zero(delta["cost"]):
            return f"no change in cost {over}{rest}"
        return f"{money_change(delta['cost'], report['provenance']['currency'])} per request {over}{rest}"
    if delta and delta["tokens"] and not is_zero(delta["tokens"]):
        return f"{token_change(delta['tokens'])} input tokens per request {over}, cost not known"
    return f"cost not known {over}"


def _check_headline(report: Report) -> Phrase:
    found = open_findings(report)
    if not found:
        return (f"nothing found in {plural(report['coverage']['files'], 'file')}",)
    return (f"{severities(found)} in {plural(len({finding['path'] for finding in found}), 'file')}",)


def cause(one: CauseDoc) -> Phrase:
    """`prompts/system.md:1 +1,820 tokens`, or `model a → b`."""
    tokens = one["delta_tokens"]
    if one["what"] in _CAME_OR_WENT:
        called = one["after"] or one["before"] or "?"
        return (f"{_CAME_OR_WENT[one['what']]} ", Code(called), " at ", Code(place(one["path"], one["line"])))
    if one["before"] is not None or one["after"] is not None:
        old, new = (Code(end) if end is not None else "none" for end in (one["before"], one["after"]))
        tail = f" ({signed(tokens)} tokens)" if tokens else ""
        return (Said(f"{one['what']}{lines(one['line'], one.get('end_line'))}"), " ", old, " → ", new, tail)
    where = Code(place(one["path"], one["line"]))
    return (where, f" {signed(tokens)} tokens") if tokens else (Said(one["what"]), " at ", where)


def because(change: ChangeDoc) -> list[Phrase]:
    """The causes, the weightiest first; one that lies in another file than the call says where."""
    side = change["after"] or change["before"]
    return [(*cause(one), *_elsewhere(one, side["path"] if side else None)) for one in ranked_causes(change)]


def _elsewhere(one: CauseDoc, path: str | None) -> Phrase:
    told = one["what"] in _CAME_OR_WENT or one["path"] in one["what"] or (one["before"] is None and one["after"] is None)
    return () if told or not one["path"] or one["path"] == path else (" at ", Code(place(one["path"], one["line"])))


def lines(first: int, last: int | None) -> str:
    """`:12-40` behind a path, `:12` for one line; nothing where no lines are told."""
    return "" if last is None else f":{first}-{last}" if last > first else f":{first}"


def values(value: ValueDoc, absent: str) -> str:
    """The known values, raw; `absent` where nothing is passed, `?` where it is not known."""
    if value["state"] == "unknown":
        return UNKNOWN
    if value["state"] == "absent":
        return absent
    return " or ".join(_value(member, absent) for member in value["values"])


def _value(member: object, absent: str) -> str:
    if member is None:
        return absent
    return count(member) if isinstance(member, int) and not isinstance(member, bool) else str(member)


_NO_MODEL = "the model is not known: "


def reasons(call: CallDoc) -> list[Phrase]:
    """Why something about a call is not known, one phrase each. A gap says it in a sentence of its own."""
    limits = {gap["why"] for gap in call["gaps"] if gap["what"] == "output_limit"}
    models = {gap["why"].removeprefix(_NO_MODEL) for gap in call["gaps"] if gap["what"] == "model"}
    told: list[Phrase] = []
    for why in dict.fromkeys(gap["why"] for gap in call["gaps"]):
        cause = why.removeprefix(_NO_MODEL)
        if why in limits:
            told += [] if why in models else [("the output limit is not known: ", Said(why))]
        elif cause in limits:
            told.append(("neither the model nor the output limit is known: ", Said(cause)))
        else:
            told.append((Said(why),))
    if call["model"]["state"] != "unknown" or any(gap["what"] == "model" for gap in call["gaps"]):
        return [*told]
    return [("the model is not known: ", Said(call["model"]["why"] or "nothing says which")), *told]


def coverage(report: Report) -> list[str]:
    """How much was seen, one clause each."""
    seen, totals = report["coverage"], report["totals"]["head"]
    whole = seen["counted"] or seen["calls"]
    inner = seen["calls"] - seen["counted"]
    said = [f"{plural(seen['files'], 'file')}, {count(seen['read'])} read in depth"]
    if is_partial(report):
        said.append("only what the change can reach was read, so sums over the whole tree are left out (--full has them)")
    if seen["skipped"]:
        said.append(f"{count(len(seen['skipped']))} not or only partly read")
    if totals["calls"]:
        said += [
            f"{label} {share(min(part, whole), whole)}"
            for label, part in (
                ("model known", seen["model_known"]),
                ("priced", seen["priced"]),
                ("prompt known", seen["input_known"]),
                ("capped", seen["capped"]),
            )
        ]
    if inner:
        said.append(f"{plural(inner, 'wrapper')} counted through {'its' if inner == 1 else 'their'} callers")
    return said


def is_partial(report: Report) -> bool:
    """Whether a change was judged by what it can reach, and not the whole tree."""
    return report["provenance"]["mode"] == "diff" and report["coverage"].get("scope") == "change"


def verdict(report: Report) -> str:
    """`pass`, `warning` or `fail`."""
    return {"pass": "pass", "warn": "warning", "fail": "fail"}[report["verdict"]["result"]]


def prices(report: Report) -> Phrase:
    """Which price book, of which day."""
    book = report["provenance"]["price_book"]
    day = book.get("on", book["date"])
    name = () if book["id"] == day else (" (", Said(book["id"]), ")")
    return ("prices of ", Said(day), *name)


def ignore_comment(finding: FindingDoc) -> str:
    """What to write in the code to accept a finding."""
    return f"# costgate: ignore[{finding['rule']}] reason"


def kinds(changes: Iterable[ChangeDoc]) -> str:
    """`2 added, 1 changed, 4 moved`."""
    counted = Counter(change["kind"] for change in changes)
    order = ("added", "removed", "changed", "repriced", "moved")
    return ", ".join(f"{count(counted[kind])} {kind}" for kind in order if counted[kind])
