"""How much of a tree is read for a change: what the change can reach, or all of it where that is not clear."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from costgate.gate.policy import Policy
from costgate.gate.reading import known_to, reaching
from costgate.judge import Judgement
from costgate.judge.verdict import threshold
from costgate.model.config import Config
from costgate.model.setting import Setting
from costgate.model.tree import Tree
from costgate.policy.derive import NOT_WHOLE
from costgate.policy.glob import matches
from costgate.policy.settings import settings_for, severity
from costgate.read.remembered import is_remembered

if TYPE_CHECKING:
    from costgate.read.focus import Focus

LARGE = 1_000
"""Files of code from which on a tree is large. A smaller one is read in little time, and its sums are worth having."""


def focus_of_change(before: Tree, head: Tree, changed: Collection[str], policy: Policy, setting: Setting) -> Focus | None:
    """What is followed on both sides of a change; None: everything."""
    config = policy.config
    told = (config.source, *config.extends, config.prices_from, config.measured_file)
    if policy.plain is not None or policy.changes or any(each in changed for each in told):
        return None
    if _is_small((before, head), setting) or _is_strange(config):
        return None
    if setting.full is None and all(_remembered(tree, config, setting) for tree in (before, head)):
        return None
    return _focus((before, head), changed, config, setting)


def focus_of_files(tree: Tree, paths: Sequence[str], config: Config, setting: Setting) -> Focus | None:
    """What is followed to judge some files; None: everything."""
    if _is_small((tree,), setting) or _is_strange(config) or setting.full is None and _remembered(tree, config, setting):
        return None
    return _focus((tree,), frozenset(paths), config, setting)


def is_undecided(judged: Judgement, config: Config, mode: str, setting: Setting) -> bool:
    """Whether a rule that may decide the verdict could not tell, because not all of the tree was read."""
    asking = {each.rule for each in judged.abstentions if NOT_WHOLE in each.why}
    quiet = {"off"} if threshold(mode, config, setting.fail_on) == "info" else {"off", "info"}
    for rule in judged.rules:
        apart = (entry.rules[rule.id].severity for entry in config.paths if rule.id in entry.rules)
        levels = {severity(rule, settings_for(rule, config)), *(each for each in apart if each is not None)}
        if rule.id in asking and levels - quiet:
            return True
    return False


def _is_small(trees: Sequence[Tree], setting: Setting) -> bool:
    if setting.full is not None:
        return setting.full
    return all(sum(entry.path.endswith(".py") for entry in tree.entries()) < LARGE for tree in trees)


def _is_strange(config: Config) -> bool:
    """Whether a configuration makes calls of what no import leads to, asks who leads to a call, or has code judge."""
    return bool(config.sdks or config.aliases or config.predicates or reaching(config))


def _remembered(tree: Tree, config: Config, setting: Setting) -> bool:
    return is_remembered(tree, known_to(config, setting), setting.cache, reach=reaching(config))


def _focus(trees: Sequence[Tree], changed: Collection[str], config: Config, setting: Setting) -> Focus | None:
    from costgate.read.focus import focus_of, is_code

    globs = tuple(glob.partition("::")[0] for each in config.workloads for glob in each.sites)
    paths = {entry.path for tree in trees for entry in tree.entries() if globs and is_code(entry.path)}
    return focus_of(trees, frozenset(changed), {path for path in paths if matches(path, globs)}, known_to(config, setting), setting.cache)
