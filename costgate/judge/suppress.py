"""What hides a finding: configuration, persona, an inline ignore, a waiver, the baseline, or that the base has it too.

Nothing is dropped: a hidden finding stays in the report with its state and with who hid it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from costgate.judge.evaluate import Fired
from costgate.judge.waive import in_force, waivers_at
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.finding import Finding, Suppression
from costgate.model.snapshot import Comparison, Snapshot
from costgate.model.value import Span
from costgate.model.waiver import Waiver
from costgate.policy.settings import severity

Placed = TypeVar("Placed", CallSite, Suppression)
PERSONAS = ("default", "strict", "auditor")
IGNORABLE = ("call", "agent", "wrapper", "change", "prompt", "gap")
"""Kinds of case that stand in code, where a comment can be; a run or a file has no line of its own."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """All that can hide a finding of this run."""

    config: Config
    ignores: Mapping[str, Sequence[Suppression]]
    sites: Mapping[str, Sequence[CallSite]]
    """Both by the path of their file."""
    baseline: Collection[str] = ()
    existing: Collection[tuple[str, str]] = ()
    """(rule, key in the head) of what the base's snapshot fires, too."""
    old: Collection[tuple[str, str]] = ()
    """(rule, call key in the head) of the ignores that the base has at the same call."""
    via: Mapping[str, str] = field(default_factory=dict)
    """Call key -> the key of the request in the wrapper's body."""
    fired: Mapping[tuple[str, str, str], Span] = field(default_factory=dict)
    """(rule, kind of case, call key) -> where, for everything that fired."""
    added: tuple[Suppression, ...] = ()
    """The ignores of the head that the base has not."""
    compared: bool = False
    as_of: str | None = None


def hide(fired: Fired, hiding: Hiding) -> tuple[Finding, tuple[Suppression | Waiver, ...]]:
    """The finding in its state, and the inline ignores and waivers that met it."""
    finding = fired.finding
    ignores, waivers = ignores_at(fired, hiding), waivers_at(fired, hiding.config.waivers)
    met: tuple[Suppression | Waiver, ...] = (*ignores, *waivers)
    valid, complaint = _valid(fired, ignores, hiding)
    waiver, overdrawn = in_force(fired, waivers, hiding.as_of)
    for each in filter(None, (complaint, overdrawn)):
        finding = replace(finding, message=f"{finding.message} ({each})")
    by = _configured(fired, hiding.config) or _folded(fired, hiding)
    if by is None and valid is not None:
        by = f"ignore at {valid.span.path}:{valid.span.line}: {valid.reason or 'no reason'}"
    if by is not None:
        return replace(finding, state="suppressed", suppressed_by=by), met
    if waiver is not None:
        return replace(finding, state="waived", suppressed_by=waiver.words, waiver=waiver), met
    if finding.fingerprint in hiding.baseline:
        return replace(finding, state="existing", suppressed_by="baseline"), met
    if (fired.rule.id, fired.case.key) in hiding.existing:
        return replace(finding, state="existing"), met
    return finding, met


def ignores_at(fired: Fired, hiding: Hiding) -> tuple[Suppression, ...]:
    """The inline ignores that name the rule and stand in the lines of the finding, or alone on the line above."""
    if fired.rule.each not in IGNORABLE:
        return ()
    span = fired.finding.span
    named = (ignore for ignore in hiding.ignores.get(span.path, ()) if fired.rule.id in ignore.rules)
    return tuple(ignore for ignore in named if covers(ignore.span, span, hiding.sites.get(span.path, ())))


def by_path(placed: Iterable[Placed]) -> dict[str, list[Placed]]:
    """Calls or ignores in groups of the same file."""
    groups: dict[str, list[Placed]] = {}
    for each in placed:
        groups.setdefault(each.span.path, []).append(each)
    return groups


def covers(ignore: Span, span: Span, sites: Iterable[CallSite]) -> bool:
    """Whether a comment belongs to the lines of `span`. On the line above it does unless another call ends there."""
    if (ignore.path, ignore.cell) != (span.path, span.cell):
        return False
    last = max(span.end_line, span.line)
    if _touch(ignore, span.line, last):
        return True
    above = span.line - 1
    return _touch(ignore, above, above) and not any(_occupies(site.span, span, above) for site in sites)


def old_ignores(comparison: Comparison, renamed: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """(rule, head key) for every ignore that stands at a call already in the base."""
    head = {renamed.get(site.key, site.key): site.key for site in comparison.head.reading.calls}
    sites = by_path(comparison.base.reading.calls)
    return frozenset(
        (rule, head[site.key])
        for path, ignores in by_path(comparison.base.reading.suppressions).items()
        for site in sites.get(path, ())
        if site.key in head
        for ignore in ignores
        if covers(ignore.span, site.span, sites[path])
        for rule in ignore.rules
    )


def added_ignores(base: Snapshot, head: Snapshot) -> tuple[Suppression, ...]:
    """The ignores of the head that the base has not, told apart by file, rules and reason."""
    left = Counter(map(_identity, base.reading.suppressions))
    added = []
    for ignore in head.reading.suppressions:
        left[_identity(ignore)] -= 1
        if left[_identity(ignore)] < 0:
            added.append(ignore)
    return tuple(added)


def _identity(ignore: Suppression) -> tuple[str, tuple[str, ...], str]:
    return (ignore.span.path, ignore.rules, ignore.reason)


def _touch(ignore: Span, first: int, last: int) -> bool:
    return ignore.line <= last and max(ignore.end_line, ignore.line) >= first


def _occupies(other: Span, span: Span, line: int) -> bool:
    same = (other.path, other.cell) == (span.path, span.cell) and other.line != span.line
    return same and other.line <= line <= max(other.end_line, other.line)


def _configured(fired: Fired, config: Config) -> str | None:
    if severity(fired.rule, fired.settings) == "off":
        return "configuration"
    if any(setting.severity is not None for setting in fired.settings):
        return None
    shown = "strict" if fired.rule.confidence == "low" else "default"
    least = max(shown, fired.rule.persona, key=PERSONAS.index)
    return None if PERSONAS.index(config.persona) >= PERSONAS.index(least) else f"persona {config.persona}"


def _folded(fired: Fired, hiding: Hiding) -> str | None:
    # What a wrapper's body does wrong is said once, in the body, and not again at each of its callers.
    above = hiding.via.get(fired.case.call_key or "")
    body = hiding.fired.get((fired.rule.id, fired.rule.each, above)) if above else None
    if body is None or _circular(above, hiding.via):
        return None
    return f"the same finding at {body.path}:{body.line}, which it goes through"


def _circular(key: str | None, via: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    while key is not None and key not in seen:
        seen.add(key)
        key = via.get(key)
    return key is not None


def _valid(fired: Fired, met: Sequence[Suppression], hiding: Hiding) -> tuple[Suppression | None, str]:
    if not met:
        return None, ""
    reasoned = [ignore for ignore in met if ignore.reason.strip() or not hiding.config.require_reason]
    if not reasoned:
        return None, "an ignore without a reason does not count"
    if fired.rule.enforced and hiding.compared and not _stood_before(fired, reasoned, hiding):
        return None, "the rule is enforced: an ignore that the change adds does not count"
    return reasoned[0], ""


def _stood_before(fired: Fired, ignores: Sequence[Suppression], hiding: Hiding) -> bool:
    # Bound to the call where there is one: moving an old comment to another call must not carry its blessing along.
    if fired.case.call_key is not None:
        return (fired.rule.id, fired.case.call_key) in hiding.old
    return any(ignore not in hiding.added for ignore in ignores)
