"""The baseline: findings a team lives with for now, by fingerprint, as a JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from costgate.model.error import UserError
from costgate.model.finding import Finding

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


def dump_baseline(findings: Iterable[Finding], kept: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """The text of a baseline: what is open or was in the baseline before, sorted, one entry a line.

    `kept` holds entries of an older baseline that stay although this run did not meet them.
    """
    entries = {
        finding.fingerprint: {"rule": finding.rule, "path": finding.span.path, "message": finding.message}
        for finding in findings
        if finding.state == "open" or finding.suppressed_by == "baseline"
    }
    entries |= {fingerprint: dict(entry) for fingerprint, entry in (kept or {}).items() if fingerprint not in entries}
    order = sorted(entries, key=lambda each: (str(entries[each].get("path")), str(entries[each].get("rule")), each))
    lines = [f'  "{fingerprint}": {json.dumps(entries[fingerprint], ensure_ascii=False)}' for fingerprint in order]
    body = "{\n" + ",\n".join(lines) + "\n }" if lines else "{}"
    return f'{{\n "schema": "{SCHEMA}",\n "findings": {body}\n}}\n'
