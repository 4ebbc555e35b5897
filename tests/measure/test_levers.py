"""What a lever would save, and that nothing is claimed where a fact is missing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from costgate.config import parse_config
from costgate.gate import measure_files
from costgate.knowledge.prices import load_book
from costgate.knowledge.tiers import ladders, smaller
from costgate.measure.levers import call_savings
from costgate.model.snapshot import Snapshot
from costgate.model.tree import NoCache
from costgate.model.workload import LEVERS, Saving

PLAN = "workloads: [{name: w, planned: true, model: %s, input_tokens: 4_000, output_tokens: 500, traffic: 100/month%s}]"
CODE = """\
from anthropic import Anthropic

RULES = "%s"


def ask(question):
    return Anthropic().messages.create(
        model="claude-opus-4-5", max_tokens=500, system=RULES, messages=[{"role": "user", "content": question}]
    )
"""


def snapshot(config: str, code: str = "X = 1\n") -> Snapshot:
    found = measure_files({"a.py": code}, None, parse_config(config, "costgate.yaml"))
    assert isinstance(found, Snapshot)
    return found


def levers(config: str, code: str = "X = 1\n") -> dict[str, Saving]:
    (only,) = snapshot(config, code).workloads
    assert {each.lever for each in only.savings} <= set(LEVERS)
    return {each.lever: each for each in only.savings}


def month(saving: Saving) -> Decimal:
    assert saving.per_month is not None
    assert saving.per_month.low == saving.per_month.high
    return Decimal(saving.per_month.low)


def test_a_smaller_model_saves_the_difference() -> None:
    saving = levers(PLAN % ("gpt-4.1", ""))["smaller model"]
    assert "gpt-4.1-mini" in saving.what
    dear, cheap = (4_000 * rates[0] + 500 * rates[1] for rates in ((2, 8), (Decimal("0.4"), Decimal("1.6"))))
    assert month(saving) == (dear - cheap) * 100 / 1_000_000


def test_no_smaller_model_is_told_that_is_about_to_go() -> None:
    assert "gpt-4.1-nano" in smaller("gpt-4.1-mini")
    assert "smaller model" not in levers(PLAN % ("gpt-4.1-mini", "")), "the only one below it retires"


@pytest.mark.parametrize("ladder", ladders())
def test_each_step_of_a_ladder_is_listed_and_cheaper(ladder: tuple[str, ...]) -> None:
    prices = [load_book().find(model, None) for model in ladder]
    for above, below in pairwise(prices):
        assert above is not None and below is not None
        assert all(below.rates[unit] < above.rates[unit] for unit in ("input", "output"))
        assert above.provider == below.provider


def test_a_batch_is_told_only_of_what_can_wait() -> None:
    assert "batch" not in levers(PLAN % ("gpt-4.1", ""))
    assert month(levers(PLAN % ("gpt-4.1", ", can_wait: true"))["batch"]) == Decimal("0.6"), "half of 1.20"
    assert "batch" not in levers(PLAN % ("gpt-4.1", ", can_wait: true, batch: 100%"))
    assert "batch" not in levers(PLAN % ("claude-3-opus", ", can_wait: true")), "no price for it is listed"


def test_a_window_is_told_only_of_a_history_that_is_sent_again() -> None:
    again = levers(PLAN % ("gpt-4.1", ", turns: {count: 20, history: resend, adds: 250}"))["history window"]
    saved = sum(250 * (turn - 1) - min(turn - 1, 3) * 250 for turn in range(1, 21))
    assert month(again) == Decimal(saved * 2 * 100) / 1_000_000
    for turns in ("{count: 20, history: none}", "{count: 3, history: resend, adds: 250}"):
        assert "history window" not in levers(PLAN % ("gpt-4.1", f", turns: {turns}"))


def test_reasoning_can_be_left_out_where_the_model_can_do_without() -> None:
    thinking = ", reasoning_tokens: 1_000"
    assert month(levers(PLAN % ("gpt-4.1", thinking))["reasoning off"]) == Decimal("0.8")
    assert "reasoning off" not in levers(PLAN % ("gpt-4.1", ""))
    always = next(price for price in map(load_book().find, ("o3", "o4-mini", "gpt-5"), [None] * 3) if price and price.reasoning)
    assert always.reasoning != "always" or "reasoning off" not in levers(PLAN % (always.model, thinking))


def test_a_limit_is_told_only_where_there_is_none_and_the_length_is_declared() -> None:
    config = "workloads: [{name: w, sites: [a.py], input_tokens: 100, output_tokens: {low: 0, likely: 200, high: 900}, traffic: 1/day}]"
    open_ended = 'from openai import OpenAI\n\nOpenAI().responses.create(model="gpt-4.1", input="Hello")\n'
    saving = levers(config, open_ended)["output cap"]
    assert saving.per_request.low == 0
    assert saving.per_request.high == Decimal(700 * 8) / 1_000_000
    assert "output cap" not in levers(config, open_ended.replace('"Hello"', '"Hello", max_output_tokens=900'))
    assert "output cap" not in levers(config.replace("output_tokens: {low: 0, likely: 200, high: 900}, ", ""), open_ended)


def test_caching_is_told_only_of_a_prefix_that_is_long_enough() -> None:
    config = "workloads: [{name: w, sites: [a.py], holes: {content: 50}, output_tokens: 9, traffic: 1/day%s}]"
    long = CODE % ("You are careful. " * 1_500)
    saving = levers(config % ", turns: {count: 10, history: none}", long)["prompt caching"]
    assert saving.per_request.high is not None
    assert 0 < saving.per_request.low < saving.per_request.high
    alone = levers(config % "", long)["prompt caching"]
    assert alone.per_request.low < 0, "one request alone only pays for the writing"
    assert "prompt caching" not in levers(config % "", CODE % "You are careful.")
    assert "prompt caching" not in levers(config % ", cache_hit: 50%", long)


def test_a_deployment_at_a_fixed_price_has_no_levers_of_tokens() -> None:
    own = ", deployment: {kind: self-hosted, gpus: 1, price: 5_000, capacity: 1B/day}"
    found = levers(PLAN % ("gpt-4.1", own))
    assert set(found) == {"price per token"}
    assert month(found["price per token"]) == 5_000 - Decimal("1.2")


def test_a_call_of_no_workload_saves_a_request() -> None:
    whole = snapshot("fail_on: error", CODE % "Be careful.")
    (key,) = whole.measures
    config = parse_config("profiles: [{sites: a.py, holes: {content: 50}, output_tokens: 9}]", "c")
    (saving, *_) = call_savings(whole, {key}, load_book(), config, NoCache())[key]
    assert saving.lever == "smaller model"
    assert saving.per_month is None
    assert saving.per_request.low > 0


def test_models_that_stay_are_judged_by_the_date_of_the_book() -> None:
    soon = (date.fromisoformat(load_book().date) + timedelta(days=30)).isoformat()
    price = load_book().find("claude-sonnet-4-5", None)
    assert price is not None
    assert (price.deprecation_date or "9999") < soon, "retires within a month of the book"
    found = levers(PLAN % ("claude-opus-4-5", ""))["smaller model"]
    assert "claude-haiku-4-5" in found.what


def test_an_object_that_nothing_is_sent_through_has_no_levers() -> None:
    whole = snapshot("fail_on: error", 'from langchain_openai import ChatOpenAI\n\nChatOpenAI(model="o3")\n')
    assert [call.counted for call in whole.reading.calls] == [True]
    found = call_savings(whole, set(whole.measures), load_book(), parse_config("fail_on: error", "c"), NoCache())
    assert not any(found.values())
