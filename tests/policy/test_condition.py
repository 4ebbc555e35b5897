"""Conditions over real facts: logic with three answers, quantifiers, parameters, and reasons."""

from __future__ import annotations

from itertools import product

import pytest

from costgate.model.call import CallSite, Context, Loop, RetryLayer
from costgate.model.snapshot import Measure
from costgate.model.value import Known, Span, Unknown
from costgate.policy.condition import evaluate, weigh
from costgate.policy.subject import CallSubject

TRUE, FALSE = {"call.kind": {"eq": "chat"}}, {"call.kind": {"eq": "image"}}
NONE = {"call.model": {"eq": "gpt-4.1"}}
ATOMS = {True: TRUE, False: FALSE, None: NONE}


def call(*layers, **fields):
    site = CallSite(
        key="k",
        span=Span("src/app.py", 3),
        kind="chat",
        sdk="openai",
        callee="create",
        provider=None,
        args={"model": Unknown("read from the environment"), "output_limit": Known((400,))},
        retries=layers,
        context=Context(loops=(Loop("while", None, Span("src/app.py", 2)),)),
    )
    return {"call": CallSubject(site, Measure(**fields))}


FACTS = call(RetryLayer("decorator", 3, False), RetryLayer("client", None, None))


def expected_all(truths):
    return False if False in truths else None if None in truths else True


@pytest.mark.parametrize("truths", list(product((True, False, None), repeat=3)))
def test_logic_with_three_answers(truths):
    parts = [ATOMS[truth] for truth in truths]
    negated = [{"not": part} for part in parts]
    assert evaluate({"all": parts}, FACTS, {}) is expected_all(truths)
    swapped = [None if truth is None else not truth for truth in truths]
    either = expected_all(swapped)
    assert evaluate({"any": parts}, FACTS, {}) is (None if either is None else not either)
    assert evaluate({"not": {"any": negated}}, FACTS, {}) is evaluate({"all": parts}, FACTS, {})


def test_the_reason_names_the_fact_and_only_when_nothing_decided():
    assert weigh({"all": [NONE, TRUE]}, FACTS, {}).why == ("call.model: read from the environment",)
    assert weigh({"not": {"any": [NONE, NONE]}}, FACTS, {}).why == ("call.model: read from the environment",)
    assert weigh({"all": [NONE, FALSE]}, FACTS, {}) == (False, ())


def test_an_empty_condition_is_true():
    assert evaluate({}, FACTS, {}) is True


@pytest.mark.parametrize(
    ("word", "where", "truth"),
    [
        ("some", {"layer.attempts": {"gt": 2}}, True),
        ("some", {"layer.attempts": {"gt": 3}}, None),
        ("some", {"layer.what": {"eq": "loop"}}, False),
        ("every", {"layer.attempts": {"gt": 2}}, None),
        ("every", {"layer.attempts": {"gt": 3}}, False),
        ("every", {"not": {"layer.what": {"eq": "loop"}}}, True),
        ("some", {"all": [{"layer.what": {"eq": "decorator"}}, TRUE]}, True),
        ("some", {}, True),
    ],
)
def test_quantifiers(word, where, truth):
    assert evaluate({word: {"of": "call.retries.layers", "where": where}}, FACTS, {}) is truth


def test_quantifiers_over_nothing():
    bare = call()
    assert evaluate({"some": {"of": "call.retries.layers", "where": {}}}, bare, {}) is False
    assert evaluate({"every": {"of": "call.retries.layers", "where": FALSE}}, bare, {}) is True
    assert evaluate({"some": {"of": "before.retries.layers", "where": {}}}, bare, {}) is False
    assert evaluate({"every": {"of": "before.retries.layers", "where": FALSE}}, bare, {}) is True


def test_operands_may_be_parameters_and_other_facts():
    limit = {"call.output_limit": {"gt": "$limit"}}
    assert evaluate(limit, FACTS, {"limit": 300}) is True
    assert evaluate(limit, FACTS, {"limit": 400}) is False
    assert evaluate(limit, FACTS, {"limit": None}) is False
    assert evaluate({"call.line": {"lt": {"fact": "call.output_limit"}}}, FACTS, {}) is True
    assert evaluate({"call.line": {"lt": {"fact": "call.model.max_output"}}}, FACTS, {}) is None
    assert evaluate({"call.kind": {"in": "$kinds"}}, FACTS, {"kinds": ["chat"]}) is True
    assert evaluate({"call.model": {"in": "$models"}}, FACTS, {"models": []}) is False


def test_a_parameter_is_not_looked_up_twice():
    assert evaluate({"call.kind": {"eq": "$kind"}}, FACTS, {"kind": "$kind"}) is False


def test_paths_match_as_paths_and_text_as_text():
    assert evaluate({"call.path": {"matches": "*.py"}}, FACTS, {}) is True
    assert evaluate({"call.path": {"matches": "/*.py"}}, FACTS, {}) is False
    assert evaluate({"call.sdk": {"matches": ["x", "open*"]}}, FACTS, {}) is True


@pytest.mark.parametrize(
    ("layers", "truth"),
    [
        ((), False),
        ((3,), False),
        ((3, 2), True),
        ((3, 1), False),
        ((None,), False),
        ((None, 1), False),
        ((None, 2), None),
        ((None, None), None),
        ((3, 2, None), True),
        (("endless", 2), True),
    ],
)
def test_the_predicate_for_stacked_retries(layers, truth):
    made = [
        RetryLayer("x", None, True) if each == "endless" else RetryLayer("x", each, None if each is None else False)
        for each in layers
    ]
    assert evaluate({"predicate": "stacked_retries"}, call(*made), {}) is truth


def test_a_predicate_that_cannot_tell_says_so():
    unsure = call(RetryLayer("x", None, None), RetryLayer("y", 2, False))
    assert weigh({"predicate": "stacked_retries"}, unsure, {}).why == ("stacked_retries cannot tell",)
