"""The runs: an audit, a change, files; in each the stages one after the other, and no logic of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costgate.compare import compare
from costgate.compare.submodules import moved, unneeded
from costgate.config import (
    DEFAULT,
    MEASURED,
    hidden_by,
    load_config,
    teach,
    tree_baseline,
    withheld,
)
from costgate.gate.focused import focus_of_change, focus_of_files, is_undecided
from costgate.gate.judged import asked_of, changed_paths, hashed, maker, mendable, origin_of, savings, told
from costgate.gate.place import Place, below, place_at, place_of, scopes
from costgate.gate.policy import Policy, policy_of, rules_of
from costgate.gate.reading import of_the_base, seen_by, snapshot_of
from costgate.gate.rest import Rest
from costgate.judge import Judgement, judge
from costgate.judge.baseline import accepted, ratcheted
from costgate.judge.document import document
from costgate.judge.justify import TRAILER, pleas_of
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.report import Report
from costgate.model.setting import Setting
from costgate.model.snapshot import Comparison, Snapshot
from costgate.model.tree import Tree
from costgate.model.waiver import Plea
from costgate.policy.settings import check_settings
from costgate.store.git import find_root, open_repository

if TYPE_CHECKING:
    from costgate.read.focus import Focus


def audit(paths: Sequence[Path], setting: Setting, edited: Mapping[str, bytes] | None = None) -> Report:
    """Read a whole tree: the repository that the paths lie in, or the folder given when there is none.

    With paths below the repository's top, everything is read for linking; reported are the calls under them, and those
    that send a prompt under them. `edited`: what some files would be.
    """
    with place_of(paths) as place:
        tree = place.tree(edited)
        config = seen_by(setting, teach(_loaded(place.root, setting), tree))
        known = tree_baseline(tree, config.baseline)
        judged, snapshot = _audited(tree, config, setting, paths, scopes(place.root, paths), known)
        origin = origin_of("audit", place, config, setting, rules_of(tree, config))
        saved = savings(judged, snapshot, config, setting)
        return told(document(hashed(judged, tree), snapshot, origin, maker(), (), saved), config)


def unmeasured(start: Path, setting: Setting) -> tuple[Report, Path, str, bool]:
    """An audit as if nothing had been measured; the root, the path of the measured figures, and whether it is named."""
    with place_of([start]) as place:
        tree = place.tree()
        given = _loaded(place.root, setting)
        config = seen_by(setting, teach(replace(given, measured_file=None), tree))
        judged, snapshot = _audited(tree, config, setting, [start], (), {})
        report = document(judged, snapshot, origin_of("audit", place, config, setting, rules_of(tree, config)), maker())
        return report, place.root, given.measured_file or MEASURED, given.measured_file is not None


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline as it stands, and as it shall be. `named`: whether the configuration says to use it."""

    root: Path
    path: str
    named: bool
    before: Mapping[str, Mapping[str, Any]]
    after: Mapping[str, Mapping[str, Any]]


def baseline(start: Path, way: str, setting: Setting) -> Baseline:
    """The baseline of the repository or folder. `way`: create (all that is open) | update (what is left) | show."""
    with place_of([start]) as place:
        root, tree = place.root, place.tree()
        config = seen_by(setting, teach(_loaded(root, setting), tree))
        path = config.baseline or DEFAULT
        named = config.baseline is not None
        if way == "create":
            if (root / path).exists():
                raise UserError("is there already", where=path, hint="costgate baseline update, or remove it first")
            judged, _ = _audited(tree, config, setting, [start], (), {})
            return Baseline(root, path, named, {}, accepted(judged.findings))
        before = tree_baseline(tree, path, named=config.baseline is not None)
        if way == "show":
            return Baseline(root, path, named, before, before)
        judged, snapshot = _audited(tree, config, setting, [start], (), before)
        return Baseline(root, path, named, before, ratcheted(before, judged, snapshot.reading.unread))


def _loaded(root: Path, setting: Setting) -> Config:
    return load_config(root, setting.config, setting.cache, setting.policy)


def _audited(
    tree: Tree,
    config: Config,
    setting: Setting,
    paths: Sequence[Path],
    scope: Sequence[str],
    known: Mapping[str, Any],
) -> tuple[Judgement, Snapshot]:
    snapshot = snapshot_of(tree, config, setting, scope)
    if not (snapshot.reading.files or snapshot.prompts):
        raise UserError("no Python files to read", where=str(paths[0]), hint="give the folder of a Python project")
    judged = judge(rules_of(tree, config), snapshot, config, mode="audit", baseline=known, **asked_of(setting))
    return mendable(judged, snapshot, config, tree, setting), snapshot


def diff(start: Path, base: str | None, head: str | None, which: str, setting: Setting) -> Report:
    """Compare a tree with the merge base. `which`: commit (of `head`) | staged | worktree."""
    root = find_root(start)
    if root is None:
        raise UserError("not a git repository", where=str(start), hint="costgate diff compares git revisions")
    with open_repository(root) as repository:
        repository.check()
        base_sha = repository.resolve(base or repository.default_base())
        head_sha = repository.resolve(head or "HEAD")
        merge_base = repository.merge_base(base_sha, head_sha)
        tree: Tree = repository.commit(head_sha, "head")
        if which != "commit":
            tree = repository.index() if which == "staged" else repository.worktree()
        before = repository.commit(merge_base, "merge base")
        policy, changed = policy_of(before, tree, root, setting), changed_paths(before, tree)
        pleas = pleas_of(repository.trailers(merge_base, head_sha, TRAILER), setting.labels)
        focus = focus_of_change(before, tree, changed, policy, setting)
        sides = before, tree, changed, pleas
        judged, comparison, settled = _judged(policy, sides, setting, focus)
        if focus is not None and is_undecided(judged, settled.config, "diff", setting):
            judged, comparison, settled = _judged(policy, sides, setting, None)
        policy, head_shot = settled, comparison.head
        judged = mendable(judged, head_shot, policy.config, tree, setting)
        origin = origin_of("diff", Place(root, repository), policy.config, setting, policy.rules)
        origin["policy"]["source"] = policy.source
        origin |= {
            "head_sha": head_sha,
            "base_sha": base_sha,
            "merge_base_sha": merge_base,
            "dirty": which != "commit",
            "run_order": repository.commit_time(head_sha),
        }
        saved = savings(judged, head_shot, policy.config, setting)
        return told(document(hashed(judged, tree), comparison, origin, maker(), policy.changes, saved), policy.config)


def _judged(
    policy: Policy, sides: tuple[Tree, Tree, frozenset[str], Sequence[Plea]], setting: Setting, focus: Focus | None
) -> tuple[Judgement, Comparison, Policy]:
    """Both sides read, compared and judged. `sides`: base, head, the paths that differ, what the change says for itself."""
    before, tree, changed, pleas = sides
    policy, head_shot = _head(policy, tree, setting, focus)
    base_shot = snapshot_of(before, policy.config, of_the_base(setting), (), focus=focus)
    comparison = compare(base_shot, head_shot)
    bumped = moved(before, tree)
    idle = unneeded(bumped, ((before, base_shot.reading), (tree, head_shot.reading)))
    judged = judge(
        policy.rules,
        comparison,
        policy.config,
        mode="diff",
        paths=changed | (bumped - idle),
        baseline=policy.baseline,
        pleas=pleas,
        **asked_of(setting),
    )
    return judged, comparison, policy


def _head(policy: Policy, tree: Tree, setting: Setting, focus: Focus | None) -> tuple[Policy, Snapshot]:
    """The head as what it teaches makes it; without that, where it would hide a call or make one say less."""
    shot = snapshot_of(tree, policy.config, setting, (), focus=focus)
    if policy.plain is None:
        return policy, shot
    plain = snapshot_of(tree, policy.plain, setting, ())
    if not hidden_by(plain.reading, shot.reading):
        return policy, shot
    return replace(policy, config=policy.plain, changes=tuple(map(withheld, policy.changes))), plain


def check(
    files: Sequence[Path],
    start: Path,
    setting: Setting,
    edited: Mapping[str, bytes] | None = None,
    rest: Rest | None = None,
) -> Report:
    """Judge the files given, absolutely. `rest` is told what the answer rests on."""
    with place_at(start) as place:
        paths, tree = below(place.root, files), place.tree(edited)
        tree = tree if rest is None else rest.watch(tree, place.root)
        config = seen_by(setting, teach(_loaded(place.root, setting), tree))
        if rest is not None:
            rest.note(config, lambda: _loaded(place.root, setting))
        rules, known = rules_of(tree, config), tree_baseline(tree, config.baseline)
        focus = focus_of_files(tree, paths, config, setting)
        for each in (focus, None):
            snapshot = snapshot_of(tree, config, setting, tuple(paths), whole=False, focus=each, apart=rest is None)
            judged = judge(rules, snapshot, config, mode="check", paths=paths, baseline=known, **asked_of(setting))
            if each is None or not is_undecided(judged, config, "check", setting):
                break
        judged = mendable(judged, snapshot, config, tree, setting)
        origin = origin_of("check", place, config, setting, rules)
        return told(document(hashed(judged, tree), snapshot, origin, maker()), config)


def in_order(start: Path, setting: Setting, rest: Rest) -> None:
    """Raise the UserError that a check of any file would end with; `rest` is told what the configuration rests on."""
    with place_at(start) as place:
        tree = rest.watch(place.tree(), place.root)
        config = seen_by(setting, teach(_loaded(place.root, setting), tree))
        rest.note(config, lambda: _loaded(place.root, setting))
        check_settings(rules_of(tree, config), config)
        tree_baseline(tree, config.baseline)
