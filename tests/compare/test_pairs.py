"""One pair of calls, its measures given by hand: what kind of change it is, what it costs, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from costgate.compare import compare
from costgate.model.call import Caching, CallSite, Loop, Release, RetryLayer
from costgate.model.money import Cost, CostLine, Price, Range
from costgate.model.snapshot import Cause, Change, Comparison, Measure, Reading, Snapshot, SourceTokens
from costgate.model.value import ABSENT, Known, Span, Unknown

Make = Callable[..., Any]
NOTHING, OPEN = Range.exact(0), Range(1, None, None, "bounded")
PRICE = Price("gpt-4o", "openai", {"input": Decimal("2.50"), "output": Decimal(10)})


def just(number: int) -> Range:
    return Range.exact(number, "calibrated")


def measure(tokens: Range | None, cost: Range | None, price: Price | None = PRICE) -> Measure:
    """Of a prompt without holes, with one line of costs."""
    lines = () if cost is None else (CostLine("input", "1M input tokens", cost, Decimal(1), cost, cost.basis),)
    return Measure(price=price, static_tokens=tokens, input_tokens=tokens, cost=Cost(cost, lines))


def side(*pairs: tuple[CallSite, Measure], **reading: Any) -> Snapshot:
    return Snapshot("tree", Reading(calls=tuple(call for call, _ in pairs), **reading), {call.key: found for call, found in pairs})


def compared(old: CallSite | None, before: Measure | None, new: CallSite | None, after: Measure | None) -> Comparison:
    base = side() if old is None or before is None else side((old, before))
    return compare(base, side() if new is None or after is None else side((new, after)))


def changed(old: CallSite | None, before: Measure | None, new: CallSite | None, after: Measure | None) -> Change | None:
    found = compared(old, before, new, after)
    assert len(found.changes) < 2
    return found.changes[0] if found.changes else None


def test_a_call_that_comes_or_goes_is_told_whole(site: Make) -> None:
    call = site("Be kind.", line=7)
    found = measure(Range(3, 4, 5, "calibrated"), Range(6, None, 8, "bounded"))
    came = Cause("call added", "app.py", 7, None, call.callee)
    assert changed(None, None, call, found) == Change("added", call.key, None, call, Range(3, 4, 5, "calibrated"), Range(6, None, 8, "bounded"), (came,))
    went = Cause("call removed", "app.py", 7, call.callee, None)
    less = Range(-3, -4, -5, "calibrated"), Range(-6, None, -8, "bounded")
    assert changed(call, found, None, None) == Change("removed", call.key, call, None, *less, (went,))
    unpriced = measure(None, None)
    assert changed(None, None, call, unpriced) == Change("added", call.key, None, call, None, None, (came,))
    body = replace(call, counted=False)
    assert changed(None, None, body, found) == Change("added", call.key, None, body, NOTHING, NOTHING, (came,))
    assert changed(body, found, None, None) == Change("removed", call.key, body, None, NOTHING, NOTHING, (went,))


def test_another_argument_is_a_change_with_what_it_costs(site: Make) -> None:
    old, new = site("Be kind."), site("Be kind.", output_limit=900)
    cause = Cause("output cap", "app.py", 6, "200", "900")
    assert changed(old, measure(just(5), just(10)), new, measure(just(5), just(17))) == Change("changed", new.key, old, new, just(0), just(7), (cause,))
    assert changed(old, measure(just(5), just(10)), old, measure(just(5), just(10))) is None


def test_a_longer_prompt_is_a_change_though_nothing_is_told_of_it(site: Make) -> None:
    call = site("Be kind.")
    found = changed(call, measure(just(5), just(10)), call, measure(just(8), just(16)))
    assert found == Change("changed", call.key, call, call, just(3), just(6), ())


def test_of_one_model_at_another_price_nothing_in_the_code_did_that(site: Make) -> None:
    call = site("Be kind.", line=7)
    dearer = replace(PRICE, rates={"input": Decimal(3), "cache_read": Decimal("0.50"), "requests": Decimal(4)})
    causes = (Cause("price of input", "app.py", 7, "2.5", "3"), Cause("price of output", "app.py", 7, "10", None), Cause("price of cache_read", "app.py", 7, None, "0.5"))
    before, after = measure(just(5), just(10)), measure(just(5), just(12), dearer)
    assert changed(call, before, call, after) == Change("repriced", call.key, call, call, just(0), just(2), causes)
    longer = changed(call, before, call, replace(after, static_tokens=just(9), input_tokens=just(9)))
    assert longer == Change("changed", call.key, call, call, just(4), just(2), causes), "beside what the code did"
    for other in (replace(dearer, model="other"), replace(dearer, provider="other"), None):
        assert changed(call, before, call, measure(just(5), just(12), other)) == Change("repriced", call.key, call, call, just(0), just(2))
    assert changed(call, measure(just(5), just(10), None), call, after) == Change("repriced", call.key, call, call, just(0), just(2))
    assert changed(call, before, call, replace(after, cost=before.cost)) is None, "a price that this call does not pay"


def test_what_costs_the_same_costs_nothing_more(site: Make) -> None:
    call = site("Be kind.")
    found = changed(call, measure(just(5), just(10)), call, measure(just(8), just(10)))
    assert found == Change("changed", call.key, call, call, just(3), NOTHING, ())
    surer = changed(call, measure(just(5), Range(1, None, 9)), call, measure(just(5), Range(1, 4, 9)))
    assert surer is None, "only what is likely is known better"


@pytest.mark.parametrize("there", [{"path": "b.py"}, {"function": "tell"}])
def test_a_call_that_moves_costs_nothing_and_says_from_where(site: Make, there: dict[str, str]) -> None:
    old, new = site("Be kind."), site("Be kind.", line=9, **there)
    same = measure(just(5), Range(1, None, None, "bounded"))
    place = Cause("moved", new.span.path, 9, "app.py", new.span.path, 0)
    assert changed(old, same, new, same) == Change("moved", new.key, old, new, NOTHING, NOTHING, (place,))


def test_a_call_that_begins_to_count_costs_all_that_it_costs(site: Make) -> None:
    here, body = site("Be kind."), site("Be kind.", counted=False)
    before, after = measure(just(5), just(10)), measure(just(8), just(17))
    counts, callers = (Cause("counted", "app.py", 5, *ways) for ways in (("at its callers", "here"), ("here", "at its callers")))
    assert changed(body, before, here, after) == Change("changed", here.key, body, here, just(8), just(17), (counts,))
    assert changed(here, before, body, after) == Change("changed", here.key, here, body, just(-5), just(-10), (callers,))
    both = changed(body, before, replace(body, args={**body.args, "samples": here.arg("output_limit")}), after)
    assert both is not None and (both.tokens, both.cost) == (NOTHING, NOTHING)


def test_what_nobody_knows_is_no_saving(site: Make) -> None:
    call, hidden = site("Be kind."), site("Be kind.", model=Unknown("hidden"))
    priced, unpriced = measure(just(5), just(10)), measure(just(5), None, None)
    for old, before, new, after in ((call, priced, hidden, unpriced), (hidden, unpriced, call, priced)):
        found = compared(old, before, new, after)
        assert ([each.cost for each in found.changes], found.cost, found.unknown) == ([None], NOTHING, 1)
    longer = changed(hidden, unpriced, hidden, measure(just(9), None, None))
    assert longer is not None and (longer.tokens, longer.cost) == (just(4), None)
    assert changed(hidden, unpriced, hidden, unpriced) is None
    unsized = changed(call, measure(just(5), OPEN), call, replace(measure(None, Range(0, None, None, "bounded")), input_tokens=None))
    assert unsized is not None and (unsized.tokens, unsized.cost) == (None, None), "text that went where nothing bounds what came"
    bounded = changed(call, priced, call, measure(None, just(4)))
    assert bounded is not None and (bounded.tokens, bounded.cost) == (None, just(-6)), "what both sides cost is known all the same"
    slow = site("Be kind.", timeout=4)
    lost = changed(call, priced, slow, unpriced)
    assert lost is not None and (lost.cost, [cause.what for cause in lost.causes]) == (None, ["timeout"]), "the price went, whatever else changed"
    blind = changed(call, measure(None, None), slow, measure(None, None))
    assert blind is not None and (blind.tokens, blind.cost) == (NOTHING, NOTHING), "a prompt that neither side knows is the same one"
    gone = changed(call, priced, call, measure(None, None))
    assert gone is not None and (gone.kind, gone.tokens, gone.cost) == ("changed", None, None)


def test_where_nothing_bounds_what_is_sent_nothing_bounds_what_it_costs(site: Make) -> None:
    call = site("Be kind.")
    after = replace(measure(Range(5, 7, None, "bounded"), just(12)), input_tokens=Range(5, 7, None, "bounded"))
    found = changed(call, measure(just(5), just(10)), call, after)
    assert found is not None and (found.tokens, found.cost) == (Range(0, 2, None, "bounded"), Range(2, None, None, "calibrated"))


def test_without_a_price_only_what_leaves_one_request_alone_is_free(site: Make) -> None:
    call = site("Be kind.", timeout=3)
    unpriced = measure(just(5), None, None)
    slow = replace(call, args={**call.args, "timeout": call.arg("output_limit")})
    free = changed(call, unpriced, slow, unpriced)
    assert free is not None and (free.kind, free.cost, [cause.what for cause in free.causes]) == ("changed", NOTHING, ["timeout"])
    releases = [{"timeout": Release("openai", version, Span("lock.txt", 4))} for version in ("1", "2")]
    both = changed(replace(call, releases=releases[0]), unpriced, replace(slow, releases=releases[1]), unpriced)
    assert both is not None and (both.cost, both.causes[1]) == (NOTHING, Cause("version of openai in lock.txt", "lock.txt", 4, "1", "2"))
    more = replace(slow, args={**slow.args, "samples": call.arg("output_limit")})
    paid = changed(call, unpriced, more, unpriced)
    assert paid is not None and (paid.cost, [cause.what for cause in paid.causes]) == (None, ["samples", "timeout"])


def test_a_prompt_is_told_by_file_with_its_sums(site: Make) -> None:
    call = site()
    parts = [(SourceTokens(Span("a.md", 3), just(5)), SourceTokens(Span("b.md", 1), just(2))), (SourceTokens(Span("a.md", 3), just(5)), SourceTokens(Span("a.md", 9), just(1_200)))]
    before, after = (replace(measure(just(size), just(size)), sources=each) for size, each in zip((7, 1_205), parts, strict=True))
    found = changed(call, before, call, after)
    assert found is not None and found.causes == (
        Cause("prompt a.md", "a.md", 9, "5 tokens", "1,205 tokens", 1200),
        Cause("prompt b.md", "b.md", 1, "2 tokens", None, -2),
    )


def test_the_sums_are_those_of_what_is_known_and_counted(site: Make) -> None:
    calls = {name: site("Be kind.", function=name) for name in ("a", "b", "c", "d")}
    body = replace(site("Be kind.", function="body"), counted=False)
    found = {"a": measure(just(1), just(10)), "b": measure(just(2), None), "c": measure(None, just(30)), "d": measure(just(4), Range(5, None, None, "bounded"))}
    head = side(*((calls[name], found[name]) for name in calls), (body, measure(just(8), just(80))))
    both = compare(side(), head)
    assert (both.tokens, both.cost, both.unknown) == (just(7), Range(45, None, None, "bounded"), 1)
    assert [change.after.context.function for change in both.changes if change.after] == ["c", "a", "d", "b", "body"], "the dearest first, an open end by what is sure"
    assert (both.base, both.head) == (side(), head)
    cheap = compare(side(), side((calls["c"], measure(None, Range.exact(Decimal("0.5")))), (calls["b"], found["b"])))
    assert [change.key for change in cheap.changes] == [calls["c"].key, calls["b"].key], "before what nobody knows"


def test_what_was_not_read_saved_nothing(site: Make) -> None:
    """A call that was found through a file which the head cannot read."""
    call, through = site(), {"consulted": {}}
    parts = (SourceTokens(Span("a.md", 3), just(50)), SourceTokens(Span("b.md", 1), just(2)))
    before, after = replace(measure(just(52), just(52)), sources=parts), replace(measure(just(2), just(2)), sources=parts[1:])
    through["consulted"] = {call.key: frozenset({"a.md"})}
    base = side((call, before), **through)
    lost = compare(base, side((call, after), unread={"a.md": "too large"}, **through)).changes[0]
    assert (lost.tokens, lost.cost, lost.causes) == (None, None, (Cause("prompt a.md", "a.md", 3, "50 tokens", "not read", None),))
    always = compare(side((call, before), unread={"a.md": "too large"}, **through), side((call, after), unread={"a.md": "too large"}, **through)).changes[0]
    assert (always.tokens, always.cost) == (just(-50), just(-50)), "neither side could read it"
    grew = compare(side((call, after), **through), side((call, before), unread={"a.md": "x"}, **through)).changes[0]
    assert (grew.tokens, grew.cost) == (just(50), just(50)), "what is more is more"
    shrunk = replace(after, sources=(replace(parts[1], tokens=just(1)),), static_tokens=just(1))
    beside = compare(base, side((call, shrunk), unread={"a.md": "too large"}, **through)).changes[0]
    assert beside.causes[1] == Cause("prompt b.md", "b.md", 1, "2 tokens", "1 tokens", -1), "what was read is told as it is"
    for more in (Range.exact(Decimal("0.5")), Range.exact(0)):
        cost = Range.exact(52 + more.low)
        other = compare(base, side((call, replace(before, sources=parts[1:], cost=Cost(cost)),), unread={"a.md": "x"}, **through)).changes[0]
        assert other.cost is not None and other.cost.low == more.low
    gone = compare(base, side(unread={"a.md": "too large"}))
    assert (gone.changes, gone.unknown) == ((), 1)
    assert compare(base, side(unread={"other.md": "too large"})).unknown == 0


def test_every_cause_stands_where_it_is_written(site: Make) -> None:
    call, found = site("Be kind."), measure(just(5), just(10))

    def causes(old: dict[str, Any], new: dict[str, Any]) -> tuple[Cause, ...]:
        change = changed(replace(call, **old), found, replace(call, **new), found)
        return () if change is None else change.causes

    cached = [{"caching": Caching(times), "args": {**call.args, "cache": Known((mark,))}} for times, mark in (((), "a"), (("1h", "", None), "b"))]
    kept = "for 1h, for a time that is not seen, for the shortest time"
    assert causes(*cached) == (Cause("prompt caching", "app.py", 5, None, kept),), "a time says more than a mark"
    assert causes(*reversed(cached)) == (Cause("prompt caching", "app.py", 5, kept, None),)
    assert causes({}, {"args": cached[1]["args"]}) == (Cause("prompt caching", "app.py", 5, None, "b"),)
    limited = [{**each, "args": {**each["args"], "output_limit": Known((limit,))}} for each, limit in zip(cached, (5, 6), strict=True)]
    assert [cause.what for cause in causes(*limited)] == ["output cap", "prompt caching"]
    runs = [{"requests": each} for each in (None, Range(3, None, None), Range(3, None, 3), Range(3, None, 9))]
    asked = (None, "3 or more", "3", "3 to 9")
    assert [causes(runs[at - 1], runs[at]) for at in (1, 2, 3)] == [(Cause("requests", "app.py", 5, asked[at - 1], asked[at]),) for at in (1, 2, 3)]
    layers = [{"retries": (RetryLayer("client", 2, None), RetryLayer("loop", attempts, endless, Span("retry.py", 8)))} for attempts, endless in ((3, False), (None, None), (None, True))]
    assert causes(layers[0], layers[1]) == (Cause("retries", "retry.py", 8, "6 requests at worst", "unknown"),)
    assert causes(layers[1], layers[2]) == (Cause("retries", "retry.py", 8, "unknown", "unbounded"),)
    assert causes(layers[0], {}) == (Cause("retries", "app.py", 5, "6 requests at worst", "1 requests at worst"),)
    loops = {"context": replace(call.context, loops=(Loop("for", 1_000, Span("loop.py", 2)), Loop("while", None, Span("loop.py", 1))))}
    assert causes({}, loops) == (Cause("loop", "loop.py", 2, None, "for of 1,000 while"),)
    assert causes(loops, {}) == (Cause("loop", "app.py", 5, "for of 1,000 while", None),)
    trails = [{"args": {**call.args, "model": Known((model,), trail=(Span("first.py", 1), Span("last.py", 2), Span("", 3)))}} for model in ("m", ABSENT)]
    assert causes({}, trails[0]) == (Cause("model", "last.py", 2, "gpt-4o", "m"),)
    assert causes(trails[0], trails[1]) == (Cause("model", "last.py", 2, "m", "nothing"),)
    assert causes(trails[0], {"args": {"output_limit": call.arg("output_limit")}}) == (Cause("model", "app.py", 5, "m", None),)
    releases = [{"releases": {role: Release(name, version, span) for role in ("retries", "model")}} for name, version, span in (
        ("openai", "1", Span("lock.txt", 4)), ("openai", "2", None), ("openai", "3", Span("new.txt", 6)), ("other", "4", None), ("openai", None, None),
    )]  # fmt: skip
    told = [causes({**releases[one], **layers[0]}, {**releases[other], **layers[1]})[1:] for one, other in ((0, 1), (0, 2), (1, 4), (0, 3), (1, 1))]
    assert told == [
        (Cause("version of openai in lock.txt", "lock.txt", 4, "1", "2"),), (Cause("version of openai in new.txt", "new.txt", 6, "1", "3"),),
        (Cause("version of openai", "app.py", 5, "2", None),), (), (),
    ]  # fmt: skip
    both = causes({**releases[0], **layers[0], **trails[0]}, {**releases[1], **layers[1]})
    assert [cause.what for cause in both] == ["model", "retries", "version of openai in lock.txt"], "each distribution once"


def test_a_prompt_file_that_moves_is_no_cause_and_text_that_grows_is_told_by_its_lines(site: Make) -> None:
    call = site()

    def of(*parts: tuple[str, int, Range]) -> Measure:
        return replace(measure(just(5), just(10)), sources=tuple(SourceTokens(Span(path, line), size) for path, line, size in parts))

    some, other = Range(5, None, 9), just(7)
    assert changed(call, of(("old.md", 1, some), ("old.md", 8, other)), call, of(("new.md", 3, some), ("new.md", 9, other))) is None
    split = changed(call, of(("old.md", 1, some)), call, of(("new.md", 3, other), ("third.md", 1, just(6))))
    assert split is not None
    assert [(cause.what, cause.before, cause.after) for cause in split.causes] == [
        ("prompt new.md", None, "7 tokens"), ("prompt old.md", "5 tokens", None), ("prompt third.md", None, "6 tokens"),
    ]  # fmt: skip
    before, after = site("One.", "Two."), site("One.", "Two.", "Three.", "Four.")
    grew = changed(before, of(("app.py", 7, just(4))), after, of(("app.py", 7, just(4)), ("app.py", 9, just(6))))
    assert grew is not None and [(cause.what, cause.line, cause.end_line) for cause in grew.causes] == [("prompt app.py", 9, 10)]
    shrank = changed(after, of(("app.py", 7, just(9))), before, of(("app.py", 7, just(4))))
    assert shrank is not None and [(cause.line, cause.end_line) for cause in shrank.causes] == [(7, None)]
