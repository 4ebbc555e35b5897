"""Two snapshots side by side: laws that hold for any pair, who is who, and the causes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costgate.compare import compare
from costgate.compare.match import match
from costgate.model.call import CallSite, Loop, RetryLayer
from costgate.model.money import Range
from costgate.model.snapshot import Change, Snapshot
from costgate.model.value import ABSENT, Known, Span, Unknown

Make = Callable[..., Any]
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

CALLS = st.lists(
    st.fixed_dictionaries(
        {
            "path": st.sampled_from(["app.py", "pkg/a.py"]),
            "function": st.sampled_from(["ask", "Bot.ask", ""]),
            "model": st.sampled_from(["gpt-4o", "gpt-4o-mini", "gpt-4"]),
            "output_limit": st.sampled_from([100, 200, 4000]),
            "counted": st.booleans(),
            "text": st.lists(st.sampled_from(["Be kind.", "Cite the source. " * 9, "{question}"]), max_size=3),
        }
    ),
    max_size=4,
    unique_by=lambda one: (one["path"], one["function"]),
)


def _built(site: Make, tree: Make, calls: list[dict[str, Any]]) -> Snapshot:
    made: Snapshot = tree(*(site(*one["text"], **{k: v for k, v in one.items() if k != "text"}) for one in calls))
    return made


def _only(base: Snapshot, head: Snapshot, kind: str) -> Change:
    changes = compare(base, head).changes
    assert [change.kind for change in changes] == [kind], changes
    return changes[0]


def _causes(change: Change) -> list[tuple[str, str | None, str | None]]:
    return [(cause.what, cause.before, cause.after) for cause in change.causes]


def _nothing(given: Range | None) -> bool:
    return given is not None and given.low == given.likely == given.high == 0


@QUICK
@given(calls=CALLS)
def test_a_tree_does_not_differ_from_itself(site: Make, tree: Make, calls: list[dict[str, Any]]) -> None:
    found = compare(_built(site, tree, calls), _built(site, tree, calls))
    assert (found.changes, found.unknown) == ((), 0)
    assert _nothing(found.tokens) and _nothing(found.cost)


@QUICK
@given(one=CALLS, other=CALLS)
def test_the_way_back_is_the_way_there_negated(site: Make, tree: Make, one: Any, other: Any) -> None:
    base, head = _built(site, tree, one), _built(site, tree, other)
    there, back = compare(base, head), compare(head, base)
    assert len(there.changes) == len(back.changes)
    kinds = {"added": "removed", "removed": "added"}
    assert sorted(kinds.get(each.kind, each.kind) for each in there.changes) == sorted(each.kind for each in back.changes)
    if all(each.tokens is not None for each in (*there.changes, *back.changes)):
        assert (there.tokens.low, there.tokens.high) == _negated(back.tokens)
    assert {each.key for each in there.changes} <= set(base.measures) | set(head.measures)


def _negated(given: Range) -> tuple[Any, Any]:
    return -given.low, None if given.high is None else -given.high


@QUICK
@given(one=CALLS, other=CALLS)
def test_every_call_of_both_sides_is_matched_once(site: Make, tree: Make, one: Any, other: Any) -> None:
    base, head = _built(site, tree, one).reading.calls, _built(site, tree, other).reading.calls
    pairs = match(base, head)
    assert sorted(old.key for old, _ in pairs if old is not None) == sorted(each.key for each in base)
    assert sorted(new.key for _, new in pairs if new is not None) == sorted(each.key for each in head)
    assert all(old is not None or new is not None for old, new in pairs)


@QUICK
@given(one=CALLS, other=CALLS)
def test_the_sums_are_those_of_the_trees(site: Make, tree: Make, one: Any, other: Any) -> None:
    """With every size known, what the changes add up to is what the trees differ by."""
    sized = [[{**each, "text": [text for text in each["text"] if text[0] != "{"]} for each in side] for side in (one, other)]
    base, head = (_built(site, tree, side) for side in sized)
    found = compare(base, head)
    totals = [snapshot.cost or Range.exact(Decimal(0)) for snapshot in (base, head)]
    if found.unknown == 0 and all(each.cost.per_call is not None for s in (base, head) for each in s.measures.values()):
        assert found.cost.low == totals[1].low - totals[0].low
        assert found.cost.high is not None and totals[0].high is not None and totals[1].high is not None
        assert found.cost.high == totals[1].high - totals[0].high


@pytest.mark.parametrize(
    "there",
    [
        {"path": "pkg/other.py"},
        {"function": "Bot.ask"},
        {"path": "pkg/other.py", "function": "Bot.ask"},
        {"function": "answer"},
    ],
)
def test_a_call_that_moved_costs_nothing(site: Make, tree: Make, there: dict[str, str]) -> None:
    change = _only(tree(site("Be kind.", "{q}")), tree(site("Be kind.", "{q}", **there)), "moved")
    assert _nothing(change.tokens) and _nothing(change.cost)


def test_a_call_on_another_line_is_no_change(site: Make, tree: Make) -> None:
    assert compare(tree(site("Be kind.")), tree(site("Be kind.", line=90))).changes == ()


def test_a_moved_call_whose_prompt_grew(site: Make, tree: Make) -> None:
    change = _only(tree(site("Be kind.")), tree(site("Be kind. Be brief.", path="b.py")), "changed")
    assert [cause.what for cause in change.causes] == ["prompt b.py"]
    assert change.causes[0].delta_tokens == change.tokens.likely > 0  # type: ignore[union-attr, operator]


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        ({"model": "gpt-4o"}, {"model": "gpt-4"}, ("model", "gpt-4o", "gpt-4")),
        ({"output_limit": 200}, {"output_limit": 900}, ("output cap", "200", "900")),
        ({"output_limit": 200}, {"output_limit": ABSENT}, ("output cap", "200", None)),
        ({"model": "gpt-4o"}, {"model": Unknown("hidden")}, ("model", "gpt-4o", "unknown")),
        ({}, {"samples": 3}, ("samples", None, "3")),
        ({"samples": Known((1, 3))}, {"samples": 3}, ("samples", "1 or 3", "3")),
        ({}, {"service_tier": "priority"}, ("service tier", None, "priority")),
        (
            {"retries": (RetryLayer("client", 3, False),)},
            {"retries": (RetryLayer("client", 3, False), RetryLayer("loop", 5, False))},
            ("retries", "3 requests at worst", "15 requests at worst"),
        ),
        ({}, {"retries": (RetryLayer("loop", None, True),)}, ("retries", "1 requests at worst", "unbounded")),
        ({}, {"loops": (Loop("for", None, Span("app.py", 3)),)}, ("loop", None, "for")),
    ],
)
def test_causes(site: Make, tree: Make, before: Any, after: Any, cause: tuple[str, str | None, str | None]) -> None:
    change = _only(tree(site("Be kind.", **before)), tree(site("Be kind.", **after)), "changed")
    assert _causes(change) == [cause]


def test_growth_is_put_where_it_stands(site: Make, tree: Make) -> None:
    base = tree(site("Be kind.", "Be brief.", "{q}"))
    change = _only(base, tree(site("Be kind.", "Be brief. " * 50, "{q}")), "changed")
    [cause] = change.causes
    assert (cause.what, cause.path, cause.line) == ("prompt app.py", "app.py", 8)
    assert change.tokens is not None and cause.delta_tokens == change.tokens.low == change.tokens.high


def test_an_unknown_model_makes_the_cost_unknown_and_says_so(site: Make, tree: Make) -> None:
    found = compare(tree(site("Be kind.")), tree(site("Be kind.", model=Unknown("hidden"))))
    assert (found.changes[0].cost, found.unknown) == (None, 1)
    assert found.changes[0].tokens is not None and found.changes[0].tokens.likely == 0


def test_a_renamed_variable_is_no_change_of_size(site: Make, tree: Make) -> None:
    assert compare(tree(site("Be kind.", "{q}")), tree(site("Be kind.", "{question}"))).changes == ()


def test_text_that_became_a_hole_is_no_saving(site: Make, tree: Make) -> None:
    found = compare(tree(site("Cite the source. " * 90, "{q}")), tree(site("{prompt}")))
    assert (found.changes[0].tokens, found.changes[0].cost, found.unknown) == (None, None, 1)
    assert _nothing(found.cost)


def test_an_input_without_a_bound_hides_no_change_of_the_output(site: Make, tree: Make) -> None:
    base, head = (tree(site("Be kind.", "{q}", output_limit=cap)) for cap in (200, 16_200))
    change = _only(base, head, "changed")
    assert change.cost is not None and change.cost.high == 16_000 * Decimal(10) / 1_000_000
    assert _nothing(change.tokens)


def test_a_dearer_model_on_an_input_without_a_bound_is_open_ended(site: Make, tree: Make) -> None:
    base, head = (tree(site("Be kind.", "{q}", model=model)) for model in ("gpt-4o-mini", "gpt-4o"))
    change = _only(base, head, "changed")
    assert change.cost is not None and change.cost.low > 0 and change.cost.unbounded


def test_a_hole_that_is_new_leaves_the_upper_end_open(site: Make, tree: Make) -> None:
    change = _only(tree(site("Be kind.")), tree(site("Be kind.", "{more}")), "changed")
    assert change.tokens is not None and (change.tokens.low, change.tokens.unbounded) == (0, True)


def test_a_call_of_a_file_that_was_not_read_is_unknown(site: Make, tree: Make) -> None:
    found = compare(tree(site("Be kind.")), tree(unread={"app.py": "does not parse"}))
    assert (found.changes, found.unknown) == ((), 1)
    assert _nothing(found.cost)


def test_what_is_not_counted_is_shown_without_cost(site: Make, tree: Make) -> None:
    change = _only(tree(), tree(site("Be kind.", counted=False)), "added")
    assert _nothing(change.cost) and _nothing(change.tokens)


def test_the_dearest_change_comes_first(site: Make, tree: Make) -> None:
    cheap, dear = (site("Be kind.", function=name, output_limit=cap) for name, cap in (("a", 10), ("b", 9000)))
    found = compare(tree(), tree(cheap, dear))
    assert [change.after.context.function for change in found.changes if change.after] == ["b", "a"]


def test_the_first_of_two_calls_goes(site: Make, tree: Make) -> None:
    first, second = site("Be kind."), site("Be brief. " * 50)
    pair = [CallSite(**{**_fields(each), "key": f"ask#{number}"}) for number, each in enumerate((first, second))]
    assert compare(tree(*pair), tree(*pair)).changes == ()
    left = CallSite(**{**_fields(second), "key": "ask#0"})
    change = _only(tree(*pair), tree(left), "removed")
    assert change.before is not None and change.before.prompt == first.prompt


def _fields(given: CallSite) -> dict[str, Any]:
    return {name: getattr(given, name) for name in CallSite.__slots__}
