"""Whose configuration judges a change, and what is said of one that the change edits."""

from __future__ import annotations

from typing import Any

import pytest

STRICT = "rules:\n  unbounded-retry: error\n"
LOOSE = "fail_on: error\nrules:\n  unbounded-retry: off\n"


def _policy(ran: Any) -> list[tuple[str, list[str], str, int, str]]:
    return [
        (one["change"], one["rules"], one["path"], one["line"], one["reason"])
        for one in ran.report["exceptions_changed"]
        if one["kind"] == "policy"
    ]


def test_a_change_cannot_loosen_its_own_policy_and_says_that_it_tried(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": STRICT})
    shop.commit({"app.py": retried, "costgate.yaml": LOOSE})
    ran = shop.diff()
    assert (ran.code, ran.report["provenance"]["policy"]["source"]) == (1, "base")
    assert _policy(ran) == [
        ("changed", [], "costgate.yaml", 1, "fail_on: not set → error (not in force here)"),
        ("changed", ["CG201"], "costgate.yaml", 3, "rules.CG201: error → off (not in force here)"),
    ]
    title = "This change edits the policy, and is judged by the one before it"
    for name in ("text", "markdown"):
        out = shop.run("diff", "--base", "main", "--format", name).out
        assert title in out and "rules.CG201: error → off" in out, name


def test_a_description_that_is_new_is_in_force_and_told(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": STRICT})
    shop.commit({"costgate.yaml": STRICT + "models: {ours: gpt-4.1}\n"})
    ran = shop.diff()
    assert ran.code == 0
    assert _policy(ran) == [
        ("added", [], "costgate.yaml", 1, "models.ours: gpt-4.1 (in force where the base says nothing)")
    ]


def test_the_first_configuration_is_used_and_said_to_be_the_heads(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": retried, "costgate.yaml": LOOSE})
    ran = shop.diff()
    assert (ran.code, ran.report["provenance"]["policy"]["source"], _policy(ran)) == (0, "head", [])


def test_a_misspelled_rule_of_the_head_is_a_mistake_at_once(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": STRICT})
    shop.commit({"costgate.yaml": "rules:\n  unbounded-retyr: error\n"})
    shop.run("diff", "--base", "main").mistake("costgate.yaml:2: ", "did you mean unbounded-retry?")


def test_a_mistake_of_the_base_is_told_apart(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "rulse: {}\n"})
    shop.commit({"costgate.yaml": STRICT})
    shop.run("diff", "--base", "main").mistake("costgate.yaml:1 of the merge base: ", "rules")


def test_a_file_given_by_hand_holds_for_both_sides(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": STRICT})
    shop.commit({"app.py": retried})
    shop.write({"mine.yaml": LOOSE})
    ran = shop.diff("--config", "mine.yaml")
    assert (ran.code, ran.report["provenance"]["policy"]["source"], _policy(ran)) == (0, "file", [])


def test_another_name_for_the_configuration_is_read_from_the_base(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call, "ci/cost.yaml": STRICT, "costgate.yaml": LOOSE})
    shop.commit({"app.py": retried, "ci/cost.yaml": LOOSE})
    ran = shop.diff("--base-config", "ci/cost.yaml")
    assert (ran.code, ran.report["provenance"]["policy"]["source"]) == (1, "base")
    assert ("changed", ["CG201"], "ci/cost.yaml", 3, "rules.CG201: error → off (not in force here)") in _policy(ran)
    assert shop.diff().code == 0, "costgate.yaml itself is loose"


def test_one_configuration_at_a_time(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "a.yaml": STRICT})
    shop.run("diff", "--config", "a.yaml", "--base-config", "a.yaml").mistake("exclude each other")


@pytest.mark.parametrize("path", ["ci/none.yaml", "../outside.yaml", "/etc/passwd"])
def test_another_name_that_nobody_has(shop: Any, call: str, path: str) -> None:
    shop.start({"app.py": call})
    shop.run("diff", "--base", "main", "--base-config", path).mistake(f"{path}: neither the base nor the head")
