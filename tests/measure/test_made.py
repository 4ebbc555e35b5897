"""A workload with its calls, and what it costs: where each gap stands, and each figure of the answer by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from costgate.knowledge.prices import load_book
from costgate.measure.bill import Made
from costgate.measure.case import Measuring
from costgate.measure.ends import ONE
from costgate.measure.history import Turns
from costgate.measure.workload import cost_of_workload, declared_at, made, scaled
from costgate.model.call import CallSite
from costgate.model.config import Config, PriceOverride
from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.tree import NoCache
from costgate.model.value import Span
from costgate.model.workload import Fallback, Figures, Unit, Workload

D = Decimal
Calls = Callable[..., CallSite]
HERE = Span("costgate.yaml", 4)
PRICES = (
    PriceOverride("m", {"input": D(2_000_000), "output": D(10_000_000)}, custom=True),
    PriceOverride("dear", {"input": D(4_000_000), "output": D(10_000_000)}, custom=True),
)
CONFIG = Config(source="costgate.yaml", lines={"workloads/w": 4}, prices=PRICES)
SETTING = Measuring(load_book(), CONFIG, NoCache())
"""Prices are in whole money for a token."""


def just(number: Decimal | int) -> Range:
    return Range.exact(number, "declared")


def given(*calls: CallSite, setting: Measuring = SETTING, figures: Figures | None = None, **workload: Any) -> Made:
    return made(Workload("w", figures or Figures(), place="workloads/w", **{"sites": ("app.py",), **workload}), calls, setting)


def told(found: Made, what: str) -> list[Gap]:
    return [gap for gap in found.gaps if gap.what == what]


def test_it_makes_the_calls_of_its_sites_with_the_figures_that_hold(a_call: Calls) -> None:
    own, other, test = a_call("Hi", model="m"), a_call("Hi", model="m", key="b.py::ask", path="b.py"), a_call("Hi", model="m", counted=False)
    measured = replace(SETTING, config=replace(CONFIG, measured={"w": Figures(output_tokens=Range.exact(7, "measured"))}))
    found = given(own, other, test, setting=measured, figures=Figures(output_tokens=just(9), traffic=just(5)))
    assert [site.call for site in found.sites] == [own]
    assert found.figures == found.workload.figures == Figures(output_tokens=Range.exact(7, "measured"), traffic=just(5))
    assert found.sites[0].asked[0].visible.likely == 7
    assert (found.span, found.gaps, found.workload.name) == (HERE, (), "w")


def test_what_is_told_of_it_stands_where_it_is_declared(a_call: Calls) -> None:
    call = a_call("Hi", model="m", output_limit=5)
    assert given(figures=Figures(traffic=ONE)).gaps == (Gap("workload", "no counted call matches the sites of w", HERE),)
    assert told(given(call, planned=True), "workload") == [Gap("workload", "w is planned, and has 1 calls already: drop `planned`", HERE)]
    assert told(given(call), "traffic") == [Gap("traffic", "w has no traffic: there is no monthly figure", HERE)]
    assert told(given(call), "workload") == []
    holes = given(call, figures=Figures(holes={"q": just(4)}, traffic=ONE), retrieval_hole="q")
    assert told(holes, "holes") == [Gap("holes", "w says the size of 'q', and no prompt of its calls has such a hole: they have none", HERE)]
    backed = given(call, fallbacks=(Fallback("nobodys", ONE), Fallback("m", ONE)))
    assert [(gap.span, "nobodys" in gap.why) for gap in told(backed, "fallbacks")] == [(HERE, True), (HERE, False)]
    planned = given(planned=True, mix={"nobodys": ONE, "m": ONE}, figures=Figures(traffic=ONE))
    assert [(gap.what, gap.span) for gap in planned.gaps] == [("price", HERE)]
    assert [each.what for each in planned.sites[0].asked] == ["nobodys", "m"]
    twice = given(replace(call, key="x"), replace(call, key="y"), figures=Figures(output_tokens=just(9)))
    assert len(told(twice, "sizes")) == 1, "the same at the same place is told once"


def test_holes_are_looked_for_in_the_prompts_that_are_read(a_call: Calls, a_hole: Any) -> None:
    call, sizes = a_call("Hi", a_hole("question"), a_hole("name"), model="m"), {"question": just(1), "answer": just(1), "image": just(1)}
    figures = Figures(holes=sizes, traffic=ONE)
    why = "w says the size of 'answer', and no prompt of its calls has such a hole: they have question, name"
    assert [gap.why for gap in told(given(call, figures=figures), "holes")][:1] == [why]
    unread = a_call(model="m", key="app.py::other")
    assert told(given(call, unread, figures=figures), "holes") == told(given(unread, figures=figures), "holes") == []
    more = a_call("Hi", a_hole("answer"), model="m", key="app.py::more")
    assert "'answer'" not in "".join(gap.why for gap in told(given(call, more, figures=figures), "holes")), "one that has it is enough"
    assert told(given(planned=True, figures=figures), "holes") == []


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("costgate.yaml", Span("costgate.yaml", 4)),
        ("deep/costgate.yaml", Span("deep/costgate.yaml", 4)),
        ("/etc/costgate.yaml", Span(".", 1)),
        ("../costgate.yaml", Span(".", 1)),
        ("C:costgate.yaml", Span(".", 1)),
        ("a\\costgate.yaml", Span(".", 1)),
        (None, Span(".", 1)),
    ],
)
def test_a_file_outside_of_the_tree_is_no_place(source: str | None, place: Span) -> None:
    setting = replace(SETTING, config=replace(CONFIG, source=source))
    assert declared_at("workloads/w", setting) == place
    assert declared_at("workloads/other", setting) == replace(place, line=1)


def test_every_figure_of_the_answer(a_call: Calls) -> None:
    """A request of 10 tokens at 2, and 3 at 10, costs 50; with the buffer 60, of which each half resolves one."""
    call = a_call(model="m")
    figures = Figures(input_tokens=just(10), output_tokens=just(3), traffic=just(7), buffer=just(D("0.2")), resolution_rate=just(D("0.5")))
    found = cost_of_workload(given(call, figures=figures, unit=Unit("ticket", D(200))), SETTING)
    amounts = {name: getattr(found, name) for name in ("per_request", "per_month", "forecast_request", "forecast_month", "per_unit", "margin", "call_cost", "call_tokens", "tokens")}
    assert {name: each and (each.low, each.likely, each.high) for name, each in amounts.items()} == {
        "per_request": (50,) * 3, "per_month": (350,) * 3, "forecast_request": (60,) * 3, "forecast_month": (420,) * 3, "per_unit": (120,) * 3,
        "margin": (80,) * 3, "call_cost": (50,) * 3, "call_tokens": (10,) * 3, "tokens": (13,) * 3,
    }  # fmt: skip
    assert {each.basis for each in amounts.values()} == {"declared"}
    assert (found.sites, found.span, found.unknown, found.usage, found.workload.name) == ((call.key,), HERE, (), None, "w")
    assert [(line.layer, line.unit, line.amount.low) for line in found.lines] == [("inference", "1M input tokens", 20), ("inference", "1M output tokens", 30)]
    bare = cost_of_workload(given(call, figures=replace(figures, traffic=None, buffer=None, resolution_rate=None)), SETTING)
    assert (bare.per_month, bare.forecast_month, bare.per_unit, bare.margin) == (None, None, None, None)
    assert bare.forecast_request == bare.per_request == just(50)
    assert [gap.what for gap in bare.gaps] == ["traffic"]
    worthless = cost_of_workload(given(call, figures=figures, unit=Unit("ticket")), SETTING)
    assert (worthless.per_unit, worthless.margin) == (just(120), None)
    nothing = cost_of_workload(given(a_call(model="nobodys"), figures=figures, unit=Unit("ticket", D(9))), SETTING)
    assert (nothing.per_request, nothing.forecast_request, nothing.forecast_month, nothing.per_unit, nothing.margin) == (None,) * 5
    assert nothing.unknown == (call.key,)
    planned = cost_of_workload(given(planned=True, mix={"m": ONE}, figures=figures), SETTING)
    assert (planned.sites, planned.per_request) == ((), just(50)), "what has no code has no key"


def test_the_margin_is_least_where_the_cost_is_highest(a_call: Calls) -> None:
    def margin(output: Range) -> Range | None:
        call = given(a_call(model="m"), figures=Figures(input_tokens=just(1), output_tokens=output), unit=Unit("ticket", D(100)))
        return cost_of_workload(call, SETTING).margin

    assert margin(Range(1, 2, 4, "declared")) == Range(D(58), D(78), D(88), "declared")
    assert margin(Range(1, None, 4, "declared")) == Range(D(58), None, D(88), "declared")
    assert margin(Range(1, 2, None, "declared")) is None, "nothing bounds what is lost"


def test_the_dearest_call_and_the_largest_prompt(a_call: Calls) -> None:
    """As one request each: without turns, repetitions, shares, retries and batches; history and what is retrieved count."""
    figures = Figures(
        input_tokens=just(10), output_tokens=just(3), reasoning_tokens=just(1), turns=just(3), history_adds=just(5), chunks=just(1), chunk_tokens=just(4),
        calls_per_request=just(9), retry_rate=just(1), batch=just(D("0.5")), response_cache=just(D("0.5")), reasoning_share=just(D("0.5")),
    )  # fmt: skip
    empty = cost_of_workload(given(a_call(model="m"), figures=Figures(input_tokens=just(0), output_tokens=just(3))), SETTING)
    assert (empty.call_tokens, empty.call_cost) == (just(0), just(30))
    half = Range.exact(D("0.5"))
    found = cost_of_workload(given(a_call(model="m"), figures=figures, history="resend", mix={"m": half, "dear": half}), SETTING)
    assert (found.call_tokens, found.call_cost) == (just(10 + 10 + 4), just(24 * 4 + 40))
    cached = replace(PRICES[0], rates={**PRICES[0].rates, "cache_read": D(1_000_000), "cache_write": D(3_000_000), "cache_write_1h": D(5_000_000)})
    setting = replace(SETTING, config=replace(CONFIG, prices=(cached,)))
    shares = Figures(input_tokens=just(10_000), cache_hit=just(D("0.5")), cache_write=just(D("0.1")), cache_write_1h=just(D("0.2")))
    kept = cost_of_workload(given(a_call(model="m", output_limit=1), figures=shares, setting=setting), setting).call_cost
    assert kept is not None and kept.low == 2_000 * 2 + 5_000 + 1_000 * 3 + 2_000 * 5
    short = given(a_call(model="m"), figures=replace(shares, input_tokens=just(1_023)), setting=setting)
    why = "cache_hit is declared, and m caches from 1,024 tokens on: the full price is taken"
    assert [gap.why for gap in told(short, "cache")] == [why], "as the provider says, where the price says nothing"


def test_of_several_calls_each_end_is_that_of_the_one_that_has_it(a_call: Calls, a_hole: Any) -> None:
    def found(*sizes: Range, model: str = "m", **more: Any) -> tuple[Range | None, Range | None]:
        calls = [a_call(a_hole(f"h{number}"), model=model if number else "m", key=f"app.py::{number}", output_limit=1) for number in range(len(sizes))]
        holes = {f"h{number}": each for number, each in enumerate(sizes)}
        cost = cost_of_workload(given(*calls, figures=Figures(holes=holes, output_tokens=just(0)), **more), SETTING)
        return cost.call_tokens, cost.call_cost

    one, _ = found(just(0))
    assert one is not None and one.likely is not None and one.high is not None
    tokens, money = found(Range(5, 8, 20, "declared"), Range(6, 7, 9, "measured"))
    assert tokens is not None and money is not None
    assert tokens == Range(one.low + 6, one.likely + 8, one.high + 20, "measured")
    assert (money.low, money.likely, money.high) == (2 * tokens.low, 2 * (tokens.likely or 0), 2 * (tokens.high or 0))
    tokens, money = found(Range(5, None, 20, "declared"), Range(6, 7, None, "declared"))
    assert tokens is not None and (tokens.low, tokens.likely, tokens.high) == (one.low + 6, None, None)
    tokens, money = found(just(5), just(6), model="nobodys")
    assert tokens is not None and tokens.high == one.high + 6
    assert money is not None and (money.low, money.likely, money.high) == (2 * (one.low + 5), None, None), "a call without a price may be the dearest"
    assert cost_of_workload(given(a_call(model="nobodys"), figures=Figures(input_tokens=just(4))), SETTING).call_cost is None
    nothing = cost_of_workload(given(), SETTING)
    assert (nothing.call_cost, nothing.call_tokens) == (None, None)
    unread = cost_of_workload(given(a_call("Hi", model="m", output_limit=1), a_call(model="m", key="app.py::unread")), SETTING)
    assert unread.call_cost is not None and unread.call_cost.high is None, "nor does anybody know what an unread prompt costs"


def test_so_many_times_the_traffic_and_the_tokens(a_call: Calls) -> None:
    figures = Figures(
        input_tokens=just(10), output_tokens=just(3), reasoning_tokens=just(1), turns=just(3), history_adds=just(5), chunks=just(1), chunk_tokens=just(4), traffic=just(8)
    )
    found = given(a_call(model="m"), figures=figures, history="summary", window=2, summary=just(6))
    more = scaled(found, 2, D(3))
    [asked], [larger] = found.sites[0].asked, more.sites[0].asked
    assert larger == replace(asked, first=just(30), visible=just(9), thinking=just(3), retrieved=just(12), turns=Turns(just(3), "summary", just(15), 2, just(18)))
    assert more == replace(found, figures=replace(figures, traffic=just(16)), sites=(replace(found.sites[0], asked=(larger,)),))
    assert scaled(found) == found
    assert scaled(replace(found, figures=replace(figures, traffic=None)), 2).figures.traffic is None
    plain = given(a_call("Hello there", model="m", output_limit=1))
    fixed = plain.sites[0].asked[0].fixed
    assert fixed.low > 0 and scaled(plain, tokens=D(2)).sites[0].asked[0].fixed == fixed.times(2)
