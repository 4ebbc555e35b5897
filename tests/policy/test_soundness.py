"""Conditions that never hold together are found, and ordinary ones are left alone."""

from __future__ import annotations

import pytest

from costgate.policy.rule import load_rules
from costgate.policy.soundness import contradictions

KIND, CAP, COST = "call.kind", "call.output_limit", "call.cost_per_call"


def told(*parts, **params):
    return [text for _, text in contradictions({"all": list(parts)}, params)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({KIND: {"eq": "chat"}}, {KIND: {"eq": "embedding"}}),
        ({KIND: {"in": ["chat", "responses"]}}, {KIND: {"in": ["embedding"]}}),
        ({KIND: {"in": ["chat", "responses"]}}, {KIND: {"matches": "embed*"}}),
        ({KIND: {"eq": "chat"}}, {KIND: {"outside": ["ch*"]}}),
        ({"call.path": {"eq": "src/a/b.py"}}, {"call.path": {"matches": "src/*"}}),
        ({CAP: {"is": "absent"}}, {CAP: {"is": "known"}}),
        ({CAP: {"is": "absent"}}, {CAP: {"gt": 3}}),
        ({CAP: {"lt": 3}}, {CAP: {"is": "unknown"}}),
        ({CAP: {"gt": 400}}, {CAP: {"lt": 300}}),
        ({CAP: {"gt": 400}}, {CAP: {"le": 400}}),
        ({CAP: {"lt": 400}}, {CAP: {"ge": 400}}),
        ({CAP: {"eq": 3}}, {CAP: {"gt": "3.5"}}),
        ({"call.test": {"eq": True}}, {"call.test": {"eq": False}}),
        ({COST: {"gt": "0.5"}}, {COST: {"lt": "0.1"}}),
        ({CAP: {"gt": "$limit"}}, {CAP: {"lt": 300}}),
        ({KIND: {"eq": "chat"}}, {"not": {KIND: {"eq": "chat"}}}),
        ({KIND: {"eq": "chat"}}, {"any": [{KIND: {"eq": "audio"}}, {CAP: {"gt": 3}}]}),
        ({CAP: {"gt": 3}}, {"all": [{KIND: {"eq": "a"}}, {KIND: {"eq": "b"}}]}),
    ],
)
def test_what_never_holds(one, other):
    (text,) = told(one, other, limit=400)
    assert text.endswith(("never hold together", "and not to hold"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({KIND: {"eq": "chat"}}, {KIND: {"in": ["chat", "embedding"]}}),
        ({KIND: {"matches": "c*"}}, {KIND: {"matches": "*t"}}),
        ({CAP: {"ge": 400}}, {CAP: {"le": 400}}),
        ({CAP: {"gt": 300}}, {CAP: {"lt": 400}}),
        ({CAP: {"gt": 300}}, {CAP: {"gt": 400}}),
        ({CAP: {"is": "known"}}, {CAP: {"gt": 400}}),
        ({COST: {"gt": "0.5", "compare": "high"}}, {COST: {"lt": "0.1", "compare": "low"}}),
        ({CAP: {"gt": "$limit"}}, {CAP: {"lt": 300}}),
        ({CAP: {"gt": {"fact": "call.model.max_output"}}}, {CAP: {"lt": 300}}),
        ({KIND: {"eq": "chat"}}, {"not": {KIND: {"eq": "audio"}}}),
        ({KIND: {"eq": "chat"}}, {"not": {"all": [{KIND: {"eq": "audio"}}, {CAP: {"gt": 3}}]}}),
        ({KIND: {"eq": "chat"}}, {"call.sdk": {"eq": "openai"}}),
    ],
)
def test_what_may_hold(one, other):
    assert told(one, other, limit=None) == []


def test_a_fact_is_never_above_itself():
    assert told({CAP: {"gt": {"fact": CAP}}}) == [f"{CAP} is never gt itself"]
    assert told({COST: {"gt": {"fact": COST}, "compare": "high"}}) == [], "one end may be above the other"


def test_the_place_is_that_of_the_later_one_also_inside_a_list():
    match = {"all": [{KIND: {"eq": "a"}}, {"some": {"of": "call.loops", "where": {KIND: {"eq": "b"}}}}]}
    ((place, _),) = contradictions(match, {})
    assert place == ("all", 1, "some", "where", KIND)


def test_the_packaged_rules_are_sound():
    for rule in load_rules():
        defaults = {name: spec["default"] for name, spec in rule.params.items()}
        assert list(contradictions(rule.match, defaults)) == [], rule.name
