"""Every example of every rule, read from source to finding, and every condition taken away once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from costgate.judge import Judgement, judge
from costgate.knowledge.prices import load_book
from costgate.model.config import Config
from costgate.model.finding import Rule
from costgate.model.snapshot import Comparison, Snapshot
from costgate.policy.example import Example, examples, leaves, without
from costgate.policy.rule import load_rules

try:
    from costgate.gate import report_of_files
except ImportError:
    report_of_files = None

pytestmark = pytest.mark.skipif(report_of_files is None, reason="costgate.gate cannot be imported")

RULES = load_rules()
AS_OF = "2026-11-22"
CASES = [(rule, example) for rule in RULES for example in examples(rule)]


@dataclass(frozen=True)
class Ran:
    """What an example gave: the lines that fire, whether the rule abstained, and the measured trees."""

    fired: frozenset[tuple[str, int]]
    abstained: bool
    measured: Snapshot | Comparison


def outcome(rule: Rule, judgement: Judgement) -> tuple[frozenset[tuple[str, int]], bool]:
    """The lines with an open finding of the rule, and whether it abstained anywhere."""
    open_findings = [each for each in judgement.findings if each.rule == rule.id and each.state == "open"]
    abstained = any(each.rule == rule.id for each in judgement.abstentions)
    return frozenset((each.span.path, each.span.line) for each in open_findings), abstained


def chosen(rule: Rule) -> tuple[Rule, ...]:
    """The rule alone; all of them where it asks what the others' ignores met."""
    others = RULES if rule.each == "exception" else ()
    return (*(each for each in others if each.id != rule.id), rule)


def run_example(rule: Rule, example: Example) -> Ran:
    """Read, measure, compare and judge one example."""
    measured, judgement = report_of_files(
        dict(example.files),
        before=None if example.before is None else dict(example.before),
        config_text=example.config,
        rules=chosen(example.rule(rule)),
        as_of=example.as_of or AS_OF,
    )
    return Ran(*outcome(rule, judgement), measured)


@cache
def ran(index: int) -> Ran:
    """Each example is read once, however often it is judged."""
    return run_example(*CASES[index])


def named(case: Any) -> str:
    return f"{case[0].name}: {case[1].title}"


@pytest.mark.parametrize("index", range(len(CASES)), ids=[named(case) for case in CASES])
def test_the_lines_that_fire_are_the_lines_that_are_marked(index):
    _, example = CASES[index]
    found = ran(index)
    assert found.fired == example.fires
    if example.abstains:
        assert found.abstained


def judged_again(rule: Rule, match: Mapping[str, Any], index: int) -> frozenset[tuple[str, int]]:
    """The lines that fire when the rule has another match, over what was read before."""
    example, measured = CASES[index][1], ran(index).measured
    changed = set(example.files)
    if example.before is not None:
        paths = {*example.files, *example.before}
        changed = {path for path in paths if example.files.get(path) != example.before.get(path)}
    judgement = judge(
        chosen(replace(example.rule(rule), match=match)),
        measured,
        _config(example),
        mode="check" if example.before is None else "diff",
        paths=changed,
        as_of=example.as_of or AS_OF,
        book_date=load_book().date,
    )
    return outcome(rule, judgement)[0]


def _config(example: Example) -> Config:
    if example.config is None:
        return Config()
    from costgate.config import parse_config

    return parse_config(example.config, "costgate.yaml")


LEAVES = [(rule, place) for rule in RULES for place in leaves(rule.match)]


@pytest.mark.parametrize(("rule", "place"), LEAVES, ids=[f"{r.name}: {'/'.join(map(str, p))}" for r, p in LEAVES])
def test_every_condition_is_load_bearing(rule, place):
    own = [index for index, case in enumerate(CASES) if case[0].id == rule.id]
    assert all(judged_again(rule, rule.match, index) == ran(index).fired for index in own), "judged the same way again"
    shorter = without(rule.match, place)
    assert any(judged_again(rule, shorter, index) != CASES[index][1].fires for index in own), "no example needs it"
