"""What a change says for itself: the trailers of its commits and the labels of its pull request, and what they reach."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from costgate.model.config import Config
from costgate.model.finding import Finding, Rule
from costgate.model.waiver import Justifiable, Plea

TRAILER = "Costgate-Justify"
_NAMED = re.compile(r"([\w-]{1,60}(?:\s*,\s*[\w-]{1,60}){0,50})\s*:\s*(\S.*)\Z", re.DOTALL)


def pleas_of(trailers: Iterable[tuple[str, str]], labels: Iterable[str]) -> tuple[Plea, ...]:
    """From (commit, text of the trailer) and the names of labels. A trailer that says nothing is none."""
    said = (Plea(f"commit {commit[:10]}", " ".join(text.split())) for commit, text in trailers if text.strip())
    return (*dict.fromkeys(said), *dict.fromkeys(Plea("label", label) for label in labels))


def heard(pleas: Iterable[Plea], config: Config, rules: Iterable[Rule]) -> tuple[Plea, ...]:
    """Those that the policy listens to, each with the rules that it reaches."""
    allowed = config.justify
    if allowed is None:
        return ()
    ids = {word: rule.id for rule in rules for word in (rule.id, rule.name)}
    counted = (plea for plea in pleas if (plea.text in allowed.labels if plea.source == "label" else allowed.trailer))
    named = (replace(plea, rules=_reached(plea, allowed, ids)) for plea in counted)
    return tuple(plea for plea in named if plea.rules)


def justified(
    findings: Iterable[Finding], enforced: Mapping[str, str], pleas: Sequence[Plea]
) -> tuple[tuple[Finding, ...], dict[str, str]]:
    """The findings, those that are answered for with by whom; and what is enforced, these only with a warning."""
    eased, told = dict(enforced), []
    for finding in findings:
        plea = next((each for each in pleas if finding.rule in each.rules), None)
        if plea is None or finding.state != "open" or enforced.get(finding.fingerprint) != "block":
            told.append(finding)
            continue
        eased[finding.fingerprint] = "warn"
        by = f"{plea.source}: {plea.text}"
        told.append(replace(finding, justified_by=by, message=f"{finding.message} (justified by {by})"))
    return tuple(told), eased


def _reached(plea: Plea, allowed: Justifiable, ids: Mapping[str, str]) -> tuple[str, ...]:
    """The rules that a trailer names before a colon, all of them when it names none; only those that are allowed."""
    named = _NAMED.match(plea.text) if plea.source != "label" else None
    words = re.split(r"\s*,\s*", named[1]) if named else []
    meant = {ids[word] for word in words} if words and all(word in ids for word in words) else set(allowed.rules)
    return tuple(rule for rule in allowed.rules if rule in meant)
