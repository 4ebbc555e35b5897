"""Gaps, rules as data, and findings: what could not be known, and what a rule says about a fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from costgate.model.fix import Fix
from costgate.model.value import Span
from costgate.model.waiver import Waiver

SEVERITIES = ("info", "warning", "error")
CONFIDENCES = ("low", "medium", "high")
STATES = ("open", "existing", "suppressed", "waived")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something we could not know. `what`: model, price, prompt, file, ...; `why` is a sentence for the report."""

    what: str
    why: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its YAML file says it; `match` stays data and is judged by judge/evaluate."""

    id: str
    name: str
    severity: str
    confidence: str
    summary: str
    why: str
    fix: str
    message: str
    each: str
    match: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)
    enforced: bool = False
    since: str = ""
    persona: str = "default"
    lever: str = ""
    source: str = ""
    line: int = field(default=1, compare=False)
    """Of its id in its file."""
    repair: Mapping[str, Any] = field(default_factory=dict)
    """Which argument a fix writes (`argument`), with which value (`to`, or `pin`), and whether that is `safe`."""
    predicates: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The functions behind the names in `match` that an installed distribution offers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says about one fact. `state` is one of STATES; a suppressed finding keeps who suppressed it."""

    rule: str
    severity: str
    span: Span
    message: str
    fingerprint: str
    call_key: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    state: str = "open"
    suppressed_by: str | None = None
    line_hash: str | None = None
    fix_available: bool = False
    fix: Fix | None = None
    waiver: Waiver | None = None
    """In the state waived."""
    justified_by: str | None = None
    """What the change says for itself; the finding then only warns."""
    byte_columns: tuple[int, int] | None = None
    """Start and end in bytes, where the text is known; the span counts in UTF-16 units."""


@dataclass(frozen=True, slots=True)
class Abstention:
    """A rule that could not tell, and why."""

    rule: str
    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """An inline `# costgate: ignore[ID] reason` comment and the lines it covers."""

    span: Span
    rules: tuple[str, ...]
    reason: str
