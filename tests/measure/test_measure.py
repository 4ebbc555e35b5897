"""A reading measured: what is known adds up, what is not known is a gap and never zero."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from costgate.knowledge.prices import load_book
from costgate.measure.measure import measure
from costgate.measure.tokens import count, framing
from costgate.model.call import CallSite
from costgate.model.config import Config, PriceOverride, Profile
from costgate.model.money import Range, total
from costgate.model.prompt import Hole, Prompt, PromptSource, Text
from costgate.model.snapshot import Measure, Reading
from costgate.model.tree import NoCache
from costgate.model.value import ABSENT, Known, Span, Unknown

Call = Callable[..., CallSite]
Measured = Callable[..., Measure]
HELLO = "You are a support agent. Be brief."


def declared(**fields: Any) -> Config:
    return Config(profiles=(Profile("**::*", **fields),))


def flat(number: int) -> Range:
    return Range.exact(number, "declared")


def whys(found: Measure, what: str) -> list[str]:
    return [gap.why for gap in found.gaps if gap.what == what]


def test_a_plain_call(a_call: Call, measured_call: Measured) -> None:
    found = measured_call(a_call(HELLO, model="gpt-4o", output_limit=400))
    words = count(HELLO, "gpt-4o")
    assert found.static_tokens == words
    assert found.input_tokens == words + framing("gpt-4o", 1, False)
    assert found.output_tokens == Range(0, None, 400, "bounded")
    assert found.price is not None and found.price.model == "gpt-4o"
    assert found.gaps == ()
    cost = found.cost.per_call
    assert cost is not None and cost.low == found.input_tokens.low * Decimal("0.0000025")
    assert cost.high == (found.input_tokens.high or 0) * Decimal("0.0000025") + 400 * Decimal("0.00001")
    assert cost == total(line.amount for line in found.cost.lines)


def test_the_published_chatbot_bill(a_call: Call, a_hole: Callable[..., Hole], measured_call: Measured) -> None:
    """600 system + 800 history + 45 user tokens and 220 back, then a system prompt of 2,400: 810 dollars a month."""
    call = a_call(*map(a_hole, ("system", "history", "user")), model="gpt-4o", kind="completion")
    bills = []
    for system in (600, 2_400):
        holes = {"system": flat(system), "history": flat(800), "user": flat(45)}
        found = measured_call(call, declared(holes=holes, output_tokens=flat(220)))
        assert found.cost.per_call is not None and found.cost.per_call.low == found.cost.per_call.high
        bills.append(Decimal(found.cost.per_call.low))
    assert bills == [Decimal("0.0058125"), Decimal("0.0103125")]
    assert [bill * 180_000 for bill in bills] == [Decimal("1046.25"), Decimal("1856.25")]


@pytest.mark.parametrize(
    ("model", "expected"),
    [("gpt-4.1", "0.1088"), ("claude-3-7-sonnet", "0.1740"), ("deepseek-chat", "0.01476")],
)
def test_the_published_agent_bill_is_the_upper_end_of_a_run(
    a_call: Call, a_hole: Callable[..., Hole], measured_call: Measured, model: str, expected: str
) -> None:
    call = a_call(a_hole("turn"), model=model, provider=None, kind="agent-run", turn_limit=8)
    frame = framing(model, 1, False)
    config = declared(
        holes={"turn": Range(0, None, 5_000 - (frame.high or 0), "declared")},
        output_tokens=flat(200),
        reasoning_tokens=flat(250),
    )
    found = measured_call(call, config)
    assert found.input_tokens is not None and found.input_tokens.high == 40_000
    assert found.output_tokens == Range(450, None, 3_600, "bounded")
    assert found.cost.per_call is not None and found.cost.per_call.high == Decimal(expected)


def test_holes_nobody_sized_leave_the_upper_end_open(
    a_call: Call, a_hole: Callable[..., Hole], measured_call: Measured
) -> None:
    call = a_call(HELLO, a_hole("question"), model="gpt-4o")
    found = measured_call(call)
    assert found.input_tokens is not None
    assert (found.input_tokens.likely, found.input_tokens.high) == (None, None)
    assert found.input_tokens.low >= count(HELLO, "gpt-4o").low
    assert found.cost.per_call is not None and found.cost.per_call.high is None
    assert [(hole.name, hole.tokens) for hole in found.holes] == [("question", None)]
    sized = measured_call(call, declared(holes={"question": Range(10, 40, 90, "declared")}))
    assert sized.holes[0].tokens == Range(10, 40, 90, "declared")
    assert sized.input_tokens is not None and sized.input_tokens.high is not None


def test_a_bound_found_in_code_holds_for_one_time_only(
    a_call: Call, a_hole: Callable[..., Hole], measured_call: Measured
) -> None:
    bound = Range(0, 5, 9, "bounded")
    once = measured_call(a_call(a_hole("q", tokens=bound), model="gpt-4o"))
    again = measured_call(a_call(a_hole("q", tokens=bound, repeated=True), model="gpt-4o"))
    assert once.holes[0].tokens == bound
    assert again.holes[0].tokens == Range(0, None, None, "bounded")


def test_profiles_hold_where_their_glob_matches(
    a_call: Call, a_hole: Callable[..., Hole], measured_call: Measured
) -> None:
    size = {"q": flat(7)}
    call = a_call(a_hole("q"), model="gpt-4o", path="src/app/chat.py", function="Bot.ask")
    for sites, holds in [
        ("src/app/chat.py::Bot.ask", True),
        ("src/**", True),
        ("chat.py::Bot.*", True),
        ("src/app/chat.py::Bot", False),
        ("other.py", False),
    ]:
        found = measured_call(call, Config(profiles=(Profile(sites, size),)))
        assert (found.holes[0].tokens is not None) is holds, sites


def test_a_later_profile_overrides_an_earlier_one(
    a_call: Call, a_hole: Callable[..., Hole], measured_call: Measured
) -> None:
    config = Config(
        profiles=(
            Profile("**", {"q": flat(1), "r": flat(2)}, flat(50)),
            Profile("app.py::ask", {"q": flat(10)}),
        )
    )
    found = measured_call(a_call(a_hole("q"), a_hole("r", line=21), model="gpt-4o"), config)
    assert [hole.tokens for hole in found.holes] == [flat(10), flat(2)]
    assert found.output_tokens == flat(50)


def test_tools_that_nobody_sees_are_a_hole(a_call: Call, measured_call: Measured) -> None:
    found = measured_call(a_call(HELLO, model="gpt-4o", tools=Known((None,))))
    assert [hole.name for hole in found.holes] == ["tools"]
    assert measured_call(a_call(HELLO, model="gpt-4o")).holes == ()
    schema = Text('{"name": "search"}', Span("app.py", 30), "tools")
    seen = measured_call(a_call(HELLO, schema, model="gpt-4o", tools=Known((None,))))
    assert seen.holes == ()
    assert seen.input_tokens is not None
    assert seen.input_tokens == (seen.static_tokens or Range.exact(0)) + framing("gpt-4o", 1, True)


@pytest.mark.parametrize(
    ("model", "what", "why"),
    [
        (Unknown("read from a database"), "model", "read from a database"),
        (ABSENT, "model", "no model is passed"),
        (Known(("gpt-4o", ABSENT)), "model", "in some case none is passed"),
        (Known((None,)), "model", "in some case none is passed"),
        (Known((7,)), "model", "in some case none is passed"),
        ("gpt-99", "price", "has no model 'gpt-99'"),
        (("gpt-4o", "gpt-99"), "price", "has no model 'gpt-99'"),
    ],
)
def test_a_model_without_price_has_no_cost(
    a_call: Call, measured_call: Measured, model: Any, what: str, why: str
) -> None:
    call = a_call(HELLO) if model is ABSENT else a_call(HELLO, model=model)
    found = measured_call(call)
    assert found.cost.per_call is None and found.cost.lines == ()
    assert found.price is None
    assert found.input_tokens is not None, "tokens are counted all the same"
    assert any(why in each for each in whys(found, what)), found.gaps


def test_several_models_spread(a_call: Call, measured_call: Measured) -> None:
    cheap, dear, both = (
        measured_call(a_call(HELLO, model=model, output_limit=100))
        for model in ("gpt-4o-mini", "gpt-4o", ("gpt-4o-mini", "gpt-4o"))
    )
    assert both.price is None
    assert cheap.cost.per_call is not None and dear.cost.per_call is not None and both.cost.per_call is not None
    assert (both.cost.per_call.low, both.cost.per_call.high) == (cheap.cost.per_call.low, dear.cost.per_call.high)
    assert both.cost.lines == dear.cost.lines
    assert both.static_tokens == cheap.static_tokens


def test_models_of_several_families_spread_their_counts(a_call: Call, measured_call: Measured) -> None:
    both = measured_call(a_call(HELLO, model=("gpt-4o", "anthropic/claude-sonnet-4-5"), provider=None))
    few, many = count(HELLO, "gpt-4o"), count(HELLO, "claude-sonnet-4-5")
    assert both.static_tokens == Range(min(few.low, many.low), None, many.high, "calibrated")
    assert [(each.tokens.low, each.tokens.high) for each in both.sources] == [(both.static_tokens.low, both.static_tokens.high)]


def test_an_unknown_prompt_is_a_gap(a_call: Call, measured_call: Measured) -> None:
    found = measured_call(a_call(model="gpt-4o", output_limit=10))
    assert found.input_tokens is None and found.static_tokens is None and found.cost.per_call is None
    assert whys(found, "prompt") == ["what the call sends is not known"]
    assert found.output_tokens == Range(0, None, 10, "bounded")


def test_embeddings_bring_nothing_back(a_call: Call, measured_call: Measured) -> None:
    found = measured_call(a_call(HELLO, model="text-embedding-3-small", kind="embedding"))
    assert found.output_tokens == Range.exact(0)
    assert found.input_tokens == count(HELLO, "text-embedding-3-small"), "no chat framing"
    assert found.cost.per_call is not None
    assert found.cost.per_call.high == count(HELLO, "gpt-4").low * Decimal("0.00000002")


@pytest.mark.parametrize("kind", ["realtime"])
def test_what_is_not_billed_by_text_tokens_has_no_cost(a_call: Call, measured_call: Measured, kind: str) -> None:
    found = measured_call(a_call(HELLO, model="gpt-image-1", kind=kind))
    assert found.cost.per_call is None and found.output_tokens is None
    assert any("not billed by text tokens" in why for why in whys(found, "price"))


@pytest.mark.parametrize("kind", ["model-object", "agent"])
def test_objects_cost_nothing_and_miss_nothing(a_call: Call, measured_call: Measured, kind: str) -> None:
    found = measured_call(a_call(HELLO, model="gpt-4o", kind=kind))
    assert found.cost.per_call is None and found.gaps == () and found.output_tokens is None
    assert found.price is not None and found.static_tokens == count(HELLO, "gpt-4o")
    assert measured_call(a_call(HELLO, kind=kind)).gaps == ()


def test_a_run_without_a_limit_has_no_upper_end(a_call: Call, measured_call: Measured) -> None:
    limits: list[dict[str, Any]] = [{}, {"turn_limit": Known((None,))}, {"turn_limit": Unknown("settings")}]
    for limit in limits:
        found = measured_call(a_call(HELLO, model="gpt-4o", kind="agent-run", output_limit=10, **limit))
        assert found.cost.per_call is not None and found.cost.per_call.high is None
        assert found.output_tokens == Range(0, None, None, "bounded")
    one = measured_call(a_call(HELLO, model="gpt-4o", kind="agent-run", output_limit=10, turn_limit=1))
    assert one.output_tokens == Range(0, None, 10, "bounded")


def test_stated_ways_of_processing(a_call: Call, measured_call: Measured) -> None:
    def as_stated(model: str, **how: Any) -> Measure:
        return measured_call(a_call(HELLO, model=model, output_limit=10, **how))

    standard = as_stated("gpt-5")
    batch, flex = as_stated("gpt-5", batch=True), as_stated("gpt-5", service_tier="flex")
    unlisted = as_stated("gpt-4o", service_tier="flex")
    assert standard.cost.per_call is not None
    for cheaper in (batch, flex):
        assert cheaper.cost.per_call is not None
        assert cheaper.cost.per_call.low * 2 == standard.cost.per_call.low
    assert whys(unlisted, "price") == ["no flex price is listed for gpt-4o: the standard price is taken"]
    assert unlisted.cost.per_call is not None


def test_samples_multiply_what_comes_back(a_call: Call, measured_call: Measured) -> None:
    found = measured_call(a_call(HELLO, model="gpt-4o", output_limit=100, samples=5))
    assert found.output_tokens == Range(0, None, 500, "bounded")
    hidden = measured_call(a_call(HELLO, model="gpt-4o", output_limit=100, samples=Unknown("splat")))
    assert hidden.output_tokens is not None and hidden.output_tokens.high is None


def test_thinking_is_a_line_of_its_own_where_it_is_bounded(a_call: Call, measured_call: Measured) -> None:
    found = measured_call(
        a_call(
            HELLO,
            model="claude-sonnet-4-5",
            provider="anthropic",
            output_limit=8_000,
            reasoning="enabled",
            reasoning_budget=3_000,
        )
    )
    assert found.reasoning.on is True and found.reasoning.bound == 3_000
    assert [line.layer for line in found.cost.lines] == ["input", "output", "reasoning"]
    assert found.output_tokens == Range(0, None, 8_000, "bounded"), "the cap covers thinking"


def test_alternatives_spread(a_call: Call, measured_call: Measured) -> None:
    other = Prompt((Text(HELLO * 10, Span("app.py", 40), "user"),), 1)
    found = measured_call(a_call(HELLO, model="gpt-4o", alternatives=(other,)))
    assert found.static_tokens == Range(count(HELLO, "gpt-4o").low, None, count(HELLO * 10, "gpt-4o").high)
    assert [(source.span.line, source.optional) for source in found.sources] == [(10, True), (40, True)]


def test_what_each_of_several_prompts_sends_is_not_optional(a_call: Call, measured_call: Measured) -> None:
    asked, again = Text("one two", Span("app.py", 10)), Text("three", Span("app.py", 20))
    found = measured_call(a_call(asked, again, model="gpt-4o", alternatives=(Prompt((asked,)), Prompt((asked, again)))))
    assert [(source.span.line, source.optional) for source in found.sources] == [(10, False), (20, True)]


def test_text_of_one_place_is_one_source(a_call: Call, measured_call: Measured) -> None:
    here = Span("app.py", 10)
    found = measured_call(
        a_call(Text("one two", here), Text("three", here), Text("four", Span("p.md", 1)), model="gpt-4o")
    )
    assert [(source.span.path, source.tokens.low) for source in found.sources] == [("app.py", 3), ("p.md", 1)]
    assert found.static_tokens == Range.exact(4)


def test_only_counted_calls_enter_the_sums(a_call: Call) -> None:
    calls = (
        a_call(HELLO, model="gpt-4o", key="a", output_limit=10),
        a_call(HELLO, model="gpt-4o", key="b", output_limit=10, counted=False),
        a_call(HELLO, model="gpt-99", key="c"),
        a_call(model="gpt-4o", key="d"),
    )
    found = measure(Reading(calls=calls), load_book(), Config(), NoCache(), "head")
    assert set(found.measures) == {"a", "b", "c", "d"}
    assert found.label == "head"
    assert found.cost == found.measures["a"].cost.per_call
    sizes = [found.measures[key].input_tokens for key in "ac"]
    assert found.input_tokens == total(size for size in sizes if size is not None)


def test_nothing_known_sums_to_nothing_known() -> None:
    found = measure(Reading(), load_book(), Config(), NoCache(), "empty")
    assert (found.input_tokens, found.cost, dict(found.measures), found.prompts) == (None, None, {}, ())


def test_prompt_sources_are_counted_as_their_readers_count(a_call: Call) -> None:
    here = Span("prompts/system.md", 1)
    sources = (
        PromptSource(here, HELLO, "system", "always", ("a",)),
        PromptSource(here, HELLO, "system", "always", ("b",)),
        PromptSource(here, HELLO, "system", "always", ("a", "b")),
        PromptSource(here, HELLO, "system", "on-demand", ()),
        PromptSource(here, HELLO, "system", "always", ("gone", "unnamed")),
    )
    calls = (
        a_call(HELLO, model="gpt-4o", key="a"),
        a_call(HELLO, model="claude-sonnet-4-5", provider="anthropic", key="b"),
        a_call(HELLO, model=Unknown("?"), key="unnamed"),
    )
    found = measure(Reading(calls=calls, prompts=sources), load_book(), Config(), NoCache(), "head")
    sizes = [each.tokens for each in found.prompts]
    gpt, claude, anyone = count(HELLO, "gpt-4o"), count(HELLO, "claude-sonnet-4-5"), count(HELLO, None)
    assert sizes[0] == gpt and sizes[1] == claude and sizes[3] == sizes[4] == anyone
    assert sizes[2] == Range(min(gpt.low, claude.low), None, claude.high, "calibrated")
    assert [each.source for each in found.prompts] == list(sources)


def test_aliases_decide_the_tokenizer_too(a_call: Call, measured_call: Measured) -> None:
    found = measured_call(a_call(HELLO, model="prod", provider="azure"), Config(models={"prod": "gpt-4o"}))
    assert found.static_tokens == count(HELLO, "gpt-4o") and found.static_tokens.basis == "exact"
    assert found.price is not None and found.gaps == ()


def test_a_contract_price_reaches_the_bill(a_call: Call, measured_call: Measured) -> None:
    call = a_call(HELLO, model="gpt-4o", output_limit=100)
    full = measured_call(call).cost.per_call
    half = measured_call(call, Config(prices=(PriceOverride("gpt-4o", multiplier=Decimal("0.5")),))).cost.per_call
    assert full is not None and half is not None
    assert (half.low * 2, (half.high or 0) * 2) == (full.low, full.high)


def test_the_same_reading_measures_the_same(a_call: Call) -> None:
    reading = Reading(calls=(a_call(HELLO, model=("gpt-4o", "gpt-5"), samples=(1, 2)),))
    first, second = (measure(reading, load_book(), Config(), NoCache(), "x") for _ in range(2))
    assert first == second
