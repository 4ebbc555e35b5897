"""Puts every case to every rule: a rule that is True makes a finding, one that cannot tell an abstention."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from costgate.judge.case import Case, Run, cases
from costgate.model.config import Config, RuleSetting
from costgate.model.finding import SEVERITIES, Abstention, Finding, Rule
from costgate.policy.condition import weigh
from costgate.policy.message import fill, show, slots, written
from costgate.policy.settings import enforcement, parameters, settings_for, severity

Settings: TypeAlias = "tuple[RuleSetting, ...]"


@dataclass(frozen=True, slots=True)
class Fired:
    """A finding, with the rule and the case behind it and what the configuration says for its path."""

    finding: Finding
    rule: Rule
    case: Case
    settings: Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that one pass over the rules gave."""

    fired: tuple[Fired, ...]
    abstentions: tuple[Abstention, ...]


def evaluate(rules: Sequence[Rule], run: Run, config: Config) -> Outcome:
    """Every rule that is on, over every case of its kind."""
    fired: list[Fired] = []
    abstentions: list[Abstention] = []
    made: dict[str, tuple[Case, ...]] = {}
    for rule in rules:
        if rule.each not in made:
            made[rule.each] = cases(rule.each, run)
        known: dict[tuple[int, ...], dict[str, Any]] = {}
        for case in made[rule.each]:
            found: list[Fired] = []
            unsure: tuple[str, ...] = ()
            for settings in _settings(rule, case, run, config):
                same = tuple(map(id, settings))
                if same not in known:
                    known[same] = parameters(rule, settings)
                answer = weigh(rule.match, case.facts, known[same], rule.predicates)
                if answer.truth:
                    found.append(Fired(_finding(rule, case, settings, known[same]), rule, case, settings))
                elif answer.truth is None:
                    unsure = answer.why
            if found:
                fired.append(max(found, key=lambda each: _weight(each, config)))
            elif unsure:
                abstentions.append(Abstention(rule.id, case.key, "; ".join(unsure)))
    return Outcome(tuple(fired), tuple(abstentions))


def _settings(rule: Rule, case: Case, run: Run, config: Config) -> list[Settings]:
    """What holds for a case. Where only the change puts a call into a workload, also what holds without that."""
    path, names = _path(rule, case), _workloads(case)
    found = [settings_for(rule, config, path, names)]
    new = run.placed.get(case.call_key or "", frozenset())
    others = settings_for(rule, config, path, [name for name in names if name not in new]) if new else found[0]
    return found if others == found[0] else [*found, others]


def _weight(fired: Fired, config: Config) -> tuple[bool, bool, int]:
    """How much a finding counts: of two ways to judge a case the stricter one holds."""
    level = severity(fired.rule, fired.settings)
    return level != "off", enforcement(config, fired.settings) == "block", SEVERITIES.index(fired.finding.severity)


def is_on(rule: Rule, config: Config) -> bool:
    """Whether the rule runs at all: not when it is off everywhere and no path sets it otherwise."""
    if severity(rule, settings_for(rule, config)) != "off":
        return True
    set_apart = [entry.rules[rule.id] for entry in config.paths if rule.id in entry.rules]
    return any(setting.severity not in (None, "off") for setting in set_apart)


def fingerprint(rule: Rule, case: Case) -> str:
    """The identity of a finding: rule, kind of case, and key; nothing that moves when lines do."""
    return identity(rule.id, rule.each, case.key)


def identity(rule: str, each: str, key: str) -> str:
    """The fingerprint of what a rule says of a case, from its id, its kind of case and the key."""
    return hashlib.sha256(f"{rule}\n{each}\n{key}".encode(errors="surrogatepass")).hexdigest()


def tested(match: Any) -> tuple[str, ...]:
    """The facts that a match tests outside its quantifiers, in order."""
    if isinstance(match, list):
        return tuple(path for part in match for path in tested(part))
    found: list[str] = []
    for key, body in match.items():
        if key in ("all", "any", "not"):
            found.extend(tested(body))
        elif key in ("some", "every"):
            found.append(body["of"])
        elif key != "predicate":
            found.append(key)
    return tuple(found)


def _path(rule: Rule, case: Case) -> str | None:
    # A run is only shown at some call: what a team says about that call's path must not decide about the whole.
    return None if rule.each == "run" else case.span.path


def _workloads(case: Case) -> tuple[str, ...]:
    """The names of the workloads that a case is about."""
    call, workload = case.facts.get("call"), case.facts.get("workload")
    if workload is not None:
        return (workload.cost.workload.name,)
    return call.workloads if call is not None else ()


def _finding(rule: Rule, case: Case, settings: Settings, params: Mapping[str, Any]) -> Finding:
    paths = dict.fromkeys((*slots(rule.message)[0], *tested(rule.match)))
    data: dict[str, Any] = {path: show(path, case.facts) for path in paths}
    data |= {f"${name}": written(value) for name, value in params.items()}
    level = severity(rule, settings)
    return Finding(
        rule=rule.id,
        severity=rule.severity if level == "off" else level,
        span=case.span,
        message=fill(rule.message, case.facts, params),
        fingerprint=fingerprint(rule, case),
        call_key=case.call_key,
        data=data,
    )
