"""What of a pull request's own configuration counts, and what it tries to change.

Policy comes from the base. To descriptive data (profiles, model aliases, SDK files, workloads) the head may add; what the
base says stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from costgate.config.offered import withheld_offers
from costgate.config.taught import taught_words, trusted_sdks
from costgate.config.waivers import justify_words, waiver_words
from costgate.config.workload_trust import trusted_workloads, workload_changes
from costgate.model.config import Config, PathSetting, PolicyChange, PriceOverride, Profile, RuleSetting
from costgate.model.money import Range
from costgate.model.report import ExceptionDoc


def trusted(base: Config, head: Config) -> Config:
    """The configuration that judges `head`. A base without one has no say yet: the head's own is used whole."""
    base = replace(base, sdks=trusted_sdks(base.sdks, head.sdks), aliases={**head.aliases, **base.aliases})
    if base.source is None:
        return replace(withheld_offers(head), sdks=base.sdks, aliases=base.aliases)
    workloads, places = trusted_workloads(base, head)
    others = {place: line for place, line in base.lines.items() if not place.startswith("workloads/")}
    base = replace(base, workloads=workloads, lines={**others, **places})
    # of two declarations of one thing the later holds: whatever the head adds, it cannot outdo what the base says
    added = tuple(profile for profile in head.profiles if profile not in base.profiles)
    sites = tuple(each for each in head.measured_sites if each not in base.measured_sites)
    return replace(
        base,
        profiles=(*added, *base.profiles),
        proposed=len(added),
        models={**head.models, **base.models},
        measured_sites=(*sites, *base.measured_sites),
        proposed_sites=len(sites),
        measured={**{name: each for name, each in head.measured.items() if name not in _planned(base)}, **base.measured},
    )


def _planned(config: Config) -> frozenset[str]:
    """The workloads that it declares: what is measured beats that, so a head cannot add it."""
    return frozenset(each.name for each in config.workloads if not each.proposed)


def policy_changes(base: Config, head: Config) -> tuple[PolicyChange, ...]:
    """What the head changes in the configuration, one entry each: "rules.CG101: error → off".

    Changes of policy and of values that the base has are not in force for this head; additions to profiles and models
    are, where the base says nothing. Both configurations have gone through `check_settings`. Nothing for a base without
    one.
    """
    if base.source is None:
        return tuple(_descriptive(taught_words(base), taught_words(head))) if base.sdks else ()
    rules = (*_rule_changes("rules", base.rules, head, head.rules), *_path_changes(base, head))
    told = (*_budget_and_price_lines(base, head), *_descriptive_lines(base, head), *workload_changes(base, head))
    return (*_policy_lines(base, head), *rules, *told)


def exceptions_changed(
    base: Config, head: Config, accepted: Mapping[str, Mapping[str, Any]], proposed: Mapping[str, Mapping[str, Any]]
) -> tuple[ExceptionDoc, ...]:
    """For the report: every entry of the baseline, and every word of the policy, that the head changes.

    `accepted` and `proposed` are the baselines that the two configurations name, by fingerprint.
    """
    entries: list[ExceptionDoc] = [
        {
            "kind": "baseline entry",
            "change": change,
            "rules": [str(entry.get("rule", ""))],
            "path": str(entry.get("path", ".")),
            "line": 1,
            "reason": str(entry.get("message", "")),
        }
        for change, these, those in (("added", proposed, accepted), ("removed", accepted, proposed))
        for fingerprint, entry in these.items()
        if fingerprint not in those
    ]
    policy: list[ExceptionDoc] = [
        {
            "kind": "policy",
            "change": each.change,
            "rules": list(each.rules),
            "path": head.source or base.source or ".",
            "line": each.line,
            "reason": f"{each.text} ({'in force where the base says nothing' if each.in_force else 'not in force here'})",
        }
        for each in policy_changes(base, head)
    ]
    return (*entries, *_waivers(base, head), *policy)


def _waivers(base: Config, head: Config) -> Iterator[ExceptionDoc]:
    """The waivers that the head adds, removes or alters, none of which is in force before it is merged."""
    if base.source is None:
        return
    before, after = waiver_words(base), waiver_words(head)
    for identity in dict.fromkeys((*after, *before)):
        old, new = before.get(identity), after.get(identity)
        if old and new and old[0] == new[0]:
            continue
        change = "changed" if old and new else "added" if new else "removed"
        words, waiver = new or old  # type: ignore[misc]
        yield {
            "kind": "waiver",
            "change": change,
            "rules": list(waiver.rules),
            "path": waiver.path,
            "line": waiver.line,
            "reason": f"{words} (not in force here)" if change != "removed" else f"{words} (still in force here)",
        }


def _policy_lines(base: Config, head: Config) -> Iterator[PolicyChange]:
    for name in ("fail_on", "enforce", "persona", "redact", "require_reason", "baseline", "measured_file", "prices_from"):
        before, after = getattr(base, name), getattr(head, name)
        yield from _changes({name: _word(before)}, {name: _word(after)})
    yield from _listed("exclude", base.exclude, head.exclude)
    yield from _listed("extends", base.extends, head.extends)
    yield from _listed("predicates", *((offer.name for offer in each.predicates) for each in (base, head)))
    yield from _changes(justify_words(base.justify), justify_words(head.justify))


def _rule_changes(
    section: str, before: Mapping[str, RuleSetting], head: Config, after: Mapping[str, RuleSetting], place: str = ""
) -> Iterator[PolicyChange]:
    for rule in dict.fromkeys((*before, *after)):
        old, new = (_rule_words(f"{section}.{rule}", each.get(rule)) for each in (before, after))
        line = head.lines.get(f"{place or section}/{rule}", 1)
        yield from (replace(change, rules=(rule,), line=line) for change in _changes(old, new))


def _path_changes(base: Config, head: Config) -> Iterator[PolicyChange]:
    old, new = ({_place_of(entry): entry.rules for entry in each.paths} for each in (base, head))
    places = {_place_of(entry): f"paths/{at}/rules" for at, entry in enumerate(head.paths)}
    for section in dict.fromkeys((*old, *new)):
        yield from _rule_changes(section, old.get(section, {}), head, new.get(section, {}), places.get(section, ""))


def _place_of(entry: PathSetting) -> str:
    named = f"workloads {', '.join(entry.workloads)}" if entry.workloads else ""
    return "paths " + " of ".join(part for part in (", ".join(entry.globs), named) if part)


def _budget_and_price_lines(base: Config, head: Config) -> Iterator[PolicyChange]:
    yield from _changes(
        {f"budgets {budget.glob}": f"{budget.tokens} tokens" for budget in base.budgets},
        {f"budgets {budget.glob}": f"{budget.tokens} tokens" for budget in head.budgets},
    )
    yield from _changes(_price_words(base.prices), _price_words(head.prices))


def _descriptive_lines(base: Config, head: Config) -> Iterator[PolicyChange]:
    words = (
        {
            **_profile_words(each.profiles),
            **{f"models.{alias}": model for alias, model in each.models.items()},
            **_measured_words(each),
            **taught_words(each),
        }
        for each in (base, head)
    )
    withheld = {f"measured {name}" for name in _planned(base)}
    for change in _descriptive(*words):
        yield replace(change, in_force=False) if change.text.partition(":")[0] in withheld else change


def _descriptive(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[PolicyChange]:
    for change in _changes(before, after):
        yield replace(change, in_force=change.change == "added")


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[PolicyChange]:
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield PolicyChange("removed", f"{name}: {before[name]}")
        elif name not in before:
            yield PolicyChange("added", f"{name}: {after[name]}")
        elif before[name] != after[name]:
            yield PolicyChange("changed", f"{name}: {before[name]} → {after[name]}")


def _listed(name: str, before: Iterable[str], after: Iterable[str]) -> Iterator[PolicyChange]:
    old, new = set(before), set(after)
    yield from (PolicyChange("removed", f"{name}: {each}") for each in sorted(old - new))
    yield from (PolicyChange("added", f"{name}: {each}") for each in sorted(new - old))


def _rule_words(place: str, setting: RuleSetting | None) -> dict[str, str]:
    if setting is None:
        return {}
    said = {place: setting.severity, f"{place}.enforce": setting.enforce}
    words = {name: word for name, word in said.items() if word is not None}
    return words | {f"{place}.{name}": _word(value) for name, value in setting.params.items()}


def _price_words(prices: Iterable[PriceOverride]) -> dict[str, str]:
    words: dict[str, str] = {}
    for price in prices:
        rates = {**price.rates, **({} if price.multiplier is None else {"multiplier": price.multiplier})}
        days = "".join(f" {word} {day}" for word, day in (("from", price.since), ("until", price.until)) if day)
        words.update({f"prices {price.model}.{unit}{days}": str(rate) for unit, rate in rates.items()})
    return words


def _profile_words(profiles: Iterable[Profile]) -> dict[str, str]:
    words: dict[str, str] = {}
    for profile in profiles:
        place = f"profiles {profile.sites}"
        words.update({f"{place}.{name}": _tokens(tokens) for name, tokens in profile.holes.items()})
        sizes = {"output_tokens": profile.output_tokens, "reasoning_tokens": profile.reasoning_tokens}
        words.update({f"{place}.{name}": _tokens(tokens) for name, tokens in sizes.items() if tokens is not None})
        others = {"pages": profile.pages, "seconds": profile.seconds}
        words.update({f"{place}.{name}": _tokens(each, name) for name, each in others.items() if each is not None})
    return words


def _measured_words(config: Config) -> dict[str, str]:
    """Each measured target in words that differ when its figures do."""
    words = {
        f"measured {each.sites}": _digest((each.input_tokens, each.output_tokens, each.reasoning_tokens))
        for each in config.measured_sites
    }
    return words | {f"measured {name}": _digest(figures) for name, figures in config.measured.items()}


def _digest(figures: object) -> str:
    return f"figures {hashlib.sha256(repr(figures).encode()).hexdigest()[:8]}"


def _tokens(tokens: Range, unit: str = "tokens") -> str:
    low, likely, high = tokens.low, tokens.likely, tokens.high
    if low == high:
        return f"{low} {unit}"
    about = "" if likely is None else f", likely {likely}"
    return f"{low}..{'' if high is None else high}{about} {unit}"


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_word, value))}]"
    if value is None:
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)
