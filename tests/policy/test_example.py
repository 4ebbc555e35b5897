"""Examples as tests: marked lines, parameters, and conditions taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costgate.model.error import UserError
from costgate.policy.example import examples, leaves, without
from costgate.policy.rule import load_rules

MATCH = {
    "all": [
        {"a": {"eq": 1}},
        {"any": [{"b": {"eq": 1}}, {"not": {"c": {"eq": 1}}}]},
        {"some": {"of": "l", "where": {"all": [{"d": {"eq": 1}}, {"predicate": "p"}]}}},
    ]
}


def the_rule(**examples_):
    rule = load_rules()[0]
    return replace(rule, examples=examples_, params={"limit": {"type": "number", "default": 3}})


def test_marks_in_any_file_name_the_lines():
    files = {
        "a.py": "x = 1\ny  # expect: CG101\nz  # expect: CG999, CG101\n",
        "b.md": "# Text <!-- expect: CG101 -->\n",
        "c.py": "# expect: CG1011\n",
    }
    (example,) = examples(the_rule(bad=[{"title": "t", "files": files, "before": "x"}]))
    assert example.fires == {("a.py", 2), ("a.py", 3), ("b.md", 1)}
    assert example.before == {"example.py": "x"}


def test_a_bad_example_marks_a_line_and_a_good_one_none():
    with pytest.raises(UserError, match="bad example 't' must mark a line"):
        examples(the_rule(bad=[{"title": "t", "code": "x"}]))
    with pytest.raises(UserError, match="good example 't' must mark no line"):
        examples(the_rule(good=[{"title": "t", "code": "x  # expect: CG101"}]))


def test_parameters_of_an_example_become_the_defaults():
    rule = the_rule(good=[{"title": "t", "code": "x", "params": {"limit": 9}}, {"title": "u", "code": "x"}])
    first, second = examples(rule)
    assert first.rule(rule).params["limit"] == {"type": "number", "default": 9}
    assert second.rule(rule) == rule
    with pytest.raises(UserError, match="has no parameter 'limt'"):
        replace(first, params={"limt": 1}).rule(rule)


def test_leaves_can_be_taken_away_one_by_one():
    places = list(leaves(MATCH))
    assert [place[-1] for place in places] == ["a", "b", "c", "d", "predicate"]
    for place in places:
        left = without(MATCH, place)
        assert [each[-1] for each in leaves(left)] == [each[-1] for each in places if each != place]
    assert without({"a": {"eq": 1}}, ("a",)) == {}
    assert without({"not": {"a": {"eq": 1}}}, ("not", "a")) == {}
    assert without({"all": [{"a": {"eq": 1}}]}, ("all", 0, "a")) == {}
    lone = {"some": {"of": "l", "where": {"d": {"eq": 1}}}}
    assert without(lone, next(leaves(lone))) == {"some": {"of": "l", "where": {}}}
