"""The packaged rules hold to the rules of rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from costgate.policy.example import examples
from costgate.policy.precision import precisions
from costgate.policy.rule import load_rules, packaged_files, packaged_folder

RULES = load_rules()
CERTAIN = {
    "CG301": "the loops around a call are always seen",
    "CG302": "that the number of rounds is not known is what it reports",
    "CG305": "the loops around a call are always seen",
    "CG407": "tools that are seen are known, and others are not its business",
    "CG405": "that the number of rounds is not known is what it reports",
    "CG601": "a prompt source has a counted size and a budget or none",
    "CG610": "a prompt source has a counted size",
    "CG611": "whether a picture is asked for at high detail is seen where it is written",
    "CG606": "a prompt source has a text, and the others are known",
    "CG607": "that a part has no bound is what it reports",
    "CG702": "that the model is not known is what it reports",
    "CG806": "a model that is known before and not after is another one",
    "CG807": "that the cost is not known is what it reports",
    "CG813": "the loops around a call are always seen",
    "CG959": "which workloads make a call is always seen",
    "CG815": "a prompt source has a counted size",
    "CG922": "what is measured and what is declared are both written down",
    "CG923": "what was measured is written down",
    "CG924": "what was measured is written down",
}
"""Rules about calls and prompts that have nothing to abstain from, and why."""
ABOUT_CALLS = ("call", "agent", "change")
SDK_IMPORT = re.compile(r"^\s*(?:from|import) (agents|anthropic|google|langchain\w*|litellm|openai)\b", re.MULTILINE)
THEMES = {
    "output": "1",
    "retries": "2",
    "loops": "3",
    "agents": "4",
    "reasoning": "5",
    "prompts": "6",
    "models": "7",
    "change": "8",
    "governance": "9",
    "workloads": "9",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_proves_itself(rule):
    proofs = examples(rule)
    assert sum(not example.good for example in proofs) >= 2
    assert sum(example.good for example in proofs) >= 2
    assert len({example.title for example in proofs}) == len(proofs)
    if rule.each in ABOUT_CALLS:
        code = "\n".join(text for example in proofs if not example.good for text in example.files.values())
        assert len(set(SDK_IMPORT.findall(code))) >= 2, "two SDKs"
    if rule.each in (*ABOUT_CALLS, "prompt"):
        assert any(example.abstains for example in proofs) is (rule.id not in CERTAIN)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_is_where_its_id_says(rule):
    folder, _, name = rule.source.partition("/")
    assert name == f"{rule.name}.yml"
    assert rule.id.startswith(f"CG{THEMES[folder]}")
    assert rule.summary[0].isupper()
    assert not rule.summary.endswith(".")
    assert rule.since


def test_what_stops_a_merge_cannot_be_ignored_away_by_the_merge():
    assert {rule.id for rule in RULES if rule.severity == "error"} == {rule.id for rule in RULES if rule.enforced}


def test_every_file_of_the_folder_is_a_rule_the_editor_checks():
    folder = packaged_folder()
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "rule.schema.json"]
    assert {path.relative_to(folder).as_posix() for path in files} == {path for path, _ in packaged_files()}
    for path in files:
        assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=../rule.schema.json\n"), path
        assert (path.parent / "../rule.schema.json").is_file()


def test_lines_stay_readable():
    for path, text in packaged_files():
        long = [line for line in text.split("\n") if len(line) > 130 and "expect:" not in line]
        assert not long, (path, long)


def test_the_folder_is_the_one_beside_the_package():
    assert packaged_folder() == Path(__file__).parents[2] / "rules"


def test_every_rule_has_its_measured_precision_and_is_right_or_lowered():
    assert list(precisions()) == [rule.id for rule in RULES]
    for rule in RULES:
        row = precisions()[rule.id]
        assert row.true <= row.read <= row.found
        assert row.read >= min(row.found, 10)
        assert row.found or row.note.startswith("none: "), "a rule without a finding says why"
        assert not row.read or 100 * row.true >= 90 * row.read or rule.confidence == "low", rule.id
