"""What `costgate rules check` says of a rule file, on real examples."""

from __future__ import annotations

import pytest

from costgate.policy.proof import prove
from costgate.policy.rule import load_rules
from costgate.rulecheck import Bench

RULES = load_rules()
GOOD = """\
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
examples:
  bad:
    - title: too long
      files:
        support/a.py: |
          from openai import OpenAI

          OpenAI().responses.create(model="gpt-4.1", max_output_tokens=900)  # expect: TEAM001
  good:
    - title: short
      files:
        support/a.py: |
          from openai import OpenAI

          OpenAI().responses.create(model="gpt-4.1", max_output_tokens=100)
    - title: elsewhere
      code: |
        from openai import OpenAI

        OpenAI().responses.create(model="gpt-4.1", max_output_tokens=900)
    - title: not known
      abstains: true
      files:
        support/a.py: |
          from openai import OpenAI

          def ask(limit):
              OpenAI().responses.create(model="gpt-4.1", max_output_tokens=limit)
"""
ELSEWHERE = GOOD[GOOD.index("    - title: elsewhere") : GOOD.index("    - title: not known")]


def mistakes(*texts, others=()):
    return [str(error) for error in prove([(f"{at}.yml", text) for at, text in enumerate(texts)], others, Bench(RULES))]


def test_a_rule_that_proves_itself():
    assert mistakes(GOOD, others=RULES) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("gt: $limit", "gr: $limit", "0.yml:14: unknown word 'gr'"),
        ("id: TEAM001", "id: CG101", "0.yml:1: CG101 is already the rule in output/unbounded-output.yml"),
        ("name: chatty-support", "name: unbounded-output", "0.yml:2: unbounded-output is already the rule in output/"),
        (ELSEWHERE, "", "0.yml:13: no example needs this condition (add one that fails without it)"),
        ("=900)  # expect: TEAM001", "=300)  # expect: TEAM001", "0.yml:18: example 'too long' does not fire at support/a.py:3"),
        ("=100)", "=700)", "0.yml:25: example 'short' fires at support/a.py:3, which is not marked"),
        ("ask(limit)", "ask(limit=1)", "0.yml:36: example 'not known' does not abstain"),
        ("=100)", "=100)  # expect: TEAM001", "good example 'short' must mark no line"),
        ("gt: $limit}", "gt: $limit}\n    - call.output_limit: {lt: 9}", "0.yml:15: call.output_limit: gt 400 and lt 9 never"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old, new, told):
    assert GOOD.count(old) == 1
    found = mistakes(GOOD.replace(old, new), others=RULES)
    assert any(told in each for each in found), found


def test_examples_have_to_be_of_both_kinds():
    at = GOOD.index("  good:")
    assert "there is no good example" in mistakes(GOOD[:at] + "  good: []\n")[0]
    assert "there is no bad example" in mistakes(GOOD[: GOOD.index("  bad:")] + "  bad: []\n" + GOOD[at:])[0]


def test_two_files_with_one_id_and_every_file_is_looked_at():
    found = mistakes(GOOD.replace("gt:", "gr:"), GOOD, GOOD)
    assert [each.partition(" ")[0] for each in found] == ["0.yml:14:", "2.yml:1:", "2.yml:2:"]
    assert "TEAM001 is already the rule in 1.yml" in found[1]


def test_globs_take_no_time_whatever_they_are():
    evil = "*a" * 40 + "b"
    text = GOOD.replace('"support/**"', f'["support/**", "{evil}"]').replace("elsewhere", "a" * 60)
    assert mistakes(text.replace("title: " + "a" * 60, "title: elsewhere")) == []
