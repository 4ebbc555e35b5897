"""What holds of any two states of some code, and of whatever hides a finding in one of them."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from costgate.compare import compare
from costgate.gate import report_of_files
from costgate.judge import judge
from costgate.judge.baseline import accepted
from costgate.model.config import Config
from costgate.model.money import Range
from costgate.policy.rule import load_rules

RULES = tuple(load_rules(()))
ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BACK = {"added": "removed", "removed": "added"}


def parsed(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def sources() -> list[str]:
    """The code of the pages that specify the reader."""
    pages = sorted((ROOT / "tests" / "read" / "cases").glob("*.md"))
    blocks = [block for page in pages for block in _BLOCK.findall(page.read_text(encoding="utf-8"))]
    return [block for block in blocks if "# reads:" in block and parsed(block)]


SOURCES = sources()


def spaced(source: str, chance: random.Random) -> str:
    """The same code with blank lines and comments between its lines, where it stays the same."""
    lines = []
    for line in source.split("\n"):
        lines += {0: [""], 1: ["# a remark, OpenAI().responses.create(model='x', input='y')"]}.get(chance.randrange(5), [])
        lines.append(line)
    changed = "\n".join(lines)
    same = parsed(changed) and ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source))
    return changed if same else source


def snapshot(source: str) -> Any:
    return report_of_files({"app.py": source})[0]


def ends(given: Range | None, sign: int) -> Any:
    """The ends of a difference, times a sign, low staying with low; None for one that is not known to its end.

    Text that becomes a hole is open above, a hole that becomes text is not known: neither may pass for a saving.
    """
    found = None if given is None else (given.low, given.likely, given.high)
    return None if found is None or None in found else tuple(each * sign for each in found)


def kinds(changes: Any, *, back: bool = False) -> Counter[str]:
    return Counter(BACK.get(each.kind, each.kind) if back else each.kind for each in changes)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.sampled_from(SOURCES), st.sampled_from(SOURCES))
def test_the_way_back_costs_what_the_way_there_saved(one: str, other: str) -> None:
    base, head = snapshot(one), snapshot(other)
    there, back = compare(base, head), compare(head, base)
    assert kinds(there.changes) == kinds(back.changes, back=True)
    for part in ("tokens", "cost"):
        ways = [[ends(getattr(each, part), sign) for each in found.changes] for found, sign in ((there, 1), (back, -1))]
        assert Counter(each for each in ways[0] if each) == Counter(each for each in ways[1] if each)
        if None not in ways[0] + ways[1]:
            assert ends(getattr(there, part), 1) == ends(getattr(back, part), -1)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.sampled_from(SOURCES), st.randoms(use_true_random=False))
def test_blanks_and_comments_are_no_change_and_cost_nothing(source: str, chance: random.Random) -> None:
    base, head = snapshot(source), snapshot(spaced(source, chance))
    assert compare(base, head).changes == ()
    assert measured(base) == measured(head)


def measured(made: Any) -> Any:
    return {site.key: (made.measures[site.key].cost.per_call, made.measures[site.key].input_tokens) for site in made.reading.calls}


@pytest.mark.parametrize("way", ["off", "waived", "accepted"])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(source=st.sampled_from(SOURCES), choice=st.integers(0, 1000))
def test_hiding_one_finding_changes_no_other(way: str, source: str, choice: int) -> None:
    shot, before = report_of_files({"app.py": source})
    found = [each for each in before.findings if each.state == "open"]
    assume(found)
    meant = found[choice % len(found)]
    if way == "accepted":
        after = judge(RULES, shot, Config(), mode="check", paths=("app.py",), baseline=accepted([meant]), as_of="2026-11-22")
    else:
        waiver = f"waivers:\n  - {{rule: {meant.rule}, fingerprint: {meant.fingerprint}, reason: agreed, until: 2031-01-31}}\n"
        text = f"rules: {{{meant.rule}: off}}\n" if way == "off" else waiver
        after = report_of_files({"app.py": source}, config_text=text)[1]
    states = {each.fingerprint: (each.state, each.message, each.severity) for each in after.findings}
    gone = {each.fingerprint for each in before.findings if each.rule == meant.rule} if way == "off" else {meant.fingerprint}
    assert states.get(meant.fingerprint, ("gone",))[0] != "open"
    for each in before.findings:
        if each.fingerprint not in gone:
            assert states[each.fingerprint] == (each.state, each.message, each.severity)
