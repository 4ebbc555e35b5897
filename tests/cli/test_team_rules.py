"""A team's own rules: used everywhere, taken from the base in a change, and put to the proof by a command."""

from __future__ import annotations

from typing import Any

import pytest

RULE = """\
id: TEAM001
name: long-answer
severity: error
confidence: high
enforced: true
summary: An answer is longer than the team allows
why: Long answers are read by nobody.
fix: Lower the limit.
match:
  each: call
  call.output_limit: {gt: 1000}
message: "{call.output_limit} tokens"
examples:
  bad:
    - title: long
      code: |
        from openai import OpenAI

        OpenAI().responses.create(model="gpt-4.1", input="Hello", max_output_tokens=2000)  # expect: TEAM001
  good:
    - title: short
      code: |
        from openai import OpenAI

        OpenAI().responses.create(model="gpt-4.1", input="Hello", max_output_tokens=100)
"""
PATH = ".costgate/rules/long-answer.yml"


def fired(ran: Any) -> bool:
    return any(each["rule"] == "TEAM001" and each["state"] == "open" for each in ran.report["findings"])


def long(call: str) -> str:
    return call.replace("200", "2000")


def test_it_counts_in_an_audit_a_check_and_a_diff(shop: Any, call: str) -> None:
    shop.start({"app.py": call, PATH: RULE})
    shop.commit({"app.py": long(call)})
    assert fired(shop.run("audit", "--format", "json"))
    ran = shop.run("check", "app.py", "--format", "json")
    assert (ran.code, fired(ran)) == (1, True)
    ran = shop.diff()
    assert (ran.code, fired(ran)) == (1, True)
    assert ran.report["provenance"]["policy"]["source"] == "base"


def test_a_folder_without_a_repository_has_its_rules_too(shop: Any, call: str) -> None:
    shop.write({"app.py": long(call), PATH: RULE})
    assert fired(shop.run("audit", "--format", "json"))


@pytest.mark.parametrize(
    "attack",
    [
        {PATH: RULE.replace("1000", "100000")},
        {PATH: RULE.replace("severity: error", "severity: info").replace("enforced: true\n", "")},
        {PATH: RULE.replace("TEAM001", "TEAM002").replace("name: long-answer", "name: other")},
        {"costgate.yaml": 'rules:\n  TEAM001: "off"\n'},
        {"costgate.yaml": "exclude: [app.py]\n"},
        {"costgate.yaml": "enforce: warn\n"},
    ],
)
def test_a_change_cannot_loosen_the_rule_that_judges_it(shop: Any, call: str, attack: dict[str, str]) -> None:
    shop.start({"app.py": call, PATH: RULE})
    shop.commit({"app.py": long(call), **attack})
    ran = shop.diff()
    assert (ran.code, fired(ran)) == (1, True)


def test_nor_delete_it(shop: Any, call: str) -> None:
    shop.start({"app.py": call, PATH: RULE})
    (shop.root / PATH).unlink()
    shop.commit({"app.py": long(call)})
    ran = shop.diff()
    assert (ran.code, fired(ran)) == (1, True)
    (change,) = ran.report["exceptions_changed"]
    assert (change["kind"], change["change"], change["path"]) == ("policy", "removed", PATH)
    assert change["reason"] == "rule file removed (not in force here)"


def test_a_rule_that_the_change_adds_counts_from_the_next_change_on(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "fail_on: error\n"})
    shop.commit({"app.py": long(call), PATH: RULE})
    ran = shop.diff()
    assert (ran.code, fired(ran)) == (0, False)


def test_where_the_base_has_no_policy_the_head_brings_it(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": long(call), PATH: RULE})
    ran = shop.diff()
    assert (ran.code, fired(ran), ran.report["provenance"]["policy"]["source"]) == (1, True, "head")


@pytest.mark.parametrize("side", ["base", "head"])
def test_a_broken_rule_ends_the_run_on_either_side(shop: Any, call: str, side: str) -> None:
    broken = RULE.replace("gt: 1000", "gr: 1000")
    shop.start({"app.py": call, PATH: broken if side == "base" else RULE})
    shop.commit({"app.py": long(call), PATH: RULE if side == "base" else broken})
    shop.diff().mistake(f"{PATH}:11", "unknown word 'gr'")


def test_an_id_that_is_taken_ends_the_run(shop: Any, call: str) -> None:
    shop.start({"app.py": call, PATH: RULE.replace("TEAM001", "CG101")})
    shop.run("audit").mistake(PATH, "CG101 is already the rule")


def test_the_proof(shop: Any) -> None:
    shop.start({PATH: RULE})
    ran = shop.run("rules", "check")
    assert (ran.code, ran.out) == (0, "1 rule file, every example as marked, every condition needed\n")
    assert "TEAM001  error    long-answer" in shop.run("rules", "list").out
    assert "# long-answer (TEAM001)" in shop.run("explain", "long-answer").out
    shop.write({PATH: RULE.replace("=100)", "=1001)"), ".costgate/rules/two.yml": RULE})
    shop.run("rules", "check").mistake(
        f"{PATH}:21: example 'short' fires at example.py:3, which is not marked",
        ".costgate/rules/two.yml:1: TEAM001 is already the rule in .costgate/rules/long-answer.yml",
        "3 mistakes in 2 rule files",
    )
    shop.run("rules", "check", "nowhere").mistake("nowhere: no such file or folder")


def test_a_persona_shows_more_and_the_option_beats_the_configuration(shop: Any, call: str) -> None:
    retried = call.replace("OpenAI()", "OpenAI(timeout=7200)")
    shop.start({"app.py": retried, "costgate.yaml": "persona: default\n"})

    def shown(*options: str) -> bool:
        found = shop.run("audit", "--format", "json", *options).report["findings"]
        return any(each["rule"] == "CG204" and each["state"] == "open" for each in found)

    assert [shown(), shown("--persona", "strict"), shown("--persona", "auditor")] == [False, True, True]
    shop.commit({"costgate.yaml": "persona: strict\n"})
    assert [shown(), shown("--persona", "default")] == [True, False]
