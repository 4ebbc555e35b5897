"""Bills in awkward combinations, reckoned with a calculator from the vendors' list prices, through configuration and code."""

from __future__ import annotations

from decimal import Decimal
from textwrap import indent

import pytest

from costgate.config import parse_config
from costgate.config.what_if import asking
from costgate.gate.reading import snapshot_of
from costgate.model.config import Config
from costgate.model.money import Number, Range
from costgate.model.setting import Setting
from costgate.model.snapshot import Snapshot
from costgate.model.tree import NoCache
from costgate.model.workload import WorkloadCost
from costgate.store.trees import FilesTree

PLAN = "planned: true\n"


def M(*parts: tuple[Number, Number | str]) -> Decimal:
    return sum((Decimal(quantity) * Decimal(rate) for quantity, rate in parts), Decimal(0)) / 1_000_000


def D(text: str) -> Decimal:
    return Decimal(text)


def configured(body: str, more: str = "") -> Config:
    return parse_config(f"{more}workloads:\n  - name: w\n{indent(body, '    ')}\n", "costgate.yaml")


def measured(config: Config, code: str = "X = 1\n", day: str | None = None) -> Snapshot:
    return snapshot_of(FilesTree({"app.py": code}), config, Setting("", NoCache(), prices=day), ())


def cost(body: str, code: str = "X = 1\n", more: str = "", day: str | None = None) -> WorkloadCost:
    (found,) = measured(configured(body, more), code, day).workloads
    return found


def ends(found: Range | None) -> tuple[Number, Number | None, Number | None]:
    assert found is not None
    return found.low, found.likely, found.high


def size(model: str, sent: int, back: int) -> str:
    return f"{PLAN}model: {model}\ninput_tokens: {sent}\noutput_tokens: {back}\ntraffic: 1000/month\n"


SONNET, BIG, MINI = "claude-sonnet-4-5", M((10_000, 2), (500, 8)), M((10_000, D("0.4")), (500, D("1.6")))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            size(SONNET, 300_000, 100) + "batch: 40%\ncache_hit: 50%\ncache_write: 25%",
            D("0.6") * M((75_000, 6), (150_000, "0.6"), (75_000, "7.5"), (100, "22.5"))
            + D("0.4") * M((75_000, 3), (150_000, "0.3"), (75_000, "3.75"), (100, "11.25")),
            id="batch, cache and long context",
        ),
        pytest.param(
            size(SONNET, 300_000, 100) + "batch: 40%\ncache_hit: 50%\ncache_write: 10%\ncache_write_1h: 15%",
            D("0.6") * M((75_000, 6), (150_000, "0.6"), (30_000, "7.5"), (45_000, 12), (100, "22.5"))
            + D("0.4") * M((75_000, 3), (150_000, "0.3"), (30_000, "3.75"), (45_000, 6), (100, "11.25")),
            id="the same, some of it kept for an hour",
        ),
        pytest.param(
            size("gpt-4o", 5_000, 100) + "turns: {count: 12, history: window, window: 3, adds: 400}\nretry_rate: 20%",
            D("1.2") * M((12 * 5_000 + 400 * (0 + 1 + 2 * 10), "2.5"), (1_200, 10)),
            id="window with retries",
        ),
        pytest.param(
            size("gpt-4o", 5_000, 100) + "turns: {count: 3.5, history: window, window: 2, adds: 400}\nretry_rate: 20%",
            D("1.2") * M((17_500 + 400 * (0 + 1 + 1) + 200, "2.5"), (350, 10)),
            id="three turns and a half in a window",
        ),
        pytest.param(
            size("gpt-4o", 2_000, 100) + "turns: {count: 5, history: summary, summary: 300, window: 2, adds: 250}\ncache_hit: 50%\nretry_rate: 10%",
            D("1.1") * M(((10_000 + 250 + 3 * 550) // 2, "2.5"), ((10_000 + 250 + 3 * 550) // 2, "1.25"), (500, 10)),
            id="summary, cache, retries",
        ),
        pytest.param(
            size("gpt-5", 5_000, 200) + "reasoning_tokens: 2000\nreasoning_share: 25%\nbatch: 50%\nturns: {count: 4, history: none}",
            D("0.5") * M((20_000, "1.25"), (800, 10), (2_000, 10)) + D("0.5") * M((20_000, "0.625"), (800, 5), (2_000, 5)),
            id="some turns think, half as a batch",
        ),
        pytest.param(
            size("gpt-4.1", 10_000, 500) + "response_cache: 30%\nretry_rate: 10%\ncomponents: [{name: r, price: '0.0002', count: 3}]\noverheads: {o: '0.001'}",
            D("0.7") * D("1.1") * BIG + D("0.0016"),
            id="answers kept, what is no call is paid all the same",
        ),
        pytest.param(
            size("gpt-4.1-mini", 10_000, 500) + "retry_rate: 150%\nfallbacks: [{model: gpt-4.1, share: 10%}]",
            D("2.5") * (MINI + BIG / 10),
            id="a fallback is repeated like the rest",
        ),
        pytest.param(
            f"{PLAN}mix: {{gpt-4.1: 25%, gpt-4.1-mini: 75%}}\ninput_tokens: 10000\noutput_tokens: 500\ntraffic: 1/month\n"
            "batch: 20%\nfallbacks: [{model: gpt-4o, share: 2%}]",
            D("0.9") * (BIG / 4 + MINI * 3 / 4) + D("0.02") * D("0.9") * M((10_000, "2.5"), (500, 10)),
            id="mix, batch and fallback: a batch costs half, the fallback's too",
        ),
        pytest.param(
            size("gemini-2.5-pro", 150_000, 1_000) + "turns: {count: 4, history: resend, adds: 20_000}\nbatch: 0%\ncalls_per_request: 2",
            2 * M((4 * 150_000 + 120_000, "1.25"), (4_000, 10), (210_000, "1.25"), (1_000, 5)),
            id="only the fourth turn is over the tier",
        ),
        pytest.param(
            size("gemini-2.5-pro", 199_000, 100) + "retrieval: 5x400 tokens\nretry_rate: 50%\ncache_hit: 10%",
            D("1.5") * M((D("180900"), "2.5"), (D("20100"), "0.25"), (100, 15)),
            id="retrieval goes over the tier, cached in part",
        ),
        pytest.param(size("o3", 1_000, 100), M((1_000, 2), (100, 8)), id="the price of today"),
    ],
)
def test_a_request(body: str, expected: Decimal) -> None:
    assert ends(cost(body).per_request) == (expected, expected, expected)


def test_the_price_of_an_earlier_day() -> None:
    expected = M((1_000, 10), (100, 40))
    assert ends(cost(size("o3", 1_000, 100), day="2025-06-01").per_request) == (expected,) * 3


MIXED = f"{PLAN}input_tokens: 10000\noutput_tokens: 500\ntraffic: 1000/month\n"


@pytest.mark.parametrize(
    ("mix", "low", "likely", "high"),
    [
        ("gpt-4.1: 20%..40%, gpt-4.1-mini: 60%..80%", (2, 8), None, (4, 6)),
        ("gpt-4.1: 0%..100%, gpt-4.1-mini: 0%..100%", (0, 10), None, (10, 0)),
        ("gpt-4.1: 10%..30%, gpt-4.1-mini: 75%..85%", (D("1.5"), D("8.5")), None, (D("2.5"), D("7.5"))),
        ("gpt-4.1: {low: 20%, likely: 25%, high: 40%}, gpt-4.1-mini: {low: 60%, likely: 75%, high: 80%}", (2, 8), (D("2.5"), D("7.5")), (4, 6)),
    ],
)
def test_shares_that_are_ranges_are_all_of_the_calls_in_every_course(
    mix: str, low: tuple[Number, Number], likely: tuple[Number, Number] | None, high: tuple[Number, Number]
) -> None:
    found = cost(f"{MIXED}mix: {{{mix}}}")
    assert ends(found.per_request) == tuple(
        None if shares is None else (shares[0] * BIG + shares[1] * MINI) / 10 for shares in (low, likely, high)
    )
    assert found.tokens.low == found.tokens.high == 10_500


def test_buffer_unit_and_margin() -> None:
    found = cost(
        f"{MIXED}mix: {{gpt-4.1: 20%, gpt-4.1-mini: 80%}}\nfallbacks: [{{model: gpt-4.1, share: 5%..10%}}]\nbuffer: 25%\n"
        'unit: {name: ticket, resolution_rate: 50%..80%, value: "0.05"}'
    )
    own = BIG / 5 + MINI * 4 / 5
    low, high = own + BIG / 20, own + BIG / 10
    assert ends(found.forecast_month) == (1_250 * low, None, 1_250 * high)
    assert found.per_unit is not None and found.margin is not None
    assert (found.per_unit.low, found.per_unit.high) == (D("1.25") * low / D("0.8"), D("1.25") * high / D("0.5"))
    assert (found.margin.low, found.margin.high) == (D("0.05") - D("2.5") * high, D("0.05") - D("1.25") * low / D("0.8"))


def test_provisioned_next_to_per_token_in_one_portfolio() -> None:
    text = """\
portfolio: {cost_per_month: 1000}
workloads:
  - {name: rented, planned: true, input_tokens: 1000, output_tokens: 100, traffic: 1M/month, overheads: {x: "0.0001"},
     deployment: {kind: provisioned, units: 2, price: 1500, share: 25%}}
  - {name: paid, planned: true, model: gpt-4.1, input_tokens: 10000, output_tokens: 500, traffic: 10_000/month, buffer: 10%}
"""
    made = measured(parse_config(text, "costgate.yaml"))
    assert made.portfolio is not None
    assert ends(made.portfolio.per_month) == (750 + 100 + 11_000 * BIG,) * 3


CODE = """\
from openai import OpenAI

client = OpenAI()


def ask(question):
    return client.chat.completions.create(
        model="gpt-5", max_completion_tokens=200, n=3, service_tier="flex", messages=[{"role": "user", "content": question}]
    )


def entry(question):
    for _ in range(4):
        ask(question)
    return ask(question)
"""
OF_CODE = "input_tokens: 1000\noutput_tokens: 100\ntraffic: 1000/month\n"


def test_what_the_code_says_of_samples_tier_and_loops() -> None:
    once = M((1_000, "0.625"), (300, 5))
    assert ends(cost("entrypoints: ['app.py::entry']\n" + OF_CODE, CODE).per_request) == (2 * once, None, 5 * once)
    fixed = "sites: ['app.py::ask']\ncalls_per_request: 1\n" + OF_CODE
    assert ends(cost(fixed, CODE).per_request) == (2 * once,) * 3  # once for each of its two callers
    own = "prices: [{model: gpt-5, multiplier: '0.9'}]\n"
    assert ends(cost(fixed, CODE, own).per_request) == (2 * D("0.9") * once,) * 3


def test_a_deployment_name_costs_what_it_stands_for_by_contract() -> None:
    code = CODE.replace('"gpt-5"', '"our-chat"').replace(', n=3, service_tier="flex"', "")
    known = 'models: {our-chat: gpt-4.1}\ncurrencies: {EUR: "1.1"}\nprices: [{model: gpt-4.1, currency: EUR, input: 1, output: 4}]\n'
    found = cost("sites: ['app.py::ask']\ncalls_per_request: 1\n" + OF_CODE, code, known)
    assert ends(found.per_request) == (2 * M((1_000, "1.1"), (100, "4.4")),) * 3


@pytest.mark.parametrize(
    ("asked", "month"),
    [
        (("traffic=2x",), 2_000 * BIG),
        (("tokens=1.5x",), 1_500 * BIG),
        (("cache_hit=50%",), 1_000 * M((5_000, 2), (5_000, "0.5"), (500, 8))),
        (("model=gpt-4.1-mini", "retry_rate=10%"), 1_100 * MINI),
        (("batch=100%", "traffic=2x"), 1_000 * BIG),
    ],
)
def test_what_if(asked: tuple[str, ...], month: Decimal) -> None:
    config = configured(size("gpt-4.1", 10_000, 500))
    (found,) = measured(asking(config, asked)).workloads
    (told,) = [each for each in found.scenarios if each.name.startswith("what if")]
    assert ends(told.per_month) == (month,) * 3
    assert ends(found.per_month) == (1_000 * BIG,) * 3


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (size("gpt-4.1", 1_000, 100) + "reasoning_tokens: 500", "gpt-4.1 does not reason"),
        (size("gpt-4.1", 1_000, 100) + "fallbacks: [{model: gpt-4.1, share: 5%}]", "gpt-4.1 is asked anyway"),
        (size("gpt-4.1", 1_000, 100) + "fallbacks: [{model: gpt-4.9, share: 5%}]", "no model 'gpt-4.9'; nearest: gpt-4.1"),
        (size(SONNET, 5_000, 100) + "cache_hit: 50%", "all the rest is written"),
    ],
)
def test_figures_that_contradict_what_is_known_are_told(body: str, told: str) -> None:
    assert any(told in gap.why for gap in cost(body).gaps)


def test_reasoning_that_the_call_does_not_ask_for_is_told() -> None:
    code = 'from anthropic import Anthropic\nAnthropic().messages.create(model="claude-sonnet-4-5", max_tokens=900, messages=[])\n'
    found = cost("sites: ['app.py']\nreasoning_tokens: 500\n" + OF_CODE, code)
    assert any("the call does not have claude-sonnet-4-5 reason" in gap.why for gap in found.gaps)


def test_likely_shares_that_are_not_all_of_the_calls_are_refused() -> None:
    mix = "mix: {gpt-4.1: {low: 20%, likely: 25%, high: 40%}, gpt-4.1-mini: {low: 60%, likely: 65%, high: 80%}}"
    with pytest.raises(Exception, match=r"likely shares of workloads.* are 90% together"):
        cost(MIXED + mix)
