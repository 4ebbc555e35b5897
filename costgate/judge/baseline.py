"""The baseline: findings a team lives with for now, by fingerprint, as a JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from costgate.judge.evaluate import identity
from costgate.model.error import UserError
from costgate.model.finding import Finding

if TYPE_CHECKING:
    from costgate.judge.judgement import Judgement

SCHEMA = "costgate.baseline/1"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def parse_baseline(text: str, where: str) -> dict[str, dict[str, Any]]:
    """Fingerprint -> what the entry says of itself. UserError for anything that is no baseline."""
    hint = "make a new one with: costgate baseline create"
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise UserError("not a baseline: no valid JSON", where=f"{where}:{line}", hint=hint) from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise UserError(f"not a baseline of {SCHEMA}", where=where, hint=hint)
    findings = data.get("findings")
    if not isinstance(findings, dict) or set(data) != {"schema", "findings"}:
        raise UserError("a baseline has schema and findings, and nothing else", where=where, hint=hint)
    for fingerprint, entry in findings.items():
        if not _FINGERPRINT.fullmatch(fingerprint) or not isinstance(entry, dict):
            raise UserError(f"{fingerprint[:80]!r} is no entry of a baseline", where=where, hint=hint)
    return findings


def accepted(findings: Iterable[Finding]) -> dict[str, dict[str, Any]]:
    """The entries that a new baseline has: one for each open finding."""
    return {
        finding.fingerprint: {"rule": finding.rule, "path": finding.span.path, "message": finding.message}
        for finding in findings
        if finding.state == "open"
    }


def ratcheted(entries: Mapping[str, dict[str, Any]], judged: Judgement, unread: Collection[str]) -> dict[str, Any]:
    """What of a baseline is still needed, as it was written; never more than there was.

    An entry stays while its finding is there, and where nobody can tell: its rule abstained, or its file was not read.
    """
    kinds = {rule.id: rule.each for rule in judged.rules}
    open_question = {identity(each.rule, kinds[each.rule], each.key) for each in judged.abstentions}
    met = {finding.fingerprint for finding in judged.findings if finding.suppressed_by == "baseline"}
    return {
        fingerprint: entry
        for fingerprint, entry in entries.items()
        if fingerprint in met | open_question or entry.get("path") in unread
    }


def dump_baseline(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a baseline: sorted by path and rule, one entry a line, so that a change of it reads well."""
    order = sorted(entries, key=lambda each: (str(entries[each].get("path")), str(entries[each].get("rule")), each))
    lines = [f'  "{fingerprint}": {_written(entries[fingerprint])}' for fingerprint in order]
    body = "{\n" + ",\n".join(lines) + "\n }" if lines else "{}"
    return f'{{\n "schema": "{SCHEMA}",\n "findings": {body}\n}}\n'


def _written(entry: Mapping[str, Any]) -> str:
    """As a person reads it, unless it holds what nobody sees or no file can."""
    text = json.dumps(entry, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(entry)
