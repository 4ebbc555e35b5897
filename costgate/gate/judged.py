"""A judgement with what it needs of the tree: fixes, hashes of lines, savings; and what the report was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from costgate import __version__
from costgate.config import fingerprint
from costgate.gate.place import Place
from costgate.gate.reading import book
from costgate.judge import Judgement
from costgate.judge.bytecolumns import byte_columns, rows_of
from costgate.judge.linehash import line_hashes
from costgate.model.config import Config
from costgate.model.finding import Rule
from costgate.model.report import PriceBookDoc, ProvenanceDoc, Report
from costgate.model.setting import Setting
from costgate.model.snapshot import Snapshot
from costgate.model.tree import Tree
from costgate.model.workload import Saving
from costgate.policy.rule import rules_digest
from costgate.read.extract import key_of


def asked_of(setting: Setting) -> Any:
    """What a run gives to the judge."""
    return {"fail_on": setting.fail_on, "as_of": setting.as_of, "book_date": book(setting).date}


def mendable(judged: Judgement, snapshot: Snapshot, config: Config, tree: Tree, setting: Setting) -> Judgement:
    """The same judgement; findings that a fix would make go away carry it."""
    if not judged.findings:
        return judged
    from costgate.fix import Bench, offered

    fixes = {
        fix.fingerprint: fix for fix in offered(judged, Bench(tree, snapshot, config, book(setting), setting.as_of))
    }
    findings = (replace(each, fix=fixes.get(each.fingerprint)) for each in judged.findings)
    return replace(judged, findings=tuple(replace(each, fix_available=each.fix is not None) for each in findings))


def hashed(judged: Judgement, tree: Tree) -> Judgement:
    """With the hash of each finding's line, by which code scanning knows it again, and its columns in bytes. A notebook's
    lines have neither."""
    lines: dict[str, set[int]] = {}
    for finding in judged.findings:
        if finding.span.path and finding.span.cell is None:
            lines.setdefault(finding.span.path, set()).add(finding.span.line)
    data = {path: content(tree, path) or b"" for path in lines}
    found = {path: line_hashes(data[path].decode("utf-8", "replace"), lines[path]) for path in lines}
    rows = {path: rows_of(each) for path, each in data.items()}
    findings = tuple(
        replace(
            finding,
            line_hash=found.get(finding.span.path, {}).get(finding.span.line),
            byte_columns=byte_columns(finding, rows.get(finding.span.path)),
        )
        for finding in judged.findings
    )
    return replace(judged, findings=findings)


def savings(
    judged: Judgement, snapshot: Snapshot, config: Config, setting: Setting
) -> Mapping[str, tuple[Saving, ...]]:
    """What mending each open finding would save, where its rule names a lever."""
    levers = {rule.id for rule in judged.rules if rule.lever}
    open_ones = (each for each in judged.findings if each.state == "open" and each.rule in levers)
    keys = frozenset(each.call_key for each in open_ones if each.call_key is not None)
    if not keys:
        return {}
    from costgate.measure.levers import call_savings

    return call_savings(snapshot, keys, book(setting), config, setting.cache)


def changed_paths(base: Tree, head: Tree) -> frozenset[str]:
    """Paths whose content differs between two trees."""
    old = {entry.path: entry.blob for entry in base.entries()}
    new = {entry.path: entry.blob for entry in head.entries()}
    found = old.keys() ^ new.keys()
    for path in old.keys() & new.keys():
        if old[path] is not None and new[path] is not None:
            same = old[path] == new[path]
        else:
            known, data = old[path] or new[path], content(head if new[path] is None else base, path)
            same = known is not None and data is not None and key_of(data) == known  # the other side need not be read
        if not same and content(base, path) != content(head, path):
            found.add(path)
    return frozenset(found)


def content(tree: Tree, path: str) -> bytes | None:
    """The bytes of a file; None where there are none."""
    try:
        return tree.read(path)
    except (OSError, KeyError):
        return None


def told(report: Report, config: Config) -> Report:
    """The report as the configuration lets it out of the machine."""
    if not config.redact:
        return report
    from costgate.render.redact import redacted

    return redacted(report)


def maker() -> Any:
    """Who made the report."""
    return {"name": "costgate", "version": __version__}


def origin_of(mode: str, place: Place, config: Config, setting: Setting, rules: Sequence[Rule]) -> ProvenanceDoc:
    """What the report was made from."""
    prices = book(setting)
    stated: PriceBookDoc = {"id": prices.id, "sha256": prices.sha256, "date": prices.date}
    if prices.on:
        stated["on"] = prices.on
    repository = place.repository
    head = repository.head() if repository is not None else None
    return {
        "mode": mode,
        "repository": repository.name() if repository is not None else place.root.name,
        "head_sha": head,
        "base_sha": None,
        "merge_base_sha": None,
        "dirty": repository.is_dirty() if repository is not None and head is not None else False,
        "as_of": setting.as_of,
        "currency": prices.currency,
        "price_book": stated,
        "policy": {"source": "file" if setting.config else "head", "sha256": rules_digest(rules)},
        "config_sha256": fingerprint(config),
        "run_order": repository.commit_time(head) if repository is not None and head is not None else 0,
    }
