"""What a team's configuration says about a rule: its parameters, severity and enforcement, for a path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from costgate.model.config import Config, RuleSetting
from costgate.model.error import UserError
from costgate.model.finding import SEVERITIES, Rule
from costgate.policy.glob import matches
from costgate.policy.operators import number

TYPES = ("number", "text", "truth", "list", "choice")


def parameters(rule: Rule, given: Iterable[RuleSetting] = ()) -> dict[str, Any]:
    """Every parameter of a rule: its default, or the value of the last setting that gives one."""
    values = {name: _typed(rule, name, spec["default"]) for name, spec in rule.params.items()}
    for setting in given:
        for name, value in setting.params.items():
            if name not in rule.params:
                raise _unknown(f"{rule.id} has no parameter {name!r}", name, rule.params)
            values[name] = _typed(rule, name, value)
    return values


def settings_for(rule: Rule, config: Config, path: str | None = None) -> tuple[RuleSetting, ...]:
    """What the configuration says about the rule, the strongest last. `path` None: only what holds everywhere."""
    found = [config.rules]
    if path is not None:
        found += [entry.rules for entry in config.paths if matches(path, entry.globs)]
    return tuple(rules[name] for rules in found for name in (rule.name, rule.id) if name in rules)


def severity(rule: Rule, given: Sequence[RuleSetting]) -> str:
    """info, warning, error, or off."""
    return next((each.severity for each in reversed(given) if each.severity is not None), rule.severity)


def enforcement(config: Config, given: Sequence[RuleSetting]) -> str:
    """block or warn."""
    return next((each.enforce for each in reversed(given) if each.enforce is not None), config.enforce)


def check_settings(rules: Sequence[Rule], config: Config) -> None:
    """UserError for a setting of a rule that does not exist, or of a parameter that it does not have."""
    named = {name: rule for rule in rules for name in (rule.id, rule.name)}
    groups = {"rules": config.rules, **{f"paths/{at}/rules": entry.rules for at, entry in enumerate(config.paths)}}
    for section, group in groups.items():
        for name, setting in group.items():
            try:
                _check_setting(named, name, setting)
            except UserError as error:
                where = _place(config, section, name, named.get(name))
                raise UserError(error.message, where=where, hint=error.hint) from error


def _check_setting(named: Mapping[str, Rule], name: str, setting: RuleSetting) -> None:
    if name not in named:
        raise _unknown(f"there is no rule {name!r}", name, named)
    _check_words(named[name], setting)
    parameters(named[name], (setting,))


def _place(config: Config, section: str, name: str, rule: Rule | None) -> str:
    words = (name, rule.name, rule.id) if rule else (name,)
    line = next((config.lines[key] for word in words if (key := f"{section}/{word}") in config.lines), None)
    return f"{config.source}:{line}" if config.source and line else config.source or ""


def _check_words(rule: Rule, setting: RuleSetting) -> None:
    if setting.severity not in (None, "off", *SEVERITIES):
        raise UserError(f"{rule.id}: no severity {setting.severity!r}", hint="one of off, " + ", ".join(SEVERITIES))
    if setting.enforce not in (None, "block", "warn"):
        raise UserError(f"{rule.id}: no enforcement {setting.enforce!r}", hint="one of block, warn")


def _typed(rule: Rule, name: str, value: Any) -> Any:
    spec: Mapping[str, Any] = rule.params[name]
    wanted = spec["type"]
    if value is None and spec.get("nullable"):
        return None
    if wanted == "number" and (plain := number(value)) is not None:
        return plain
    if wanted == "truth" and isinstance(value, bool):
        return value
    if wanted == "list" and isinstance(value, (list, tuple)):
        return tuple(value)
    if wanted == "text" and isinstance(value, str):
        return value
    if wanted == "choice" and value in spec["choices"]:
        return value
    hint = "one of " + ", ".join(spec["choices"]) if wanted == "choice" else ""
    raise UserError(f"{rule.id}: parameter {name} must be a {wanted}, not {value!r}", hint=hint)


def _unknown(what: str, word: str, choices: Iterable[str]) -> UserError:
    from costgate.knowledge.strict import nearest

    meant = nearest(word, sorted(choices))
    return UserError(what, hint=f"did you mean {meant}?" if meant else "")
