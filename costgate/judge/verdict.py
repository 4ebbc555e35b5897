"""The verdict: which findings fail the run, which only warn, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.finding import SEVERITIES, Finding, Rule

NEVER = "never"
DEFAULTS: Mapping[str, str] = {"audit": NEVER, "diff": "error", "check": "error"}
"""From which severity on a run of each mode fails when nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`result`: pass | warn | fail. One reason a rule."""

    result: str
    reasons: tuple[str, ...] = ()


def verdict(
    findings: Iterable[Finding],
    enforcement: Mapping[str, str],
    rules: Mapping[str, Rule],
    fail_on: str,
) -> Verdict:
    """Open findings from `fail_on` on fail the run where they are enforced; warnings and errors below that warn.

    `enforcement` maps the fingerprint of each finding to block or warn.
    """
    failing: Counter[tuple[str, str]] = Counter()
    warning: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        if finding.state != "open":
            continue
        reached = fail_on != NEVER and SEVERITIES.index(finding.severity) >= SEVERITIES.index(fail_on)
        if reached and enforcement[finding.fingerprint] == "block":
            failing[finding.rule, finding.severity] += 1
        elif reached or finding.severity != "info":
            warning[finding.rule, finding.severity] += 1
    if failing:
        return Verdict("fail", _reasons(failing, rules))
    return Verdict("warn", _reasons(warning, rules)) if warning else Verdict("pass")


def threshold(mode: str, config: Config, fail_on: str | None) -> str:
    """The severity from which a run fails: what the caller says, else the configuration, else the mode's default."""
    chosen = fail_on or config.fail_on or DEFAULTS[mode]
    if chosen not in (*SEVERITIES, NEVER):
        raise UserError(f"cannot fail on {chosen!r}", hint="one of " + ", ".join((*SEVERITIES, NEVER)))
    return chosen


def _reasons(counts: Mapping[tuple[str, str], int], rules: Mapping[str, Rule]) -> tuple[str, ...]:
    firmest = sorted(counts, key=lambda each: (-SEVERITIES.index(each[1]), each[0]))
    return tuple(
        f"{counts[rule, level]:,} x {rules[rule].name} ({rule}, {level}): {rules[rule].summary}"
        for rule, level in firmest
    )
