"""What is made from the rules and the fact table is as it is in the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from costgate.policy.facts import table
from costgate.policy.pages import all_pages
from costgate.policy.rule import load_rules
from costgate.policy.schema import rule_schema, schema_text

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "rules"


def test_the_schema_is_current():
    assert (ROOT / "rules" / "rule.schema.json").read_text("utf-8") == schema_text()


@pytest.mark.parametrize(("name", "text"), all_pages(load_rules()).items())
def test_the_pages_are_current(name, text):
    assert (PAGES / name).read_text("utf-8") == text


def test_no_page_is_left_over():
    assert {path.name for path in PAGES.glob("*.md")} == {*all_pages(load_rules()), "writing.md"}


def test_the_schema_is_a_schema_and_knows_every_fact():
    from jsonschema import Draft202012Validator

    schema = rule_schema()
    Draft202012Validator.check_schema(schema)
    assert set(table()) < set(schema["$defs"]["condition"]["properties"])
    assert set(table()) < set(schema["$defs"]["match"]["properties"])


def test_decimals_may_be_text_or_numbers():
    from jsonschema import Draft202012Validator

    schema = rule_schema()
    number = Draft202012Validator({"$ref": "#/$defs/number", "$defs": schema["$defs"]})
    assert all(number.is_valid(each) for each in (1, 0.02, "0.02", "$limit", {"fact": "call.line"}))
    assert not any(number.is_valid(each) for each in ("1e3", "much", True, None, {"fact": "call.lines"}, []))


def test_links_between_pages_lead_somewhere():
    for path in PAGES.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+\.md)\)", path.read_text("utf-8")):
            assert (PAGES / target).is_file(), (path.name, target)


def test_fences_are_closed_and_facts_in_prose_exist():
    for path in PAGES.glob("*.md"):
        assert path.read_text("utf-8").count("```") % 2 == 0, path.name
    named = re.findall(r"`?\b((?:call|prompt|change|run)\.[a-z_.]+[a-z])", (PAGES / "writing.md").read_text("utf-8"))
    assert named
    assert set(named) <= set(table())
