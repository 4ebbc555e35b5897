"""What is not known stays unknown in a comparison: never a saving, never zero, never bounded by accident."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from costgate.compare import compare
from costgate.model.call import Loop
from costgate.model.money import Range
from costgate.model.value import ABSENT, Span, Unknown

Make = Callable[..., Any]
HIDDEN = Unknown("hidden")
TEXT = "Cite the source. " * 20


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"samples": 1}, {"samples": 50}),
        ({"output_limit": 100}, {"output_limit": ABSENT}),
        ({"reasoning": "low"}, {"reasoning": "high"}),
        ({"batch": True}, {}),
    ],
)
def test_a_change_of_a_call_without_price_is_not_free(site: Make, tree: Make, before: Any, after: Any) -> None:
    found = compare(*(tree(site("Be kind.", model=HIDDEN, **side)) for side in (before, after)))
    assert [change.cost for change in found.changes] == [None]
    assert (found.cost, found.unknown) == (Range.exact(0), 1)


def test_a_longer_prompt_of_a_call_without_price_is_not_free(site: Make, tree: Make) -> None:
    found = compare(tree(site("Be kind.", model=HIDDEN)), tree(site("Be kind.", TEXT, model=HIDDEN)))
    [change] = found.changes
    assert change.tokens is not None and change.tokens.low > 0
    assert (change.cost, found.unknown) == (None, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"timeout": 3}, {"timeout": 4}),
        ({}, {"loops": (Loop("for", None, Span("app.py", 3)),)}),
        ({}, {"path": "other.py"}),
    ],
)
def test_what_does_not_touch_one_request_is_free_without_a_price(
    site: Make, tree: Make, before: Any, after: Any
) -> None:
    found = compare(*(tree(site("Be kind.", model=HIDDEN, **side)) for side in (before, after)))
    assert [change.cost for change in found.changes] == [Range.exact(0)]
    assert found.unknown == 0


def test_a_call_through_a_wrapper_that_was_not_read_is_unknown(site: Make, tree: Make) -> None:
    """Its own file reads well; what it was found through does not."""
    body = site("Be kind.", path="wrapper.py", function="wrap", counted=False)
    caller = site("Be kind.", via=body.key)
    base = tree(body, caller, consulted={caller.key: frozenset({"app.py", "wrapper.py"})})
    found = compare(base, tree(unread={"wrapper.py": "only partly read"}))
    assert (found.changes, found.cost) == ((), Range.exact(0))
    assert found.unknown == 2
    gone = compare(base, tree(unread={"else.py": "only partly read"}))
    assert [change.kind for change in gone.changes] == ["removed", "removed"]


def test_a_prompt_that_comes_to_light_has_no_known_growth(site: Make, tree: Make) -> None:
    [change] = compare(tree(site()), tree(site(TEXT))).changes
    assert (change.tokens, change.cost) == (None, None)


def test_turns_without_end_repeat_growth_without_end(site: Make, tree: Make) -> None:
    [change] = compare(*(tree(site(text, kind="agent-run")) for text in ("Be kind.", TEXT))).changes
    for delta in (change.tokens, change.cost):
        assert delta is not None and delta.low > 0 and delta.unbounded


def test_turns_with_an_end_repeat_growth_up_to_it(site: Make, tree: Make) -> None:
    base, head = (tree(site(text, kind="agent-run", turn_limit=10)) for text in ("Be kind.", TEXT))
    [change] = compare(base, head).changes
    assert change.tokens is not None and base.input_tokens.high is not None
    assert change.tokens.high == head.input_tokens.high - base.input_tokens.high > 9 * change.tokens.low


def test_an_agent_that_did_not_change(site: Make, tree: Make) -> None:
    assert compare(*(tree(site(TEXT, "{q}", kind="agent-run")) for _ in range(2))).changes == ()


@pytest.mark.parametrize("counted", [True, False])
def test_a_call_that_is_counted_elsewhere_now(site: Make, tree: Make, counted: bool) -> None:
    """A wrapper's body, once a caller of it is found: the sums move to the caller."""
    base, head = tree(site(TEXT, counted=counted)), tree(site(TEXT, counted=not counted))
    found = compare(base, head)
    [change] = found.changes
    assert [cause.what for cause in change.causes] == ["counted"]
    sizes = [side.input_tokens.low if side.input_tokens else 0 for side in (base, head)]
    assert found.tokens.low == sizes[1] - sizes[0] != 0
    costs = [side.cost.low if side.cost else 0 for side in (base, head)]
    assert found.cost.low == costs[1] - costs[0] != 0


def test_a_loop_that_goes_round_more_often(site: Make, tree: Make) -> None:
    base, head = (tree(site("Be kind.", loops=(Loop("for", bound, Span("app.py", 3)),))) for bound in (3, 3000))
    [change] = compare(base, head).changes
    assert [(cause.what, cause.before, cause.after) for cause in change.causes] == [("loop", "for of 3", "for of 3,000")]
