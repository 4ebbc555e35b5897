"""Messages: what a template is filled with."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costgate.model.call import CallSite, Context, Loop, RetryLayer
from costgate.model.money import Cost, Range
from costgate.model.snapshot import Measure, Reading, Snapshot
from costgate.model.value import ABSENT, Known, Span, Unknown
from costgate.policy.message import fill, slots, written
from costgate.policy.subject import CallSubject, RunSubject


@pytest.mark.parametrize(
    ("datum", "text"),
    [
        (12345, "12,345"),
        (Decimal("0.0123456"), "0.0123"),
        (Decimal("12345.6"), "12,300"),
        (Decimal(0), "0"),
        (True, "yes"),
        (ABSENT, "not set"),
        (None, "not set"),
        (Unknown("why"), "unknown"),
        (Known(("gpt-4.1",)), "gpt-4.1"),
        (Known((400, ABSENT)), "400 or nothing"),
        (Range.exact(12345), "12,345"),
        (Range.exact(12345, "calibrated"), "about 12,300"),
        (Range(10, None, 12345, "calibrated"), "10 to 12,300"),
        (Range(10, 20, 30), "10 to 30, likely 20"),
        (Range(10, None, None), "at least 10"),
        (Range(10, 20, None), "at least 10, likely 20"),
        ((), "none"),
        (("a", "b"), "a, b"),
        (tuple("abcdefg"), "a, b, c, d, e and 2 more"),
        (
            (RetryLayer("client", 3, False), RetryLayer("x", None, True), RetryLayer("y", None, None)),
            "client (3), x (no end), y (unknown)",
        ),
        ((RetryLayer("loop", 4, False), RetryLayer("client", 1, False)), "loop (4)"),
        ((RetryLayer("client", 1, False),), "client (1)"),
        ((Loop("forever", None, Span("a.py", 4)),), "the endless loop at line 4"),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("x" * 200, "x" * 157 + "..."),
    ],
)
def test_facts_as_people_read_them(datum, text):
    assert written(datum) == text


def test_money_has_its_currency():
    assert written(Decimal("-0.01234"), "USD") == "-$0.0123"
    assert written(Range(Decimal(1), None, Decimal(2)), "EUR") == "1 EUR to 2 EUR"


def facts(model, currency="USD"):
    site = CallSite("k", Span("a.py", 1), "chat", "x", "create", None, {"model": model}, context=Context())
    measure = Measure(cost=Cost(Range.exact(Decimal("0.5"))))
    run = RunSubject("audit", Snapshot("head", Reading(), {}), currency=currency)
    return {"call": CallSubject(site, measure), "run": run}


def test_a_template_is_filled_once():
    sly = Known(("{$limit} {call.kind}",))
    assert (
        fill("{call.model}\n is {call.kind}, {$limit}", facts(sly), {"limit": 3}) == "{$limit} {call.kind} is chat, 3"
    )
    assert fill("{call.cost_per_call}", facts(sly, "EUR"), {}) == "0.5 EUR"
    assert fill("{call.provider} {call.via} {not a slot}", facts(sly), {}) == "unknown not set {not a slot}"


def test_a_part_around_a_fact_that_is_not_set_is_left_out():
    model = facts(Known(("m",)))
    assert fill("{call.kind}[, by {call.via}][, of {call.model}] (limit {$limit})", model, {"limit": 3}) == "chat, of m (limit 3)"
    assert fill("{call.kind} [as it is] {call.via}", model, {}) == "chat [as it is] not set"
    assert fill("[of {call.model}]", facts(Known(("[ {call.via} ]",))), {}) == "of [ {call.via} ]"
    assert fill("[of {call.model}]", facts(Known(("not set",))), {}) == "of not set"


def test_what_a_template_names():
    assert slots("{call.model} {$limit} {call.kind}") == (("call.model", "call.kind"), ("limit",))
