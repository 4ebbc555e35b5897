"""What holds for every workload, whatever is declared."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.knowledge.prices import load_book
from costgate.measure.case import Measuring
from costgate.measure.portfolio import portfolio_cost, workload_costs
from costgate.model.config import Config, PriceOverride
from costgate.model.money import ZERO, Range
from costgate.model.tree import NoCache
from costgate.model.workload import Component, Fallback, Figures, Workload, WorkloadCost

PRICES = (
    PriceOverride("plain", {"input": Decimal("2.5"), "output": Decimal(10)}),
    PriceOverride(
        "rich",
        {
            "input": Decimal(3),
            "output": Decimal(15),
            "cache_read": Decimal("0.3"),
            "cache_write": Decimal("3.75"),
            "batch_input": Decimal("1.5"),
            "batch_output": Decimal("7.5"),
        },
    ),
)
TIERED = "gemini-2.5-pro"
SIZES = ("input_tokens", "output_tokens", "reasoning_tokens", "history_adds", "chunk_tokens")
SHARES = ("retry_rate", "cache_hit", "cache_write", "reasoning_share", "response_cache", "batch", "buffer")


def spans(low: int, high: int) -> st.SearchStrategy[Range]:
    three = st.lists(st.integers(low, high), min_size=3, max_size=3).map(sorted)
    return three.map(lambda ends: Range(ends[0], ends[1], ends[2], "declared"))


def shares(most: int = 100) -> st.SearchStrategy[Range]:
    return spans(0, most).map(lambda each: each.times(Decimal("0.01")))


@st.composite
def workloads(draw: st.DrawFn, name: str = "w") -> Workload:
    sizes: dict[str, Any] = {size: draw(spans(0, 150_000)) for size in SIZES}
    history = draw(st.sampled_from(("none", "resend", "window", "summary")))
    given_shares = {share: draw(st.none() | shares(45)) for share in SHARES}
    figures = Figures(
        traffic=draw(spans(1, 10**6)),
        calls_per_request=draw(spans(1, 5)),
        turns=draw(spans(1, 30)),
        chunks=draw(spans(0, 20)),
        **sizes,
        **given_shares,
    )
    models = draw(st.sampled_from((("plain",), ("rich",), (TIERED,), ("plain", "rich"))))
    return Workload(
        name,
        figures,
        history=history,
        window=draw(st.integers(1, 6)),
        summary=draw(spans(0, 500)),
        mix={model: Range.exact(Decimal(1) / len(models)) for model in models},
        fallbacks=draw(st.sampled_from(((), (Fallback("rich", Range.exact(Decimal("0.02"))),)))),
        components=(Component("search", Range.exact(Decimal("0.001")), draw(spans(0, 9))),),
        overheads={"storage": Range.exact(Decimal("0.0005"))},
        planned=True,
    )


def costs(*given: Workload) -> tuple[WorkloadCost, ...]:
    return workload_costs((), setting(*given))


def setting(*given: Workload) -> Measuring:
    return Measuring(load_book(), Config(prices=PRICES, workloads=given), NoCache())


def ends(found: Range | None) -> tuple[Decimal, Decimal, Decimal]:
    assert found is not None
    assert found.likely is not None
    assert found.high is not None
    return Decimal(found.low), Decimal(found.likely), Decimal(found.high)


def about(one: Decimal, other: Decimal) -> bool:
    """The same but for the last of 28 digits."""
    return abs(one - other) <= Decimal("1e-18") * max(abs(one), abs(other), Decimal(1))


@settings(max_examples=60, deadline=None)
@given(workloads(), st.sampled_from(SIZES), st.integers(1, 5_000))
def test_more_tokens_never_cost_less(one: Workload, size: str, more: int) -> None:
    larger = replace(one.figures, **{size: getattr(one.figures, size) + Range.exact(more)})
    (before,), (after,) = costs(one), costs(replace(one, figures=larger))
    for was, now in zip(ends(before.per_month), ends(after.per_month), strict=True):
        assert now >= was or about(now, was)


@settings(max_examples=60, deadline=None)
@given(workloads(), st.data())
def test_a_range_contains_what_any_point_of_it_would_cost(one: Workload, data: st.DataObject) -> None:
    def point(span: Range | None) -> Range | None:
        if span is None:
            return None
        low, high = int(Decimal(span.low) * 100), int(Decimal(span.high or 0) * 100)
        chosen = Decimal(data.draw(st.integers(low, high))) / 100
        return Range.exact(chosen, span.basis)

    named = (*SIZES, *SHARES, "traffic", "calls_per_request", "turns", "chunks")
    sharp = replace(one.figures, **{name: point(getattr(one.figures, name)) for name in named})
    summary = point(one.summary)
    pieces = tuple(replace(each, count=point(each.count) or ZERO) for each in one.components)
    (wide,), (exact,) = costs(one), costs(replace(one, figures=sharp, summary=summary, components=pieces))
    low, _, high = ends(wide.per_month)
    for cost in ends(exact.per_month):
        assert low <= cost or about(low, cost)
        assert cost <= high or about(cost, high)


@settings(max_examples=60, deadline=None)
@given(workloads())
def test_lines_and_layers_add_up_and_the_likely_lies_between(one: Workload) -> None:
    (found,) = costs(one)
    low, likely, high = ends(found.per_request)
    assert low <= likely <= high or (about(low, likely) or about(likely, high))
    sums = [sum(Decimal(getattr(line.amount, end) or 0) for line in found.lines) for end in ("low", "likely", "high")]
    assert all(about(one, other) for one, other in zip(sums, (low, likely, high), strict=True))
    for line in found.lines:
        per = {"1": Decimal(1_000_000)}.get(line.unit[:1], Decimal(1))
        for end in ("low", "likely", "high"):
            if line.layer != "platform":
                quantity = Decimal(getattr(line.quantity, end))
                assert about(quantity * line.rate / per, Decimal(getattr(line.amount, end)))


@settings(max_examples=30, deadline=None)
@given(workloads("a"), workloads("b"), workloads("c"), st.permutations(range(3)))
def test_the_order_of_workloads_is_irrelevant(one: Workload, two: Workload, three: Workload, order: list[int]) -> None:
    given_order = (one, two, three)
    shuffled = tuple(given_order[at] for at in order)
    assert costs(*given_order) == costs(*shuffled)
    sums = [portfolio_cost(costs(*each), setting(*each)) for each in (given_order, shuffled)]
    assert sums[0] == sums[1]


@settings(max_examples=40, deadline=None)
@given(workloads())
def test_a_lever_never_claims_more_than_there_is(one: Workload) -> None:
    (found,) = costs(one)
    _, _, high = ends(found.forecast_month)
    for saving in found.savings:
        assert saving.per_month is not None
        assert saving.per_month.high is None or Decimal(saving.per_month.high) <= high
