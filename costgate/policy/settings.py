"""What a team's configuration says about a rule: its parameters, severity and enforcement, for a path."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from costgate.model.config import Config, PathSetting, RuleSetting
from costgate.model.error import UserError
from costgate.model.finding import SEVERITIES, Rule
from costgate.model.waiver import Justifiable
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


def settings_for(
    rule: Rule, config: Config, path: str | None = None, workloads: Collection[str] = ()
) -> tuple[RuleSetting, ...]:
    """What a checked configuration says about the rule, the strongest last. `path` None: only what holds everywhere."""
    found = [config.rules]
    if path is not None:
        found += [entry.rules for entry in config.paths if _speaks_of(entry, path, workloads)]
    return tuple(rules[rule.id] for rules in found if rule.id in rules)


def _speaks_of(entry: PathSetting, path: str, workloads: Collection[str]) -> bool:
    if entry.workloads and not any(name in workloads for name in entry.workloads):
        return False
    return matches(path, entry.globs) if entry.globs else bool(entry.workloads)


def severity(rule: Rule, given: Sequence[RuleSetting]) -> str:
    """info, warning, error, or off."""
    return next((each.severity for each in reversed(given) if each.severity is not None), rule.severity)


def enforcement(config: Config, given: Sequence[RuleSetting]) -> str:
    """block or warn."""
    return next((each.enforce for each in reversed(given) if each.enforce is not None), config.enforce)


def check_settings(rules: Sequence[Rule], config: Config) -> Config:
    """The same configuration with every rule under its id; a team may write the id or the name.

    UserError at its line for a setting of a rule that does not exist or is set twice, or of a parameter that the rule
    does not have.
    """
    named = {name: rule for rule in rules for name in (rule.id, rule.name)}
    for part in config.parts:
        check_settings(rules, part)
    _check_locks(named, config)
    paths = tuple(
        replace(entry, rules=_by_id(named, config, f"paths/{index}/rules", entry.rules))
        for index, entry in enumerate(config.paths)
    )
    everywhere = _by_id(named, config, "rules", config.rules)
    places = ((key.rpartition("/"), line) for key, line in config.lines.items())
    lines = {f"{section}{slash}{named[name].id if name in named else name}": line for (section, slash, name), line in places}
    return replace(
        config,
        rules=everywhere,
        paths=paths,
        lines=lines,
        waivers=tuple(
            replace(each, rules=_ids(named, each.rules, f"{each.path}:{each.line}")) for each in config.waivers
        ),
        justify=_justifiable(named, config),
    )


def _check_locks(named: Mapping[str, Rule], config: Config) -> None:
    for lock in config.locks:
        if lock.rule not in named:
            told = _unknown(f"there is no rule {lock.rule!r} to lock", lock.rule, named)
            raise UserError(told.message, where=lock.by, hint=told.hint)
        for word, where in lock.below:
            if word in named and named[word].id == named[lock.rule].id:
                raise UserError(f"{lock.rule} is locked by {lock.by}", where=where, hint="remove it here")


def _justifiable(named: Mapping[str, Rule], config: Config) -> Justifiable | None:
    if config.justify is None:
        return None
    where = f"{config.source}:{config.lines.get('justify/rules', 1)}"
    return replace(config.justify, rules=_ids(named, config.justify.rules, where))


def _ids(named: Mapping[str, Rule], words: Iterable[str], where: str) -> tuple[str, ...]:
    ids = []
    for word in words:
        if word not in named:
            told = _unknown(f"there is no rule {word!r}", word, named)
            raise UserError(told.message, where=where, hint=told.hint)
        ids.append(named[word].id)
    return tuple(dict.fromkeys(ids))


def _by_id(
    named: Mapping[str, Rule], config: Config, section: str, given: Mapping[str, RuleSetting]
) -> dict[str, RuleSetting]:
    found: dict[str, RuleSetting] = {}
    for name, setting in given.items():
        try:
            _check_setting(named, name, setting)
            if named[name].id in found:
                raise UserError(f"{name!r} is set twice: by its id and by its name")
        except UserError as error:
            line = config.lines.get(f"{section}/{name}")
            where = f"{config.source}:{line}" if config.source and line else config.source or ""
            raise UserError(error.message, where=where, hint=error.hint) from error
        found[named[name].id] = setting
    return found


def _check_setting(named: Mapping[str, Rule], name: str, setting: RuleSetting) -> None:
    if name not in named:
        raise _unknown(f"there is no rule {name!r}", name, named)
    _check_words(named[name], setting)
    parameters(named[name], (setting,))


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


def _unknown(what: str, word: str, choices: Collection[str]) -> UserError:
    from costgate.knowledge.strict import nearest

    meant = nearest(word, sorted(choices))
    listed = f"known: {', '.join(sorted(choices))}" if len(choices) < 12 else "costgate rules list shows them all"
    return UserError(what, hint=f"did you mean {meant}?" if meant else listed)
