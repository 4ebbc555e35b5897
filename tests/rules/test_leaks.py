"""Every leak that the catalogue promises to find, in code as people write it, and a twin without the leak that is passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from costgate.gate import report_of_files
from costgate.policy.example import CONFIG, DEFAULT_FILE, marked
from costgate.policy.rule import load_rules

PAGES = sorted((Path(__file__).parent / "leaks").glob("*.yaml"))
RULES = {rule.id: rule for rule in load_rules()}
AS_OF = "2026-11-22"
LONG = re.compile(r'\[(\d+) times\] ([^"\n]*)')
"""Text that is long in the code that is judged and short here."""


class Case(NamedTuple):
    """One leak in one style: what is judged, and what it was before, where the leak is a change."""

    leak: str
    rule: str
    style: str
    config: str
    as_of: str
    before: Mapping[str, str] | None
    bad: Mapping[str, str]
    good: Mapping[str, str]
    at: frozenset[tuple[str, int]]


def _files(written: str | Mapping[str, str]) -> Mapping[str, str]:
    files = {DEFAULT_FILE: written} if isinstance(written, str) else written
    return {path: LONG.sub(lambda match: f"{match[2]} " * int(match[1]), text) for path, text in files.items()}


def _cases(page: Path) -> Iterator[Case]:
    for leak in yaml.safe_load(page.read_text("utf-8")):
        for case in leak["cases"]:
            given = {**leak, **case}
            yield Case(
                leak["leak"], given["rule"], given["style"], given.get("config", ""), given.get("as_of", AS_OF),
                _files(given["before"]) if "before" in given else None, _files(given["bad"]), _files(given["good"]),
                frozenset(given.get("at", {}).items()),
            )  # fmt: skip


CASES = [case for page in PAGES for case in _cases(page)]
NAMES = [f"{case.leak}: {case.style}" for case in CASES]


def found(case: Case, files: Mapping[str, str]) -> set[tuple[str, int]]:
    """The places where the rule has an open finding; everything is shown."""
    rule = RULES[case.rule]
    others = tuple(RULES.values()) if rule.each == "exception" else (rule,)
    config = f"persona: auditor\n{case.config}"
    _, judgement = report_of_files(dict(files), before=case.before and dict(case.before), config_text=config, rules=others, as_of=case.as_of)
    return {(one.span.path, one.span.line) for one in judgement.findings if one.rule == case.rule and one.state == "open"}


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_leak_is_found(case: Case) -> None:
    places = {*case.at, *marked(case.rule, {**case.bad, CONFIG: f"\n{case.config}"})}
    assert places, "no line is marked"
    assert found(case, case.bad) == places


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_twin_is_passed_over(case: Case) -> None:
    assert not found(case, case.good)


def test_every_leak_is_shown_in_two_styles() -> None:
    for page in PAGES:
        for leak in yaml.safe_load(page.read_text("utf-8")):
            assert len(leak["cases"]) >= 2, leak["leak"]
