"""Rules are set by id or by name; from here on by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from costgate.config.check import suggest
from costgate.model.config import Config, RuleSetting
from costgate.model.error import UserError


def check_rule_names(config: Config, known: Mapping[str, str]) -> Config:
    """The same settings with every rule under its id. `known` maps ids to names.

    UserError with file:line and a suggestion for a rule that does not exist or is set twice.
    """
    ids = {**{name: rule for rule, name in known.items()}, **{rule: rule for rule in known}}
    return replace(
        config,
        rules=_by_id(config, "rules", config.rules, ids),
        paths=tuple(
            replace(setting, rules=_by_id(config, f"paths/{index}/rules", setting.rules, ids))
            for index, setting in enumerate(config.paths)
        ),
    )


def _by_id(
    config: Config, section: str, rules: Mapping[str, RuleSetting], ids: Mapping[str, str]
) -> dict[str, RuleSetting]:
    found: dict[str, RuleSetting] = {}
    for word, setting in rules.items():
        line = config.lines.get(f"{section}/{word}")
        where = f"{config.source}:{line}" if line else config.source or ""
        if word not in ids:
            hint = suggest(word, ids) if len(ids) < 12 else _close(word, ids)
            raise UserError(f'no rule is called "{word}"', where=where, hint=hint)
        if ids[word] in found:
            raise UserError(f'"{word}" is set twice: by its id and by its name', where=where)
        found[ids[word]] = setting
    return found


def _close(word: str, ids: Mapping[str, str]) -> str:
    hint = suggest(word, ids)
    return hint if hint.startswith("did") else "costgate rules list shows them all"
