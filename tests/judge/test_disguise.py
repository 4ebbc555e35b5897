"""Calls that a change moves to where tests stand: which are judged as what they were, and which are tests after all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from costgate.judge.disguise import undisguised
from costgate.model.call import CallSite, Context
from costgate.model.money import ZERO
from costgate.model.snapshot import Change, Comparison


def stands(call: CallSite, test: bool, function: str = "ask") -> CallSite:
    return replace(call, context=Context(function, in_test=test))


def in_tests(comparison: Comparison) -> dict[str, bool]:
    return {site.key: site.context.in_test for site in comparison.head.reading.calls}


def moved(before: CallSite, after: CallSite) -> Change:
    return Change("moved", after.key, before, after, ZERO, ZERO)


@pytest.fixture
def same(site: Any) -> CallSite:
    """A call in code on both sides."""
    return stands(site("app.py::same", 30), test=False, function="same")


def test_a_call_that_is_moved_into_tests_is_judged_as_what_it_was(site: Any, snapshot: Any, comparison: Any, same: CallSite) -> None:
    before, after = stands(site("app.py::ask"), test=False), stands(site("tests/app.py::ask", path="tests/app.py"), test=True)
    new = stands(site("tests/app.py::try", path="tests/app.py"), test=True, function="try")
    added = Change("added", new.key, None, new, ZERO, ZERO)
    removed = Change("removed", "gone", before, None, ZERO, ZERO)
    both = comparison(snapshot(before, same, label="base"), snapshot(after, new, same), removed, moved(before, after), added)
    plain = stands(after, test=False)
    found = undisguised(both)
    assert found.head.reading.calls == (plain, new, same)
    assert found.changes == (removed, moved(before, plain), added)
    head = replace(both.head, reading=replace(both.head.reading, calls=found.head.reading.calls))
    assert found == replace(both, head=head, changes=found.changes), "and nothing else is touched"


@pytest.mark.parametrize(("was", "is_", "judged"), [(False, True, False), (True, True, True), (False, False, False), (True, False, False)])
def test_only_what_was_no_test_is_none(site: Any, snapshot: Any, comparison: Any, was: bool, is_: bool, judged: bool) -> None:
    before, after = stands(site("a.py::ask"), test=was, function="ask"), stands(site("b.py::tell"), test=is_, function="tell")
    assert in_tests(undisguised(comparison(snapshot(before), snapshot(after), moved(before, after)))) == {"b.py::tell": judged}


def test_a_test_in_the_place_of_a_call_that_is_gone_is_that_call(site: Any, snapshot: Any, comparison: Any, same: CallSite) -> None:
    gone, took = stands(site("app.py::ask"), test=False), stands(site("tests/app.py::ask"), test=True)
    other = stands(site("tests/app.py::other"), test=True, function="other")
    elsewhere = replace(stands(site("tests/app.py::sdk"), test=True), sdk="another")
    old = stands(site("tests/app.py::old"), test=True)
    both = comparison(snapshot(gone, old, same), snapshot(took, other, elsewhere, old, same))
    assert in_tests(undisguised(both)) == {took.key: False, other.key: True, elsewhere.key: True, old.key: True, same.key: False}
    assert undisguised(both).changes == ()


def test_a_test_in_the_place_of_a_test_or_of_a_call_that_stays_is_a_test(site: Any, snapshot: Any, comparison: Any) -> None:
    here, test = stands(site("app.py::ask"), test=False), stands(site("tests/app.py::ask"), test=True)
    for both in (comparison(snapshot(here), snapshot(here, test)), comparison(snapshot(replace(test, key="gone")), snapshot(test))):
        assert undisguised(both) is both
