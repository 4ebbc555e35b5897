"""Which waiver meets a finding, and whether it holds: before its end, and under its ceiling."""

from __future__ import annotations

from collections.abc import Sequence

from costgate.judge.evaluate import Fired
from costgate.model.money import Number, Range
from costgate.model.waiver import Waiver
from costgate.policy.glob import literal, matches, site_matches

_TREE = literal(".")
"""`path: .` is the tree as a whole."""


def waivers_at(fired: Fired, waivers: Sequence[Waiver]) -> tuple[Waiver, ...]:
    """The waivers that speak of a finding. What is said of exceptions themselves cannot be waived."""
    if fired.rule.each == "exception":
        return ()
    return tuple(each for each in waivers if fired.rule.id in each.rules and _about(each, fired))


def in_force(fired: Fired, met: Sequence[Waiver], as_of: str | None) -> tuple[Waiver | None, str]:
    """The first that holds, or none and why the last one does not."""
    complaint = ""
    for waiver in met:
        complaint = _complaint(fired, waiver, as_of)
        if not complaint:
            return waiver, ""
    return None, complaint


def _about(waiver: Waiver, fired: Fired) -> bool:
    if waiver.fingerprint is not None:
        return waiver.fingerprint == fired.finding.fingerprint
    if fired.rule.each == "run":
        # its place is only where it is shown: a waiver for that path must not decide about the whole
        return waiver.glob == _TREE
    path = fired.case.span.path
    if waiver.call is not None:
        function = _function(fired)
        return function is not None and site_matches(path, function, waiver.call)
    return waiver.glob is not None and matches(path, (waiver.glob,))


def _function(fired: Fired) -> str | None:
    facts = fired.case.facts
    if "call" in facts:
        return str(facts["call"].site.context.function)
    change = facts["change"].change if "change" in facts else None
    return str(change.before.context.function) if change and change.before else None


def _complaint(fired: Fired, waiver: Waiver, as_of: str | None) -> str:
    if as_of is None or as_of > waiver.until:
        return f"the waiver of {waiver.owner or 'nobody'} ended on {waiver.until}"
    ceiling = waiver.ceiling
    if ceiling is None:
        return ""
    cost, tokens = _amounts(fired)
    said = (_above("cost of a call", cost, ceiling.cost_per_call), _above("tokens", tokens, ceiling.tokens))
    return next((f"the waiver does not hold: {each}" for each in said if each), "")


def _amounts(fired: Fired) -> tuple[Range | None, Range | None]:
    facts = fired.case.facts
    if "call" in facts:
        measure = facts["call"].measure
        return measure.cost.per_call, measure.input_tokens
    if "prompt" in facts:
        return None, facts["prompt"].prompt.tokens
    snapshot = facts["run"].snapshot
    return (snapshot.cost, snapshot.input_tokens) if fired.rule.each == "run" else (None, None)


def _above(what: str, amount: Range | None, limit: Number | None) -> str:
    if limit is None:
        return ""
    end = None if amount is None else amount.likely if amount.likely is not None else amount.high
    if end is None:
        return f"its ceiling is {limit}, and nothing bounds the {what}"
    return f"its ceiling is {limit}, the {what} {end}" if end > limit else ""
