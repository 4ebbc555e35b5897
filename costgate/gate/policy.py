"""What judges a tree, and a change: whose configuration and rules, and what the head would have them be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from costgate.config import (
    TEAM_FOLDER,
    bound,
    exceptions_changed,
    load_config,
    rules_changed,
    teach,
    team_rules,
    tree_baseline,
    tree_config,
    trusted,
    withheld_offers,
)
from costgate.gate.reading import seen_by
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.finding import Rule
from costgate.model.report import ExceptionDoc
from costgate.model.setting import Setting
from costgate.model.tree import Tree
from costgate.policy.rule import load_rules
from costgate.policy.settings import check_settings
from costgate.store.trees import FolderTree


@dataclass(frozen=True, slots=True)
class Policy:
    """What judges a change, where it comes from (base | head | file), and what the head would have it be."""

    config: Config
    rules: tuple[Rule, ...]
    baseline: Mapping[str, Any]
    source: str
    changes: tuple[ExceptionDoc, ...] = ()
    plain: Config | None = None
    """Without what the head teaches, where it teaches anything."""


def policy_of(before: Tree, head: Tree, root: Path, setting: Setting) -> Policy:
    """The base's policy, or the one of a file, with what of the head's descriptions counts."""
    if setting.config is not None:
        given = load_config(root, setting.config, setting.cache, setting.policy)
        own = teach(given, before)
        config = seen_by(setting, trusted(own, teach(given, head)))
        plain = replace(config, sdks=own.sdks, aliases=own.aliases)
        known = tree_baseline(FolderTree(root), config.baseline)
        return Policy(config, rules_of(before, config), known, "file", (), plain if plain != config else None)
    try:
        own = config_of(before, root, setting)
        rules = rules_of(before, own)
        own = check_settings(rules, own)
    except UserError as error:
        raise UserError(error.message, where=f"{error.where} of the merge base", hint=error.hint) from error
    if own.source is None and team_rules(before):
        own = replace(own, source=TEAM_FOLDER)  # rules are a policy, too, that the head's configuration cannot outdo
    # a broken rule of the head is told before it is merged
    here = config_of(head, root, setting)
    here = check_settings(rules_of(head, withheld_offers(here)), here)
    own, here = teach(own, before), teach(here, head)
    if own.source is None:
        if setting.base_config is not None and here.source is None:
            raise UserError("neither the base nor the head has this file", where=setting.base_config)
        config, changes = seen_by(setting, trusted(own, here)), exceptions_changed(own, here, {}, {})
        return Policy(config, rules_of(head, config), tree_baseline(head, here.baseline), "head", changes)
    known = tree_baseline(before, own.baseline)
    changes = exceptions_changed(own, here, known, tree_baseline(head, here.baseline))
    changes += rules_changed(before, head, own.rule_files, here.rule_files)
    config = seen_by(setting, trusted(own, here))
    plain = replace(config, sdks=own.sdks, aliases=own.aliases)
    return Policy(config, rules, known, "base", changes, plain if plain != config else None)


def rules_of(tree: Tree, config: Config) -> tuple[Rule, ...]:
    """The packaged rules, those of packs, and those that the tree has of its own."""
    return bound(load_rules((*config.rule_files, *team_rules(tree))), config.predicates)


def config_of(tree: Tree, root: Path, setting: Setting) -> Config:
    """The configuration that a tree has of its own."""
    return tree_config(tree, setting.cache, setting.base_config, setting.policy, str(root))
