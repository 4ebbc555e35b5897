"""What comes first: dearest calls, largest changes, worst findings."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from costgate.model.report import CallDoc, CauseDoc, ChangeDoc, FindingDoc, PromptDoc, RangeDoc, Report
from costgate.render.figures import is_zero, size

SEVERITY = {"error": 0, "warning": 1, "info": 2}
_FREE = frozenset({"timeout", "retries", "loop"})
"""Causes that leave the cost of one request as it is."""
_SELDOM = 10


def ranked_calls(calls: Iterable[CallDoc]) -> list[CallDoc]:
    """Counted calls, the dearest first, then by prompt size, then by place."""
    return sorted(
        (call for call in calls if call["counted"]),
        key=lambda call: (-_call_size(call), -size(call["input_tokens"]), call["path"], call["line"]),
    )


def ranked_changes(changes: Iterable[ChangeDoc]) -> list[ChangeDoc]:
    """Changes that cost or save something, or may; the largest first. Moves are left out: they cost nothing."""
    return sorted((change for change in changes if change["kind"] != "moved"), key=_change_key)


def ranked_causes(change: ChangeDoc) -> list[CauseDoc]:
    """What moved the cost of a request most first: the prompts, or else the model, a cap and their like."""
    texts_first = _is_of_text(change)

    def key(cause: CauseDoc) -> tuple[int, int]:
        tokens = abs(cause["delta_tokens"] or 0)
        return 2 if cause["what"] in _FREE else int(bool(tokens) != texts_first), -tokens

    return sorted(change["causes"], key=key)


def _is_of_text(change: ChangeDoc) -> bool:
    """Whether prompts gained most of what a request costs more: their tokens, at what a token cost before.

    A cap is seldom reached: one that was raised comes first only where it may cost many times what the prompts do.
    """
    before, cost, tokens = change["before"], change["delta"]["cost"], change["delta"]["tokens"]
    if before is None or cost is None or tokens is None or tokens["unbounded"]:
        return True
    old, sent = before["cost_per_call"], before["input_tokens"]
    if cost["unbounded"] or old is None or sent is None or not Decimal(sent["low"]):
        return not cost["unbounded"]
    explained = _expected(tokens) * Decimal(old["low"]) / Decimal(sent["low"])
    expected, most = _expected(cost), abs(Decimal(cost["high"] or cost["low"]))
    return explained * expected >= 0 and abs(explained) >= max(abs(expected) / 2, most / _SELDOM)


def _expected(delta: RangeDoc) -> Decimal:
    return Decimal(delta["low"] if delta["likely"] is None else delta["likely"])


def grown_prompts(report: Report) -> list[PromptDoc]:
    """Prompt files that a change made longer and that no call is seen to send, the one that gained most first."""
    found = [each for each in report["prompts"] if each.get("format") and not each["used_by"] and gained(each) > 0]
    return sorted(found, key=lambda one: (-gained(one), one["path"]))


def gained(prompt: PromptDoc) -> int:
    """Tokens that a change added to a prompt."""
    return int(size(prompt.get("delta")))


def ranked_findings(findings: Iterable[FindingDoc]) -> list[FindingDoc]:
    """The worst first, then by place."""
    return sorted(findings, key=lambda one: (SEVERITY[one["severity"]], *place_key(one)))


def place_key(one: FindingDoc) -> tuple[str, int, int, int, str, str]:
    """Where a finding stands, for a stable order."""
    cell = -1 if one["cell"] is None else one["cell"]
    return one["path"], cell, one["line"], one["start_column"], one["rule"], one["fingerprint"]


def _call_size(call: CallDoc) -> Decimal:
    """Where nothing bounds the sum, its bounded parts count in full: an open prompt must not hide a missing cap."""
    cost, lines = call["cost_per_call"], call["cost_lines"]
    if cost is None or not cost["unbounded"] or not lines:
        return size(cost)
    return sum((size(line["amount"]) for line in lines), Decimal(0))


def _change_key(change: ChangeDoc) -> tuple[int, Decimal, Decimal, str]:
    """What has no upper bound, then known differences by size, then the unknown, then what comes to nothing."""
    cost, tokens = change["delta"]["cost"], change["delta"]["tokens"]
    tier = 2 if cost is None else 0 if cost["unbounded"] else 3 if is_zero(cost) else 1
    return tier, -_magnitude(cost), -_magnitude(tokens), change["key"]


def _magnitude(delta: RangeDoc | None) -> Decimal:
    return Decimal(-1) if delta is None else abs(size(delta))
