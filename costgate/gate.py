"""Wires the stages: trees in, report out. No logic of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from costgate import __version__
from costgate.compare import compare
from costgate.compare.submodules import moved, unneeded
from costgate.config import (
    DEFAULT,
    MEASURED,
    TEAM_FOLDER,
    asking,
    exceptions_changed,
    fingerprint,
    hidden_by,
    in_force,
    load_config,
    parse_config,
    rules_changed,
    teach,
    team_rules,
    tree_baseline,
    tree_config,
    trusted,
    withheld,
)
from costgate.judge import Judgement, judge
from costgate.judge.baseline import accepted, ratcheted
from costgate.judge.case import budget_for
from costgate.judge.document import document
from costgate.judge.justify import TRAILER, pleas_of
from costgate.judge.linehash import line_hashes
from costgate.knowledge.prices import PriceBook, book_for, load_book, parse_book
from costgate.knowledge.sdks import check_words, digest, load_sdks
from costgate.measure.levers import call_savings
from costgate.measure.measure import measure
from costgate.measure.portfolio import with_workloads
from costgate.measure.price import routed
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.finding import Rule
from costgate.model.prompt import PromptSource
from costgate.model.report import ExceptionDoc, PriceBookDoc, ProvenanceDoc, Report
from costgate.model.setting import Setting
from costgate.model.snapshot import Comparison, Reading, Snapshot
from costgate.model.tree import Cache, NoCache, Tree
from costgate.model.workload import Saving
from costgate.policy.glob import matches
from costgate.policy.rule import load_rules, rules_digest
from costgate.policy.settings import check_settings
from costgate.read.remembered import reading_of
from costgate.store.git import Repository, find_root, open_repository
from costgate.store.trees import EditedTree, FilesTree, FolderTree


def audit(paths: Sequence[Path], setting: Setting, edited: Mapping[str, bytes] | None = None) -> Report:
    """Read a whole tree: the repository that the paths lie in, or the folder given when there is none.

    With paths below the repository's top, everything is read for linking; reported are the calls under them, and those
    that send a prompt under them. `edited`: what some files would be.
    """
    root, repository = _root(paths)
    with _closing(repository):
        tree = _edited(repository.worktree() if repository is not None else FolderTree(root), edited)
        config = _seen_by(setting, teach(load_config(root, setting.config, setting.cache, setting.policy), tree))
        judged, snapshot = _audited(tree, config, setting, paths, _scopes(root, paths), tree_baseline(tree, config.baseline))
        provenance = _provenance("audit", root, config, setting, repository, _rules(tree, config))
        return document(_hashed(judged, tree), snapshot, provenance, _tool(), (), _savings(judged, snapshot, config, setting))


def unmeasured(start: Path, setting: Setting) -> tuple[Report, Path, str, bool]:
    """An audit as if nothing had been measured; the root, the path of the measured figures, and whether it is named."""
    root, repository = _root([start])
    with _closing(repository):
        tree = repository.worktree() if repository is not None else FolderTree(root)
        given = load_config(root, setting.config, setting.cache, setting.policy)
        config = _seen_by(setting, teach(replace(given, measured_file=None), tree))
        judged, snapshot = _audited(tree, config, setting, [start], (), {})
        report = document(judged, snapshot, _provenance("audit", root, config, setting, repository, _rules(tree, config)), _tool())
        return report, root, given.measured_file or MEASURED, given.measured_file is not None


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
    root, repository = _root([start])
    with _closing(repository):
        tree = repository.worktree() if repository is not None else FolderTree(root)
        config = _seen_by(setting, teach(load_config(root, setting.config, setting.cache, setting.policy), tree))
        path = config.baseline or DEFAULT
        named = config.baseline is not None
        if way == "create":
            if (root / path).exists():
                raise UserError("is there already", where=path, hint="costgate baseline update, or remove it first")
            judged, _ = _audited(tree, config, setting, [start], (), {})
            return Baseline(root, path, named, {}, accepted(judged.findings))
        before = tree_baseline(tree, path)
        if way == "show":
            return Baseline(root, path, named, before, before)
        judged, snapshot = _audited(tree, config, setting, [start], (), before)
        return Baseline(root, path, named, before, ratcheted(before, judged, snapshot.reading.unread))


def _audited(
    tree: Tree,
    config: Config,
    setting: Setting,
    paths: Sequence[Path],
    scope: Sequence[str],
    known: Mapping[str, Any],
) -> tuple[Judgement, Snapshot]:
    snapshot = _snapshot(tree, config, setting, scope)
    if not (snapshot.reading.files or snapshot.prompts):
        raise UserError("no Python files to read", where=str(paths[0]), hint="give the folder of a Python project")
    judged = judge(_rules(tree, config), snapshot, config, mode="audit", baseline=known, **_given(setting))
    return _mendable(judged, snapshot, config, tree, setting), snapshot


def root_of(paths: Sequence[Path]) -> Path:
    """The top of what is read when these are audited."""
    root, repository = _root(paths)
    with _closing(repository):
        return root


def _edited(tree: Tree, files: Mapping[str, bytes] | None) -> Tree:
    return EditedTree(tree, files) if files else tree


def _mendable(judged: Judgement, snapshot: Snapshot, config: Config, tree: Tree, setting: Setting) -> Judgement:
    """The same judgement; findings that a fix would make go away carry it."""
    from costgate.fix import Bench, offered

    fixes = {fix.fingerprint: fix for fix in offered(judged, Bench(tree, snapshot, config, _book(setting), setting.as_of))}
    findings = (replace(each, fix=fixes.get(each.fingerprint)) for each in judged.findings)
    return replace(judged, findings=tuple(replace(each, fix_available=each.fix is not None) for each in findings))


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
        policy = _policy(before, tree, root, setting)
        head_shot = _snapshot(tree, policy.config, setting, ())
        if policy.plain is not None:
            plain = _snapshot(tree, policy.plain, setting, ())
            if hidden_by(plain.reading, head_shot.reading):
                head_shot = plain
                policy = replace(policy, config=policy.plain, changes=tuple(map(withheld, policy.changes)))
        base_shot = _snapshot(before, policy.config, _before(setting), ())
        comparison = compare(base_shot, head_shot)
        bumped = moved(before, tree)
        idle = unneeded(bumped, ((before, base_shot.reading), (tree, head_shot.reading)))
        judged = judge(
            policy.rules,
            comparison,
            policy.config,
            mode="diff",
            paths=changed_paths(before, tree) | (bumped - idle),
            baseline=policy.baseline,
            pleas=pleas_of(repository.trailers(merge_base, head_sha, TRAILER), setting.labels),
            **_given(setting),
        )
        judged = _mendable(judged, head_shot, policy.config, tree, setting)
        provenance = _provenance("diff", root, policy.config, setting, repository, policy.rules)
        provenance["policy"]["source"] = policy.source
        provenance |= {
            "head_sha": head_sha,
            "base_sha": base_sha,
            "merge_base_sha": merge_base,
            "dirty": which != "commit",
            "run_order": repository.commit_time(head_sha),
        }
        saved = _savings(judged, head_shot, policy.config, setting)
        return document(_hashed(judged, tree), comparison, provenance, _tool(), policy.changes, saved)


@dataclass(frozen=True, slots=True)
class _Policy:
    """What judges a change, where it comes from (base | head | file), and what the head would have it be."""

    config: Config
    rules: tuple[Rule, ...]
    baseline: Mapping[str, Any]
    source: str
    changes: tuple[ExceptionDoc, ...] = ()
    plain: Config | None = None
    """Without what the head teaches, where it teaches anything."""


def _policy(before: Tree, head: Tree, root: Path, setting: Setting) -> _Policy:
    if setting.config is not None:
        given = load_config(root, setting.config, setting.cache, setting.policy)
        own = teach(given, before)
        config = _seen_by(setting, trusted(own, teach(given, head)))
        plain = replace(config, sdks=own.sdks, aliases=own.aliases)
        known = tree_baseline(FolderTree(root), config.baseline)
        return _Policy(config, _rules(before, config), known, "file", (), plain if plain != config else None)
    try:
        own = _tree_config(before, root, setting)
        rules = _rules(before, own)
        own = check_settings(rules, own)
    except UserError as error:
        raise UserError(error.message, where=f"{error.where} of the merge base", hint=error.hint) from error
    if own.source is None and team_rules(before):
        own = replace(own, source=TEAM_FOLDER)  # rules are a policy, too, that the head's configuration cannot outdo
    # a broken rule of the head is told before it is merged
    here = _tree_config(head, root, setting)
    here = check_settings(_rules(head, here), here)
    own, here = teach(own, before), teach(here, head)
    if own.source is None:
        if setting.base_config is not None and here.source is None:
            raise UserError("neither the base nor the head has this file", where=setting.base_config)
        config, changes = _seen_by(setting, trusted(own, here)), exceptions_changed(own, here, {}, {})
        return _Policy(config, _rules(head, config), tree_baseline(head, here.baseline), "head", changes)
    known = tree_baseline(before, own.baseline)
    changes = exceptions_changed(own, here, known, tree_baseline(head, here.baseline))
    changes += rules_changed(before, head)
    config = _seen_by(setting, trusted(own, here))
    plain = replace(config, sdks=own.sdks, aliases=own.aliases)
    return _Policy(config, rules, known, "base", changes, plain if plain != config else None)


def check(
    files: Sequence[Path], start: Path, setting: Setting, edited: Mapping[str, bytes] | None = None
) -> Report | None:
    """Judge the files given, absolutely. None when none of them can hold a call: nothing heavy was loaded then."""
    root = find_root(start) or start
    relative = _relative(root, files)
    repository = open_repository(root) if find_root(start) is not None else None
    with _closing(repository):
        tree = _edited(repository.worktree() if repository is not None else FolderTree(root), edited)
        config = _seen_by(setting, teach(load_config(root, setting.config, setting.cache, setting.policy), tree))
        snapshot = _snapshot(tree, config, setting, tuple(relative), whole=False)
        rules, known = _rules(tree, config), tree_baseline(tree, config.baseline)
        judged = judge(rules, snapshot, config, mode="check", paths=relative, baseline=known, **_given(setting))
        judged = _mendable(judged, snapshot, config, tree, setting)
        return document(_hashed(judged, tree), snapshot, _provenance("check", root, config, setting, repository, rules), _tool())


def report_of_files(
    files: Mapping[str, str],
    *,
    before: Mapping[str, str] | None = None,
    config_text: str | None = None,
    rules: Sequence[Rule] | None = None,
    as_of: str = "2026-11-22",
) -> tuple[Snapshot | Comparison, Judgement]:
    """Measure and judge files given as text, as rule and SDK examples do. With `before`, as a change."""
    setting = Setting(as_of, NoCache())
    config = Config() if config_text is None else parse_config(config_text, "costgate.yaml")
    config = teach(config, FilesTree(files))
    measured = measure_files(files, before, config)
    chosen = _rules(FilesTree(files if before is None else before), config) if rules is None else tuple(rules)
    if before is None:
        return measured, judge(chosen, measured, config, mode="check", paths=tuple(files), **_given(setting))
    paths = changed_paths(FilesTree(before), FilesTree(files))
    return measured, judge(chosen, measured, config, mode="diff", paths=paths, **_given(setting))


def measure_files(
    files: Mapping[str, str], before: Mapping[str, str] | None, config: Config
) -> Snapshot | Comparison:
    """Measure files given as text; with `before`, both sides."""
    setting = Setting("", NoCache())
    head = _snapshot(FilesTree(files), config, setting, ())
    return head if before is None else compare(_snapshot(FilesTree(before), config, setting, ()), head)


def changed_paths(base: Tree, head: Tree) -> frozenset[str]:
    """Paths whose content differs between two trees."""
    old = {entry.path: entry.blob for entry in base.entries()}
    new = {entry.path: entry.blob for entry in head.entries()}
    found = old.keys() ^ new.keys()
    for path in old.keys() & new.keys():
        if old[path] is None or new[path] is None or old[path] != new[path]:
            if _read(base, path) != _read(head, path):
                found.add(path)
    return frozenset(found)


def _hashed(judged: Judgement, tree: Tree) -> Judgement:
    """With the hash of each finding's line, by which code scanning knows it again. A notebook's lines have none."""
    lines: dict[str, set[int]] = {}
    for finding in judged.findings:
        if finding.span.path and finding.span.cell is None:
            lines.setdefault(finding.span.path, set()).add(finding.span.line)
    found = {path: line_hashes((_read(tree, path) or b"").decode("utf-8", "replace"), lines[path]) for path in lines}
    findings = tuple(
        replace(finding, line_hash=found.get(finding.span.path, {}).get(finding.span.line)) for finding in judged.findings
    )
    return replace(judged, findings=findings)


def _read(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except (OSError, KeyError):
        return None


def _snapshot(tree: Tree, config: Config, setting: Setting, scope: Sequence[str], *, whole: bool = True) -> Snapshot:
    """`whole`: with the workloads, which are about all calls of the tree whatever the scope."""
    told = partial(setting.tell, f"reading the {tree.label}")
    known = {**knowledge(setting.cache, config.sdks), "aliases": config.aliases}
    reading = reading_of(tree, known, setting.cache, told, reach=any(each.entrypoints for each in config.workloads))
    dropped = tuple(config.exclude)
    sending = {key for each in reading.prompts if _inside(each.span.path, scope) for key in each.used_by}
    kept = tuple(site for site in reading.calls if not matches(site.span.path, dropped))
    calls = tuple(site for site in kept if _inside(site.span.path, scope) or site.key in sending)
    keys = {site.key for site in calls}
    config = replace(config, models=routed(config, reading.models, _book(setting)).models)
    reading = replace(reading, calls=calls, prompts=tuple(_prompts(reading, keys, scope, config)))
    snapshot = measure(reading, _book(setting), config, setting.cache, tree.label)
    return with_workloads(snapshot, kept, _book(setting), config, setting.cache) if whole else snapshot


def _before(setting: Setting) -> Setting:
    """The setting of the base, which may have prices of its own."""
    if setting.base_prices is None:
        return setting
    return replace(setting, prices=setting.base_prices, prices_data=setting.base_prices_data)


def _book(setting: Setting) -> PriceBook:
    return book_of(setting.prices, setting.prices_data)


def _prompts(
    reading: Reading, keys: Collection[str], scope: Sequence[str], config: Config
) -> Iterator[PromptSource]:
    """The prompts that the calls left over send, and the prompt files that nobody is seen to send."""
    for each in reading.prompts:
        used = tuple(key for key in each.used_by if key in keys)
        paths = {each.span.path, *(part.span.path for part in each.parts)}
        inside = any(_inside(path, scope) for path in paths)
        apart = each.format and inside and not matches(each.span.path, config.exclude)
        if used or apart:
            yield replace(each, used_by=used, budget=budget_for(each.span.path, each.budget, config.budgets))


def _inside(path: str, scope: Sequence[str]) -> bool:
    return not scope or any(path == each or path.startswith(f"{each}/") for each in scope)


def knowledge(cache: Cache, extra: Sequence[tuple[str, str]] = ()) -> Mapping[str, Any]:
    """The compiled SDK knowledge with a team's own files, remembered under its digest."""
    key = digest(extra)
    known = cache.get("sdks", key)
    if isinstance(known, dict) and known.get("digest") == key:
        return known
    for where, text in extra:
        check_words(text, where)
    made = _compiled(tuple(extra))
    cache.put("sdks", key, made)
    return made


@lru_cache(maxsize=4)
def _compiled(extra: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    """The two trees of a comparison teach the same as a rule; nobody changes what is compiled."""
    return load_sdks(extra)


def _seen_by(setting: Setting, config: Config) -> Config:
    """The configuration as it holds for this run: by whom it is seen, with the prices of its day, and as it is asked."""
    if config.prices:
        config = in_force(config, load_book(), _book(setting).on or setting.as_of)
    seen = config if setting.persona is None else replace(config, persona=setting.persona)
    return asking(seen, setting.what_if)


def _given(setting: Setting) -> Any:
    return {"fail_on": setting.fail_on, "as_of": setting.as_of, "book_date": _book(setting).date}


def _rules(tree: Tree, config: Config) -> tuple[Rule, ...]:
    """The packaged rules, those of packs, and those that the tree has of its own."""
    return load_rules((*config.rule_files, *team_rules(tree)))


def _tree_config(tree: Tree, root: Path, setting: Setting) -> Config:
    return tree_config(tree, setting.cache, setting.base_config, setting.policy, str(root))


def book_of(prices: str | None, data: bytes | None = None) -> PriceBook:
    """The price book of a day, a name or a file's bytes; without any, the newest shipped one."""
    return book_for(prices) if data is None else parse_book(data, prices or "the price book")


def _root(paths: Sequence[Path]) -> tuple[Path, Repository | None]:
    first = paths[0]
    for path in paths:
        if not path.exists():
            raise UserError("no such file or folder", where=str(path))
    folder = (first if first.is_dir() else first.parent).resolve()
    root = find_root(folder)
    if root is None:
        return folder, None
    repository = open_repository(root)
    if folder != root and repository.is_ignored(folder):
        repository.close()
        return folder, None
    return root, repository


def _scopes(root: Path, paths: Sequence[Path]) -> tuple[str, ...]:
    top, scopes = root.resolve(), []
    for path in paths:
        try:
            scopes.append(path.resolve().relative_to(top).as_posix())
        except ValueError:
            raise UserError("lies outside of what is audited", where=str(path), hint=f"audit {top} on its own") from None
    return () if "." in scopes else tuple(scopes)


def _relative(root: Path, files: Sequence[Path]) -> list[str]:
    found = []
    for file in files:
        if not file.exists():
            raise UserError("no such file", where=str(file))
        try:
            found.append(file.resolve().relative_to(root.resolve()).as_posix())
        except ValueError:
            raise UserError("lies outside the repository", where=str(file)) from None
    return found


def _savings(judged: Judgement, snapshot: Snapshot, config: Config, setting: Setting) -> Mapping[str, tuple[Saving, ...]]:
    """What mending each open finding would save, where its rule names a lever."""
    levers = {rule.id for rule in judged.rules if rule.lever}
    open_ones = (each for each in judged.findings if each.state == "open" and each.rule in levers)
    keys = frozenset(each.call_key for each in open_ones if each.call_key is not None)
    return call_savings(snapshot, keys, _book(setting), config, setting.cache) if keys else {}


class _closing:
    def __init__(self, repository: Repository | None) -> None:
        self.repository = repository

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        if self.repository is not None:
            self.repository.close()


def _tool() -> Any:
    return {"name": "costgate", "version": __version__}


def _provenance(
    mode: str, root: Path, config: Config, setting: Setting, repository: Repository | None, rules: Sequence[Rule]
) -> ProvenanceDoc:
    book = _book(setting)
    stated: PriceBookDoc = {"id": book.id, "sha256": book.sha256, "date": book.date}
    if book.on:
        stated["on"] = book.on
    head = repository.head() if repository is not None else None
    return {
        "mode": mode,
        "repository": repository.name() if repository is not None else root.name,
        "head_sha": head,
        "base_sha": None,
        "merge_base_sha": None,
        "dirty": repository.is_dirty() if repository is not None and head is not None else False,
        "as_of": setting.as_of,
        "currency": book.currency,
        "price_book": stated,
        "policy": {"source": "file" if setting.config else "head", "sha256": rules_digest(rules)},
        "config_sha256": fingerprint(config),
        "run_order": repository.commit_time(head) if repository is not None and head is not None else 0,
    }
