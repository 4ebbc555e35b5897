"""Loading rules: packaged and a team's own, the digest, and the compiled form."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from costgate.model.error import UserError
from costgate.policy.rule import from_json, load_rules, packaged_files, parse_checked, rules_digest, to_json

OWN = """\
id: TEAM001
name: chatty-support
severity: warning
confidence: high
summary: A support call may answer at length
why: Long answers are read by nobody.
fix: Cap it.
params:
  limit: {type: number, default: 400, doc: Tokens.}
match:
  each: call
  all:
    - call.path: {matches: "support/**"}
    - call.output_limit: {gt: $limit}
message: "{call.output_limit} is more than {$limit}"
"""


def test_packaged_rules_are_found_sorted_and_unique():
    rules = load_rules()
    assert [rule.id for rule in rules] == sorted({rule.id for rule in rules})
    assert len({rule.name for rule in rules}) == len(rules) == len(packaged_files())
    assert {rule.source.partition("/")[0] for rule in rules} >= {"output", "retries", "change"}


def test_a_team_adds_its_own():
    (mine,) = [rule for rule in load_rules([("team/chatty.yml", OWN)]) if rule.id == "TEAM001"]
    assert (mine.each, mine.source, mine.persona, mine.enforced) == ("call", "team/chatty.yml", "default", False)
    assert mine.params["limit"]["default"] == 400
    assert "each" not in mine.match


@pytest.mark.parametrize("line", ["id: CG101", "name: unbounded-output"])
def test_an_id_or_a_name_belongs_to_one_rule(line):
    key = line.partition(":")[0]
    text = "\n".join(line if written.startswith(f"{key}:") else written for written in OWN.split("\n"))
    with pytest.raises(UserError) as caught:
        load_rules([("mine.yml", text)])
    assert caught.value.where == "mine.yml:1"
    assert "is already the rule in output/unbounded-output.yml" in str(caught.value)


def test_a_rule_survives_the_compiled_form():
    for rule in load_rules():
        assert from_json(json.loads(json.dumps(to_json(rule)))) == rule


def test_the_digest_covers_what_judges_and_nothing_else():
    rules = load_rules()
    digest = rules_digest(rules)
    assert rules_digest(reversed(rules)) == digest
    first, *rest = rules
    for same in (
        replace(first, source="/elsewhere/x.yml"),
        replace(first, examples={}),
        replace(first, why="Because."),
    ):
        assert rules_digest([same, *rest]) == digest
    for other in (
        replace(first, severity="info"),
        replace(first, match={}),
        replace(first, params={}),
        replace(first, message="x"),
    ):
        assert rules_digest([other, *rest]) != digest
    assert rules_digest(rest) != digest


def test_loading_packaged_rules_needs_no_validator():
    import subprocess
    import sys

    code = "import sys; from costgate.policy.rule import load_rules; load_rules(); print('jsonschema' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_checked_rule_is_the_same_as_a_trusted_one():
    rules = {rule.source: rule for rule in load_rules()}
    for path, text in packaged_files():
        assert parse_checked(path, text) == rules[path]
