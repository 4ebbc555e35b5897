"""The entry: everything that is known of a run, judged by the rules, in one frozen answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from costgate.judge.case import Run
from costgate.judge.disguise import undisguised
from costgate.judge.evaluate import Outcome, evaluate, is_on
from costgate.judge.justify import heard, justified
from costgate.judge.placed import newly_placed
from costgate.judge.suppress import Hiding, added_ignores, by_path, hide, old_ignores
from costgate.judge.verdict import threshold, verdict
from costgate.model.config import Config
from costgate.model.finding import Abstention, Finding, Rule, Suppression
from costgate.model.money import Range
from costgate.model.snapshot import Change, Comparison, Snapshot
from costgate.model.waiver import Plea, Waiver
from costgate.policy.settings import check_settings, enforcement
from costgate.policy.spend import month_delta, request_delta
from costgate.policy.subject import ExceptionSubject

MODES = ("audit", "diff", "check")
OF_A_TREE = ("call", "agent", "wrapper", "prompt", "gap", "workload", "portfolio")
"""Kinds of case that the base has as well, so that a finding can be an old one."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Every finding in its state, every abstention, and the verdict. `rules` are those that ran.

    `verdict_result`: pass | warn | fail. `ignores_added`: the inline ignores that the head has and the base has not.
    """

    findings: tuple[Finding, ...]
    abstentions: tuple[Abstention, ...]
    verdict_result: str
    reasons: tuple[str, ...]
    rules: tuple[Rule, ...]
    ignores_added: tuple[Suppression, ...] = ()
    pleas: tuple[Plea, ...] = ()
    """What the change says for itself, as far as the policy listens."""


def judge(
    rules: Sequence[Rule],
    measured: Snapshot | Comparison,
    config: Config,
    *,
    mode: str,
    paths: Collection[str] | None = None,
    baseline: Collection[str] = (),
    fail_on: str | None = None,
    as_of: str | None = None,
    currency: str = "USD",
    book_date: str | None = None,
    pleas: Sequence[Plea] = (),
) -> Judgement:
    """Judge a snapshot (mode audit or check) or a comparison (mode diff).

    `paths`: the files that the change touches, or that check was given; None in an audit. `baseline`: fingerprints.
    `fail_on`: info | warning | error | never; None leaves it to the configuration and the mode. `as_of`, `book_date`:
    YYYY-MM-DD, of the run and of its price book. `pleas`: what the change says for itself.
    UserError when the configuration names a rule or a parameter that does not exist.
    """
    config = check_settings(rules, config)
    measured = undisguised(measured) if isinstance(measured, Comparison) else measured
    on = tuple(rule for rule in rules if is_on(rule, config))
    run = _run(measured, config, mode, paths, as_of, currency)
    added = added_ignores(run.comparison.base, run.comparison.head) if run.comparison else ()
    run = replace(run, ignores_added=len(added), book_date=book_date)
    first = evaluate([rule for rule in on if rule.each != "exception"], run, config)
    hiding = replace(_hiding(on, run, config, first), baseline=baseline, added=added, as_of=as_of)
    findings, used = _hide_all(first, hiding)
    exceptions = _exceptions(run, rules, hiding, used, {finding.fingerprint for finding in findings})
    last = evaluate([rule for rule in on if rule.each == "exception"], replace(run, exceptions=exceptions), config)
    findings = tuple(sorted(findings + _hide_all(last, hiding)[0], key=_order))
    fired = (*first.fired, *last.fired)
    enforced = {each.finding.fingerprint: enforcement(config, each.settings) for each in fired}
    listened = heard(pleas, config, rules)
    findings, enforced = justified(findings, enforced, listened)
    result = verdict(findings, enforced, {rule.id: rule for rule in on}, threshold(mode, config, fail_on))
    return Judgement(findings, first.abstentions + last.abstentions, result.result, result.reasons, on, added, listened)


def _run(
    measured: Snapshot | Comparison,
    config: Config,
    mode: str,
    paths: Collection[str] | None,
    as_of: str | None,
    currency: str,
) -> Run:
    comparison = measured if isinstance(measured, Comparison) else None
    changes = {change.after.key: change for change in (comparison.changes if comparison else ()) if change.after}
    makers = _makers(measured.head if isinstance(measured, Comparison) else measured)
    return Run(
        snapshot=measured.head if isinstance(measured, Comparison) else measured,
        mode=mode,
        comparison=comparison,
        paths=None if paths is None else frozenset(paths),
        budgets=config.budgets,
        as_of=as_of,
        currency=currency,
        changes=changes,
        makers=makers,
        placed=newly_placed(comparison, _makers(comparison.base), makers) if comparison else {},
    )


def _makers(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for cost in snapshot.workloads:
        for key in cost.sites:
            found[key] = (*found.get(key, ()), cost.workload.name)
    return found


def _hiding(rules: Sequence[Rule], run: Run, config: Config, outcome: Outcome) -> Hiding:
    reading = run.snapshot.reading
    hiding = Hiding(
        config,
        by_path(reading.suppressions),
        by_path(reading.calls),
        via={site.key: site.via for site in reading.calls if site.via is not None},
        fired={
            (each.rule.id, each.rule.each, each.case.call_key): each.case.span
            for each in outcome.fired
            if each.case.call_key is not None
        },
    )
    if run.comparison is None:
        return hiding
    renamed = _renamed(run.changes)
    existing = _existing(rules, run, run.comparison, renamed, config)
    return replace(hiding, existing=existing, old=old_ignores(run.comparison, renamed), compared=True)


def _renamed(changes: Mapping[str, Change]) -> dict[str, str]:
    """Key in the head -> key in the base, for the calls that a change moved or altered."""
    return {key: change.before.key for key, change in changes.items() if change.before}


def _existing(
    rules: Sequence[Rule], run: Run, comparison: Comparison, renamed: Mapping[str, str], config: Config
) -> frozenset[tuple[str, str]]:
    makers = _makers(comparison.base)
    base = replace(run, snapshot=comparison.base, comparison=None, paths=None, changes={}, makers=makers, placed={})
    fired = evaluate([rule for rule in rules if rule.each in OF_A_TREE], base, config).fired
    now = {old: new for new, old in renamed.items()}
    worse = _dearer(comparison)
    return frozenset(
        (each.rule.id, now.get(each.case.key, each.case.key))
        for each in fired
        if (each.rule.each, each.case.key) not in worse
    )


def _dearer(comparison: Comparison) -> frozenset[tuple[str, str]]:
    """The workloads that the change adds or makes dearer, and their portfolio: what was so before is no excuse."""
    base = {each.workload.name: each for each in comparison.base.workloads}
    pairs = [(base[each.workload.name], each) for each in comparison.head.workloads if each.workload.name in base]
    dearer = {head.workload.name for old, head in pairs if head.workload.proposed or _grew(request_delta(old, head))}
    plan = comparison.head.portfolio
    members = () if plan is None else plan.members
    # the base is measured with what the change proposes, too: all that it costs is more
    added = ((head, head.forecast_month if head.workload.proposed else month_delta(old, head)) for old, head in pairs)
    months = {head.workload.name for head, more in added if _grew(more)}
    found = {("workload", name) for name in dearer}
    return frozenset(found | ({("portfolio", plan.plan.name)} if plan and months & set(members) else set()))


def _grew(delta: Range | None) -> bool:
    return delta is not None and any(end is not None and end > 0 for end in (delta.low, delta.likely, delta.high))


def _hide_all(outcome: Outcome, hiding: Hiding) -> tuple[tuple[Finding, ...], frozenset[Suppression | Waiver]]:
    hidden = [hide(fired, hiding) for fired in outcome.fired]
    return tuple(finding for finding, _ in hidden), frozenset(ignore for _, met in hidden for ignore in met)


def _exceptions(
    run: Run,
    rules: Sequence[Rule],
    hiding: Hiding,
    used: Collection[Suppression | Waiver],
    fingerprints: Collection[str],
) -> tuple[ExceptionSubject, ...]:
    ids, whole = {rule.id for rule in rules}, run.snapshot.reading.whole
    inline = [
        ExceptionSubject(
            kind="ignore",
            path=ignore.span.path,
            line=ignore.span.line,
            rules=ignore.rules,
            reason=ignore.reason.strip(),
            used=ignore in used,
            new=None if run.comparison is None else ignore in hiding.added,
            strange=tuple(each for each in ignore.rules if each not in ids),
            whole=whole,
        )
        for ignore in run.snapshot.reading.suppressions
    ]
    stale = [
        ExceptionSubject("baseline", ".", 1, (), fingerprint, fingerprint in fingerprints, whole=whole)
        for fingerprint in sorted(hiding.baseline)
    ]
    waivers = [
        ExceptionSubject(
            "waiver",
            each.path or ".",
            each.line,
            each.rules,
            each.reason,
            each in used,
            owner=each.owner,
            until=each.until,
            whole=whole,
        )
        for each in hiding.config.waivers
    ]
    return (*inline, *stale, *waivers)


def _order(finding: Finding) -> tuple[str, int, int, int, str, str]:
    span = finding.span
    return (span.path, span.cell or 0, span.line, span.column, finding.rule, finding.fingerprint)
