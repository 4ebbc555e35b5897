"""From a call and a workload's figures to what is asked of each model: every size under its name, every gap at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from costgate.knowledge.prices import load_book
from costgate.measure.asked import Site, as_model, planned, site_of
from costgate.measure.caching import Writing, writing_of
from costgate.measure.case import Measuring
from costgate.measure.ends import NONE, ONE
from costgate.measure.history import Turns
from costgate.measure.meters import Asked
from costgate.measure.price import price_of
from costgate.model.call import Caching, CallSite, Context, Loop
from costgate.model.config import Config, PriceOverride, Profile
from costgate.model.finding import Gap
from costgate.model.money import Price, Range
from costgate.model.tree import NoCache
from costgate.model.value import Span, Unknown
from costgate.model.workload import Figures, Workload

SETTING = Measuring(load_book(), Config(), NoCache())
Calls = Callable[..., CallSite]


def size(low: int, likely: int | None, high: int | None, basis: str = "declared") -> Range:
    return Range(low, likely, high, basis)


def just(number: int) -> Range:
    return Range.exact(number, "declared")


def price(model: str) -> Price:
    found = price_of(model, None, SETTING.book, SETTING.config)
    assert found is not None
    return found


def of(call: CallSite, figures: Figures | None = None, instead: Iterable[str] = (), setting: Measuring = SETTING, **workload: Any) -> Site:
    return site_of(call, Workload("w", **workload), figures or Figures(), setting, instead)


def whys(site: Site, what: str) -> list[tuple[str, Span | None]]:
    return [(gap.why, gap.span) for gap in site.gaps if gap.what == what]


def test_a_call_is_asked_with_all_that_code_and_figures_say(a_call: Calls, a_hole: Any) -> None:
    call = replace(a_call("Be brief.", a_hole("question"), model="o3", samples=2, service_tier="flex", output_limit=500), requests=None)
    figures = Figures(
        holes={"question": size(50, 60, 90)}, output_tokens=size(10, 20, 30), reasoning_tokens=size(7, 8, 9), calls_per_request=size(1, 2, 3),
        turns=size(2, 3, 4), history_adds=just(40), chunks=just(3), chunk_tokens=just(100),
    )  # fmt: skip
    found = of(call, figures, history="summary", window=2, summary=just(11))
    [case] = found.cases
    assert case.prompt is not None and 0 < case.prompt.static.low < case.prompt.input.low
    assert found.asked == (
        Asked(
            site=call.key, what="o3", price=price("o3"), first=case.prompt.input, visible=size(10, 20, 30), thinking=size(7, 8, 9), fixed=case.prompt.static,
            retrieved=just(300), way="flex_", answers=Range.exact(2), calls=size(1, 2, 3),
            turns=Turns(size(2, 3, 4), "summary", just(40), 2, just(11)), writing=writing_of(Caching(), price("o3")),
        ),
    )  # fmt: skip
    assert (found.key, found.shared, found.call, found.calls, found.gaps, found.known) == (call.key, False, call, size(1, 2, 3), (), True)
    whole = of(call, replace(figures, input_tokens=size(900, 950, 999)), history="summary").asked[0]
    assert (whole.first, whole.fixed, whole.turns) == (size(900, 950, 999), NONE, Turns(size(2, 3, 4), "summary", just(40)))
    inside = of(call, figures, retrieval_hole="question").asked[0]
    assert (inside.retrieved, inside.turns) == (NONE, Turns(size(2, 3, 4)))


def test_an_answer_of_which_nothing_is_declared_is_what_the_code_allows(a_call: Calls) -> None:
    [asked] = of(a_call("Hello", model="gpt-4.1", output_limit=500), history="resend").asked
    assert (asked.visible, asked.thinking, asked.retrieved, asked.way, asked.answers) == (Range(0, None, 500, "bounded"), NONE, NONE, "", ONE)
    assert asked.turns == Turns(ONE, "resend", Range(0, None, None, "bounded")), "a turn leaves the answer at least"
    [asked] = of(a_call("Hello", model="gpt-4.1"), Figures(output_tokens=size(5, 6, 7)), history="window", window=3).asked
    assert asked.turns == Turns(ONE, "window", Range(5, None, None, "bounded"), 3)


def test_models_of_a_mix_have_their_shares_and_those_of_the_code_are_alternatives(a_call: Calls) -> None:
    quarter, rest = Range.exact(Decimal("0.25")), Range.exact(Decimal("0.75"))
    both = a_call("Hello", model=("gpt-4.1", "gpt-4.1-mini"))
    mixed, plain = of(both, mix={"gpt-4o": quarter, "gpt-4.1-nano": rest}), of(both)
    assert [(each.what, each.share) for each in mixed.asked] == [("gpt-4o", quarter), ("gpt-4.1-nano", rest)]
    assert [(each.what, each.share) for each in plain.asked] == [("gpt-4.1", ONE), ("gpt-4.1-mini", ONE)]
    assert (mixed.shared, plain.shared) == (True, False)
    swapped = of(both, instead=("gpt-4o",), mix={"gpt-4o": quarter, "gpt-4.1-nano": rest})
    assert [(each.what, each.share) for each in swapped.asked] == [("gpt-4o", quarter)]


def test_a_model_without_a_price_keeps_its_name_and_is_told_once(a_call: Calls) -> None:
    one = a_call("Hello", model="nobodys")
    found = of(one, mix={"nobodys": ONE, "nobodys-other": ONE, "gpt-4.1": ONE})
    assert [(each.what, each.price is None) for each in found.asked] == [("nobodys", True), ("nobodys-other", True), ("gpt-4.1", False)]
    told = whys(found, "price")
    assert [("nobodys-other" in why, span) for why, span in told] == [(False, one.span), (True, one.span)]
    unnamed = of(a_call("Hello", model=Unknown("the caller decides")))
    assert [(each.what, each.share) for each in unnamed.asked] == [("?", ONE)]
    assert whys(unnamed, "model") == [("the model is not known: the caller decides", one.span)]


def test_of_a_call_whose_prompt_is_not_known_each_model_is_told_and_the_prompt_once(a_call: Calls) -> None:
    call = a_call(model=("nobodys", "nobodys-other"))
    found = of(call)
    assert (found.asked, len(found.cases), found.known) == ((), 2, False)
    assert [gap.what for gap in found.gaps] == ["price", "prompt", "price"]
    assert whys(found, "prompt") == [("what the call sends is not known", call.span)]
    sized = of(call, Figures(input_tokens=just(9)))
    assert [gap.what for gap in sized.gaps] == ["price", "price"], "whoever says the size needs no prompt"
    assert [(each.first, each.fixed) for each in sized.asked] == [(just(9), NONE)] * 2 and sized.known


@pytest.mark.parametrize(
    ("turn_limit", "declared", "count", "told"),
    [
        (None, size(2, 3, 4), size(2, 3, 4), None),
        (4, size(2, 3, 4), size(2, 3, 4), None),
        (3, size(2, 3, 4), size(2, 3, 3), "4 turns are declared, the code stops after 3"),
        (1, size(2, 3, 4), size(1, 1, 1), "4 turns are declared, the code stops after 1"),
        (3, size(2, None, None), size(2, None, 3), "more turns are declared, the code stops after 3"),
        (3, None, Range(1, None, 3, "bounded"), None),
        (None, None, Range(1, None, None, "bounded"), None),
    ],
)
def test_turns_end_where_the_code_stops(a_call: Calls, turn_limit: int | None, declared: Range | None, count: Range, told: str | None) -> None:
    limit = {} if turn_limit is None else {"turn_limit": turn_limit}
    call = a_call("Hello", kind="agent-run", model="gpt-4.1", **limit)
    found = of(call, Figures(turns=declared), history="none")
    assert found.asked[0].turns == Turns(count)
    assert whys(found, "turns") == ([] if told is None else [(told, call.span)])
    assert whys(found, "history") == []


def test_the_agents_that_a_call_runs_bound_its_turns(a_call: Calls) -> None:
    call = replace(a_call("Hello", model="gpt-4.1", turn_limit=2), requests=Range(3, None, 6, "bounded"))
    assert of(call, Figures(turns=just(9))).asked[0].turns.count == just(6)
    assert of(call).asked[0].turns.count == Range(3, None, 6, "bounded")
    assert of(replace(call, requests=Range(3, None, None, "bounded")), Figures(turns=just(9))).asked[0].turns.count == just(9)


def test_more_turns_than_one_ask_what_each_sends_again(a_call: Calls) -> None:
    call = a_call("Hello", model="gpt-4.1")
    why = "every turn is taken to send what the first does: say what is sent again in `turns: {history: ...}`"
    for turns, told in ((just(2), [(why, call.span)]), (size(0, 1, None), [(why, call.span)]), (just(1), []), (None, [])):
        assert whys(of(call, Figures(turns=turns)), "history") == told
        assert whys(of(call, Figures(turns=turns), history="none"), "history") == []


def test_loops_bound_how_often_a_request_calls_unless_somebody_says(a_call: Calls) -> None:
    def looped(*bounds: int | None) -> CallSite:
        loops = tuple(Loop("for", bound, Span("app.py", 90 + number)) for number, bound in enumerate(bounds))
        return replace(a_call("Hello", model="gpt-4.1"), context=Context("ask", loops=loops))

    assert (of(looped()).calls, of(looped(3)).calls, of(looped(3, 4)).calls) == (ONE, Range(1, None, 3, "bounded"), Range(1, None, 12, "bounded"))
    assert of(looped(3, 0, 4)).calls == Range(0, None, 0, "bounded")
    for found in (of(looped(3, None, 4)), of(looped(3, None))):
        assert found.calls == Range(1, None, None, "bounded") == found.asked[0].calls
        why = "the loop at app.py:91 repeats the call, and nothing bounds it: say `calls_per_request`"
        assert whys(found, "calls_per_request") == [(why, Span("app.py", 5, 1, 8, 2))]
    said = of(looped(3, None), Figures(calls_per_request=just(7)))
    assert (said.calls, said.gaps) == (just(7), ())


def test_how_many_passages_are_looked_up_is_declared_seen_or_asked_for(a_call: Calls, a_hole: Any) -> None:
    call = a_call("Hello", model="gpt-4.1")
    unsaid, seen, said = (of(each, figures) for each, figures in (
        (call, Figures(chunk_tokens=just(400))),
        (replace(call, passages=5), Figures(chunk_tokens=just(400))),
        (call, Figures(chunk_tokens=just(400), chunks=just(2))),
    ))  # fmt: skip
    assert [each.asked[0].retrieved for each in (unsaid, seen, said)] == [size(0, None, None, "bounded"), size(0, None, 2000, "bounded"), just(800)]
    inside = of(replace(a_call("Hello", a_hole("passages"), model="gpt-4.1"), passages=5), Figures(chunk_tokens=just(400)), retrieval_hole="passages").cases[0]
    assert inside.prompt is not None and inside.prompt.input.high is not None, "where they fill a hole, that is as large"
    assert whys(unsaid, "retrieval") == [("how many passages are retrieved is not known: say `retrieval: {chunks: ...}`", call.span)]
    assert whys(seen, "retrieval") == whys(said, "retrieval") == whys(of(call, Figures(chunks=just(2))), "retrieval") == []


CACHING = Config(prices=(PriceOverride("kept", {"input": Decimal(3), "output": Decimal(15), "cache_read": Decimal(1)}, custom=True),))


def test_profiles_speak_of_the_calls_that_they_name(a_call: Calls, a_hole: Any) -> None:
    profiles = (Profile("app.py", {"question": just(70)}), Profile("other.py", {"question": just(90)}))
    found = of(a_call(a_hole("question"), model="gpt-4.1"), setting=replace(SETTING, config=Config(profiles=profiles)))
    [case] = found.cases
    assert case.prompt is not None and [hole.tokens for hole in case.prompt.holes] == [just(70)]


def test_a_name_that_stands_for_a_model_is_told_as_that(a_call: Calls) -> None:
    setting = replace(SETTING, config=Config(models={"ours": "gpt-4.1"}))
    assert [each.what for each in of(a_call("Hello", model="ours"), setting=setting).asked] == ["gpt-4.1"]
    assert [each.what for each in planned(Workload("w", mix={"ours": ONE}), Figures(), setting, Span("a", 1)).asked] == ["gpt-4.1"]


def test_what_a_provider_keeps_by_itself_may_be_written_in_a_planned_workload_too() -> None:
    kept = PriceOverride("gpt-4.1", {"cache_write": Decimal(4)})
    setting = replace(SETTING, config=Config(prices=(kept,)))
    [asked] = planned(Workload("w", mix={"gpt-4.1": ONE}), Figures(input_tokens=just(9_000)), setting, Span("a", 1)).asked
    assert asked.price is not None and asked.writing == writing_of(Caching(), asked.price) and asked.writing.unasked


def test_a_prompt_too_short_for_the_cache_is_not_cached(a_call: Calls) -> None:
    """Which only matters where somebody says something of caching."""
    call, hit = a_call("Hello", model="claude-haiku-4-5", provider="anthropic"), just(0)
    least = price("claude-haiku-4-5").cache_minimum
    assert least is not None
    for tokens, adds, kept in ((least, 0, True), (least - 1, 0, False), (least - 50, 49, False), (least - 50, 50, True)):
        for figures, caches in ((Figures(cache_hit=hit), kept), (Figures(), True)):
            wanted = replace(figures, input_tokens=just(tokens), turns=just(2), history_adds=just(adds))
            assert of(call, wanted, history="resend").asked[0].caches is caches
            assert planned(Workload("w", mix={"claude-haiku-4-5": ONE}, history="resend"), wanted, SETTING, call.span).asked[0].caches is caches
    short = of(call, Figures(cache_hit=hit, input_tokens=just(1)))
    assert [span for _, span in whys(short, "cache")] == [call.span]
    chunks = Figures(cache_hit=hit, input_tokens=just(1), chunks=just(1), chunk_tokens=just(least - 1))
    assert of(call, chunks).asked[0].caches, "what is retrieved is sent, too"
    assert of(call, Figures(cache_hit=hit, input_tokens=size(1, 2, None))).asked[0].caches, "nobody knows that it is short"
    reads = of(a_call("Hello", model="gemini-2.5-pro", provider="google"), Figures(cache_hit=hit, input_tokens=just(2_047)))
    assert "cache_write" not in price("gemini-2.5-pro").rates and not reads.asked[0].caches, "also where writing is not billed"
    marked = replace(call, caching=Caching(("",)))
    assert not of(marked, Figures(input_tokens=just(1))).asked[0].caches, "the code says something of caching"
    for figures in (Figures(input_tokens=just(1)), Figures(input_tokens=just(1), cache_hit=hit)):
        assert of(a_call("Hello", model="kept"), figures, setting=replace(SETTING, config=CACHING)).asked[0].caches, "without a least length"


def test_a_call_that_another_provider_sells_has_the_price_of_whoever_lists_it(a_call: Calls) -> None:
    elsewhere = a_call("Hello", model="claude-haiku-4-5", provider="groq")
    [case] = of(elsewhere).cases
    assert case.price == price("claude-haiku-4-5") and whys(of(elsewhere), "price") == []
    nowhere = of(a_call("Hello", model="nobodys", provider="groq"))
    assert nowhere.asked[0].price is None
    assert [why.partition(" has ")[2] for why, _ in whys(nowhere, "price")] == ["no model 'nobodys' at groq"]


def test_a_planned_workload_is_asked_as_declared() -> None:
    span = Span("costgate.yaml", 7)
    half = Range.exact(Decimal("0.5"))
    figures = Figures(
        input_tokens=just(100), output_tokens=size(5, 6, 7), reasoning_tokens=just(8), calls_per_request=just(2), turns=just(3), chunks=just(2), chunk_tokens=just(30)
    )
    found = planned(Workload("w", mix={"gpt-4.1": half, "nobodys": half}, history="summary", window=4, summary=just(9)), figures, SETTING, span)
    first = Asked(
        site=None, what="gpt-4.1", price=price("gpt-4.1"), first=just(100), visible=size(5, 6, 7), thinking=just(8), retrieved=just(60), calls=just(2),
        turns=Turns(just(3), "summary", Range(5, None, None, "bounded"), 4, just(9)), share=half, writing=writing_of(Caching(), price("gpt-4.1")),
    )  # fmt: skip
    assert found.asked == (first, replace(first, what="nobodys", price=None, writing=Writing()))
    assert (found.key, found.shared, found.cases, found.call, found.calls, found.known) == (None, True, (), None, ONE, True)
    assert [(gap.what, gap.span, "nobodys" in gap.why) for gap in found.gaps if gap.what == "price"] == [("price", span, True)]
    assert [gap.span for gap in found.gaps] == [span] * len(found.gaps)


def test_a_planned_workload_of_which_little_is_said() -> None:
    found = planned(Workload("w"), Figures(), SETTING, Span("costgate.yaml", 7))
    assert found.asked == (Asked(site=None, what="tokens", price=None, first=NONE, visible=NONE, turns=Turns(ONE)),)
    assert found.gaps == ()
    grows = planned(Workload("w", history="resend"), Figures(history_adds=just(4)), SETTING, Span("costgate.yaml", 7))
    assert grows.asked[0].turns == Turns(ONE, "resend", just(4))
    long = planned(Workload("w", mix={"gpt-4.1": ONE}), Figures(output_tokens=just(10**6)), SETTING, Span("costgate.yaml", 7))
    assert [(gap.what, gap.span) for gap in long.gaps] == [("sizes", Span("costgate.yaml", 7))]


def test_the_same_call_as_another_model(a_call: Calls) -> None:
    call = replace(a_call("Hello", model="gpt-4.1", service_tier="flex"), caching=Caching(("1h",)))
    asked = of(call, Figures(input_tokens=just(5_000), output_tokens=just(7))).asked[0]
    other = as_model(asked, "claude-haiku-4-5", SETTING)
    cheap = price("claude-haiku-4-5")
    assert other == replace(asked, what="claude-haiku-4-5", price=cheap, way="", writing=writing_of(Caching(("1h",)), cheap)) and asked.way == "flex_"
    assert as_model(asked, "nobodys", SETTING) is None
    least = cheap.cache_minimum
    assert least is not None

    def caches(first: Range, **more: Any) -> bool:
        found = as_model(replace(asked, first=first, **more), "claude-haiku-4-5", SETTING)
        assert found is not None
        return found.caches

    assert (caches(just(least)), caches(just(least - 1)), caches(size(0, 0, None))) == (True, False, True)
    assert caches(just(least - 9), retrieved=just(9)) and caches(just(least - 9), turns=Turns(just(2), "resend", just(9)))
    free = as_model(replace(asked, first=just(1)), "kept", replace(SETTING, config=CACHING))
    assert free is not None and free.caches


def test_a_gap_is_told_where_the_call_stands(a_call: Calls) -> None:
    call = a_call("Hello", model="gpt-4.1", output_limit=10)
    found = of(call, Figures(output_tokens=just(40), cache_hit=just(0)))
    assert [gap for gap in found.gaps if gap.what == "sizes"] == [Gap("sizes", "an answer of 40 tokens is declared, and the code stops it at 10", call.span)]
    assert {gap.span for gap in found.gaps} == {call.span}
    off = of(a_call("Hello", model="claude-haiku-4-5", provider="anthropic"), Figures(reasoning_tokens=just(9), output_tokens=just(9)))
    assert whys(off, "sizes") == [("9 tokens of reasoning are declared, and the call does not have claude-haiku-4-5 reason", call.span)]
    thinks = of(a_call("Hello", model="gpt-4.1"), Figures(reasoning_tokens=just(9), output_tokens=just(9)))
    assert whys(thinks, "sizes") == [("9 tokens of reasoning are declared, and gpt-4.1 does not reason", call.span)]
