"""What of a pull request's own configuration counts, and what it tries to change.

Policy comes from the base. To descriptive data (profiles, model aliases, SDK files) the head may add; what the base
says stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from costgate.config.taught import taught_words, trusted_sdks
from costgate.model.config import Config, PathSetting, PriceOverride, Profile, RuleSetting
from costgate.model.money import Range

_WHERE_NEW = " (in force where the base says nothing)"


def trusted(base: Config, head: Config) -> Config:
    """The configuration that judges `head`. A base without one has no say yet: the head's own is used whole."""
    base = replace(base, sdks=trusted_sdks(base.sdks, head.sdks), aliases={**head.aliases, **base.aliases})
    if base.source is None:
        return replace(head, sdks=base.sdks, aliases=base.aliases)
    # of two declarations of one thing the later holds: whatever the head adds, it cannot outdo what the base says
    added = (profile for profile in head.profiles if profile not in base.profiles)
    return replace(base, profiles=(*added, *base.profiles), models={**head.models, **base.models})


def loosened(base: Config, head: Config) -> tuple[str, ...]:
    """What the head changes in the configuration, one line each: "rules.CG101: error -> off".

    Changes of policy and of values that the base has are not in force for this head; additions to profiles and models
    are, where the base says nothing, and say so. Compare two configurations that went through `check_rule_names`.
    Nothing for a base without one.
    """
    if base.source is None:
        return tuple(_changes(taught_words(base), taught_words(head), _WHERE_NEW)) if base.sdks else ()
    return (*_policy_lines(base, head), *_descriptive_lines(base, head))


def _policy_lines(base: Config, head: Config) -> Iterator[str]:
    for name in ("fail_on", "enforce", "persona", "require_reason"):
        before, after = getattr(base, name), getattr(head, name)
        yield from _changes({name: _word(before)}, {name: _word(after)})
    yield from _listed("exclude", base.exclude, head.exclude)
    yield from _changes(_rule_words("rules", base.rules), _rule_words("rules", head.rules))
    yield from _changes(_path_words(base.paths), _path_words(head.paths))
    yield from _changes(
        {f"budgets {budget.glob}": f"{budget.tokens} tokens" for budget in base.budgets},
        {f"budgets {budget.glob}": f"{budget.tokens} tokens" for budget in head.budgets},
    )
    yield from _changes(_price_words(base.prices), _price_words(head.prices))


def _descriptive_lines(base: Config, head: Config) -> Iterator[str]:
    before = {**_profile_words(base.profiles), **{f"models.{alias}": model for alias, model in base.models.items()}, **taught_words(base)}
    after = {**_profile_words(head.profiles), **{f"models.{alias}": model for alias, model in head.models.items()}, **taught_words(head)}
    yield from _changes(before, after, _WHERE_NEW)


def _changes(before: Mapping[str, str], after: Mapping[str, str], added: str = "") -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"{name} removed: {before[name]}"
        elif name not in before:
            yield f"{name} added: {after[name]}{added}"
        elif before[name] != after[name]:
            yield f"{name}: {before[name]} -> {after[name]}"


def _listed(name: str, before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    old, new = set(before), set(after)
    yield from (f"{name} removed: {each}" for each in sorted(old - new))
    yield from (f"{name} added: {each}" for each in sorted(new - old))


def _rule_words(section: str, rules: Mapping[str, RuleSetting]) -> dict[str, str]:
    words: dict[str, str] = {}
    for rule, setting in rules.items():
        place = f"{section}.{rule}"
        said = {place: setting.severity, f"{place}.enforce": setting.enforce}
        words.update({name: word for name, word in said.items() if word is not None})
        words.update({f"{place}.{name}": _word(value) for name, value in setting.params.items()})
    return words


def _path_words(paths: Iterable[PathSetting]) -> dict[str, str]:
    words: dict[str, str] = {}
    for setting in paths:
        words.update(_rule_words(f"paths {', '.join(setting.globs)}", setting.rules))
    return words


def _price_words(prices: Iterable[PriceOverride]) -> dict[str, str]:
    words: dict[str, str] = {}
    for price in prices:
        rates = {**price.rates, **({} if price.multiplier is None else {"multiplier": price.multiplier})}
        words.update({f"prices {price.model}.{unit}": str(rate) for unit, rate in rates.items()})
    return words


def _profile_words(profiles: Iterable[Profile]) -> dict[str, str]:
    words: dict[str, str] = {}
    for profile in profiles:
        place = f"profiles {profile.sites}"
        words.update({f"{place}.{name}": _tokens(tokens) for name, tokens in profile.holes.items()})
        sizes = {"output_tokens": profile.output_tokens, "reasoning_tokens": profile.reasoning_tokens}
        words.update({f"{place}.{name}": _tokens(tokens) for name, tokens in sizes.items() if tokens is not None})
    return words


def _tokens(tokens: Range) -> str:
    low, likely, high = tokens.low, tokens.likely, tokens.high
    if low == high:
        return f"{low} tokens"
    about = "" if likely is None else f", likely {likely}"
    return f"{low}..{'' if high is None else high}{about} tokens"


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_word, value))}]"
    if value is None:
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)
