"""Bills reckoned by hand, line by line from the vendors' list prices, against what configuration and engine make of them.

`M(...)` sums quantity x dollars per million; nothing of the engine is used for what is expected.
"""

from __future__ import annotations

from decimal import Decimal
from textwrap import indent

import pytest

from costgate.config import parse_config
from costgate.gate import measure_files
from costgate.model.money import Number
from costgate.model.snapshot import Snapshot
from costgate.model.workload import WorkloadCost


def M(*parts: tuple[Number, str | int]) -> Decimal:
    return sum((Decimal(quantity) * Decimal(rate) for quantity, rate in parts), Decimal(0)) / 1_000_000


def cost(body: str, prices: str = "") -> WorkloadCost:
    text = f"{prices}workloads:\n  - name: w\n    planned: true\n{indent(body, '    ')}\n"
    snapshot = measure_files({"a.py": "X = 1\n"}, None, parse_config(text, "costgate.yaml"))
    assert isinstance(snapshot, Snapshot)
    (only,) = snapshot.workloads
    return only


def request(model: str, sent: int, back: int, more: str = "", prices: str = "") -> Decimal:
    found = cost(f"model: {model}\ninput_tokens: {sent}\noutput_tokens: {back}\ntraffic: 1/month\n{more}", prices).per_request
    assert found is not None
    assert found.low == found.likely == found.high
    return Decimal(found.low)


HALF = Decimal("0.5")
MINI, BIG = M((10_000, "0.4"), (500, "1.6")), M((10_000, 2), (500, 8))

CACHES = [
    ("read", "gpt-4.1", 10_000, 500, "cache_hit: 60%", M((4_000, 2), (6_000, "0.5"), (500, 8))),
    ("read and written", "claude-sonnet-4-5", 10_000, 500, "cache_hit: 80%\ncache_write: 10%", M((1_000, 3), (8_000, "0.3"), (1_000, "3.75"), (500, 15))),
    ("read below a tier", "gemini-2.5-pro", 150_000, 1_000, "cache_hit: 50%", M((75_000, "1.25"), (75_000, "0.125"), (1_000, 10))),
    ("read, a quarter", "deepseek-chat", 8_000, 300, "cache_hit: 25%", M((6_000, "0.27"), (2_000, "0.07"), (300, "1.1"))),
    ("too short to be kept", "claude-sonnet-4-5", 1_023, 100, "cache_hit: 50%", M((1_023, 3), (100, 15))),
    ("just long enough", "claude-sonnet-4-5", 1_024, 100, "cache_hit: 50%\ncache_write: 0%", M((512, 3), (512, "0.3"), (100, 15))),
    ("no such price", "gpt-5.5-pro", 10_000, 100, "cache_hit: 80%", M((10_000, 30), (100, 180))),
    ("nothing to write for", "gpt-4.1", 10_000, 0, "cache_write: 50%", M((10_000, 2))),
]
TIERS = [
    ("at the border", "gemini-2.5-pro", 200_000, 1_000, "", M((200_000, "1.25"), (1_000, 10))),
    ("one above it", "gemini-2.5-pro", 200_001, 1_000, "", M((200_001, "2.5"), (1_000, 15))),
    ("with a cache", "gemini-2.5-pro", 250_000, 1_000, "cache_hit: 40%", M((150_000, "2.5"), (100_000, "0.25"), (1_000, 15))),
    ("written to the cache", "claude-sonnet-4-5", 200_001, 100, "cache_write: 100%", M((200_001, "7.5"), (100, "22.5"))),
    ("thinking too", "gemini-2.5-pro", 200_001, 1_000, "reasoning_tokens: 3000", M((200_001, "2.5"), (4_000, 15))),
    ("retrieval goes over it", "gemini-2.5-pro", 199_000, 100, "retrieval: 5x400 tokens", M((201_000, "2.5"), (100, 15))),
    (
        "the third turn goes over it", "gemini-2.5-pro", 150_000, 100, "turns: {count: 3, history: resend, adds: 30_000}",
        M((150_000 + 180_000, "1.25"), (200, 10), (210_000, "2.5"), (100, 15)),
    ),
    ("the third turn reaches it", "gemini-2.5-pro", 150_000, 100, "turns: {count: 3, history: resend, adds: 25_000}", M((525_000, "1.25"), (300, 10))),
]  # fmt: skip
BATCHES = [
    ("below a tier", "gpt-5.4", 272_000, 1_000, "batch: 100%", M((272_000, "1.25"), (1_000, "7.5"))),
    ("in a tier", "gpt-5.4", 272_001, 1_000, "batch: 100%", M((272_001, "2.5"), (1_000, "11.25"))),
    (
        "half, in a tier, with a cache", "gpt-5.4", 300_000, 1_000, "batch: 50%\ncache_hit: 50%",
        HALF * M((150_000, 5), (150_000, HALF), (1_000, "22.5")) + HALF * M((150_000, "2.5"), (150_000, "0.25"), (1_000, "11.25")),
    ),
    (
        "half, cache at the standard rate", "gpt-4.1", 10_000, 500, "batch: 50%\ncache_hit: 40%",
        HALF * M((6_000, 2), (4_000, HALF), (500, 8)) + HALF * M((6_000, 1), (4_000, HALF), (500, 4)),
    ),
    (
        "a part, read and written", "claude-sonnet-4-5", 10_000, 500, "batch: 30%\ncache_hit: 50%\ncache_write: 20%",
        Decimal("0.7") * M((3_000, 3), (5_000, "0.3"), (2_000, "3.75"), (500, 15)) + Decimal("0.3") * M((3_000, "1.5"), (5_000, "0.15"), (2_000, "1.875"), (500, "7.5")),
    ),
    ("all, with a batch rate for the cache", "gpt-5", 10_000, 500, "batch: 100%\ncache_hit: 50%", M((5_000, "0.625"), (5_000, "0.0625"), (500, 5))),
    ("no such price", "gemini-2.0-flash", 10_000, 500, "batch: 100%", M((10_000, "0.1"), (500, "0.4"))),
]  # fmt: skip
TURNS = [
    ("window", "gpt-4o", 700, 0, "turns: {count: 20, history: window, window: 4, adds: 250}", M((700 * 20 + 250 * (0 + 1 + 2 + 3 * 17), "2.5"))),
    ("summary", "gpt-4o", 700, 0, "turns: {count: 6, history: summary, summary: 300, window: 2, adds: 250}", M((700 * 6 + 250 + 4 * 550, "2.5"))),
    ("two and a half", "gpt-4o", 700, 0, "turns: {count: 2.5, history: resend, adds: 100}", M((1_750 + 100 + 100, "2.5"))),
    (
        "some think", "gpt-5", 5_000, 200, "reasoning_tokens: 2000\nreasoning_share: 25%\nturns: {count: 4, history: none}",
        M((20_000, "1.25"), (800, 10), (2_000, 10)),
    ),
    ("thinking at its own rate", "sonar-deep-research", 1_000, 500, "reasoning_tokens: 2000", M((1_000, 2), (500, 8), (2_000, 3))),
    (
        "a fee for each request", "sonar-pro", 1_000, 500, "turns: {count: 3, history: none}\nretry_rate: 50%",
        Decimal("1.5") * (M((3_000, 3), (1_500, 15)) + 3 * Decimal("0.014")),
    ),
    ("more repeats than requests", "gpt-4.1", 1_000, 100, "retry_rate: 150%", Decimal("2.5") * M((1_000, 2), (100, 8))),
]  # fmt: skip
FALLBACKS = [
    ("one", "gpt-4.1-mini", 10_000, 500, "fallbacks: [{model: gpt-4.1, share: 5%}]", MINI + BIG / 20),
    (
        "two", "gpt-4.1-mini", 10_000, 500, "fallbacks: [{model: gpt-4.1, share: 5%}, {model: claude-sonnet-4-5, share: 1%}]",
        MINI + BIG / 20 + M((10_000, 3), (500, 15)) / 100,
    ),
    (
        "with retries and answers kept", "gpt-4.1-mini", 10_000, 500,
        "fallbacks: [{model: gpt-4.1, share: 5%}]\nretry_rate: 10%\nresponse_cache: 20%", Decimal("0.88") * (MINI + BIG / 20),
    ),
    (
        "over turns", "gpt-4.1-mini", 10_000, 500, "fallbacks: [{model: gpt-4.1, share: 5%}]\nturns: {count: 2, history: resend, adds: 1000}",
        M((21_000, "0.4"), (1_000, "1.6")) + M((21_000, 2), (1_000, 8)) / 20,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "sent", "back", "more", "expected"),
    [pytest.param(*case, id=f"{kind}: {name}") for kind, cases in (
        ("cache", CACHES), ("tier", TIERS), ("batch", BATCHES), ("turns", TURNS), ("fallback", FALLBACKS),
    ) for name, *case in cases],
)  # fmt: skip
def test_a_request(model: str, sent: int, back: int, more: str, expected: Decimal) -> None:
    assert request(model, sent, back, more) == expected


MIX = "mix: {gpt-4.1: 20%, gpt-4.1-mini: 80%}\ninput_tokens: 10000\noutput_tokens: 500\ntraffic: 1000/month\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (MIX, BIG / 5 + MINI * 4 / 5),
        (MIX + "cache_hit: 50%", M((5_000, 2), (5_000, "0.5"), (500, 8)) / 5 + M((5_000, "0.4"), (5_000, "0.1"), (500, "1.6")) * 4 / 5),
        (MIX + "fallbacks: [{model: gpt-4.1, share: 5%}]", BIG / 5 + MINI * 4 / 5 + BIG / 20),
        (
            "mix: {gemini-2.5-pro: 50%, gpt-4.1: 50%}\ninput_tokens: 300_000\noutput_tokens: 100\ntraffic: 1000/month",
            HALF * M((300_000, "2.5"), (100, 15), (300_000, 2), (100, 8)),
        ),
        (
            "mix: {sonar-pro: 25%, gpt-4.1: 75%}\ninput_tokens: 1000\noutput_tokens: 500\ntraffic: 1000/month",
            (M((1_000, 3), (500, 15)) + Decimal("0.014")) / 4 + M((1_000, 2), (500, 8)) * 3 / 4,
        ),
    ],
)
def test_a_mix(body: str, expected: Decimal) -> None:
    found = cost(body)
    assert found.per_request is not None and found.per_month is not None
    assert found.per_request.low == found.per_request.high == expected
    assert found.per_month.likely == 1_000 * expected


EURO = 'currencies: {EUR: "1.08"}\n'


@pytest.mark.parametrize(
    ("prices", "model", "sent", "more", "expected"),
    [
        ('[{model: gpt-4.1, input: "1.5", output: 6}]', "gpt-4.1", 1_000, "", M((1_000, "1.5"), (100, 6))),
        ('[{model: gemini-2.5-pro, multiplier: "0.8"}]', "gemini-2.5-pro", 200_001, "", M((200_001, 2), (100, 12))),
        ("[{model: gemini-2.5-pro, input: 1}]", "gemini-2.5-pro", 200_001, "", M((200_001, 1), (100, 15))),
        ("[{model: gpt-4.1, currency: EUR, input: 2, output: 8}]", "gpt-4.1", 1_000, "", M((1_000, "2.16"), (100, "8.64"))),
        ("[{model: own, fixed: {units: 3, price: 6500, capacity: 10B/month, utilisation: 40%}}]", "own", 1_000, "", M((1_100, "4.875"))),
        ("[{model: gpt-4.1, input: 1, output: 4}]", "gpt-4.1", 1_000, "cache_hit: 50%", M((500, 1), (500, "0.5"), (100, 4))),
        ("[{model: gpt-4.1, input: 1, output: 4}]", "gpt-4.1", 1_000, "batch: 100%", M((1_000, 1), (100, 4))),
        ('[{model: gpt-4.1, input: "0.8", output: 3}]', "gpt-4.1", 1_000, "batch: 100%", M((1_000, "0.8"), (100, 3))),
        ('[{model: gpt-4.1, input: "0.8", output: 3, batch_input: "0.3"}]', "gpt-4.1", 1_000, "batch: 100%", M((1_000, "0.3"), (100, 3))),
        ('[{model: gpt-4.1, input: "0.4", output: 3}]', "gpt-4.1", 1_000, "cache_hit: 100%", M((1_000, "0.4"), (100, 3))),
        ("[{model: gpt-5.4, input: 2, output: 10}]", "gpt-5.4", 300_000, "batch: 100%", M((300_000, 2), (100, 10))),
    ],
)
def test_prices_of_ones_own(prices: str, model: str, sent: int, more: str, expected: Decimal) -> None:
    assert request(model, sent, 100, more, f"{EURO}prices: {prices}\n") == expected


FIXED = "input_tokens: 1800\noutput_tokens: 200\ntraffic: 100_000/day\n"
GPUS = "kind: self-hosted, gpus: 3, price: 6500"


@pytest.mark.parametrize(
    ("more", "month"),
    [
        (f"deployment: {{{GPUS}, capacity: 10B/month, utilisation: 80%}}", Decimal(19_500)),
        ("deployment: {kind: provisioned, units: 2, price: 1000, share: 25%}", Decimal(500)),
        (f"deployment: {{{GPUS}}}\noverheads: {{x: 0.001}}", Decimal(22_500)),
        (f"deployment: {{{GPUS}}}\nfallbacks: [{{model: gpt-4.1, share: 2%}}]", 19_500 + 60_000 * M((1_800, 2), (200, 8))),
        (f"deployment: {{{GPUS}}}\nretry_rate: 100%", Decimal(19_500)),
    ],
)
def test_capacity_that_is_paid_by_the_month(more: str, month: Decimal) -> None:
    found = cost(FIXED + more).per_month
    assert found is not None
    assert found.low == found.likely == found.high == month


def test_what_is_used_of_a_deployment_and_where_it_breaks_even() -> None:
    usage = cost(f"{FIXED}model: gpt-4.1\nretry_rate: 10%\ndeployment: {{{GPUS}, capacity: 10B/month, utilisation: 80%}}").usage
    assert usage is not None and usage.used and usage.per_million and usage.managed and usage.break_even
    sent = 3_000_000 * 2_000 * Decimal("1.1")
    managed = 3_000_000 * Decimal("1.1") * M((1_800, 2), (200, 8))
    assert usage.used.likely == sent / (8 * 10**9)
    assert usage.per_million.likely == Decimal(19_500) / 8_000
    assert usage.managed.likely == managed
    assert usage.break_even.likely == 19_500 / (managed / sent)


def test_what_a_resolved_one_costs() -> None:
    found = cost('model: gpt-4.1\ninput_tokens: 1000\noutput_tokens: 100\ntraffic: 100/day\nbuffer: 25%\nunit: {name: t, resolution_rate: 50%..80%, value: "0.4"}')
    each = M((1_000, 2), (100, 8)) * Decimal("1.25")
    assert found.per_unit is not None and found.margin is not None
    assert (found.per_unit.low, found.per_unit.high) == (each / Decimal("0.8"), each * 2)
    assert (found.margin.low, found.margin.high) == (Decimal("0.4") - each * 2, Decimal("0.4") - each / Decimal("0.8"))
    assert found.forecast_month is not None and found.forecast_month.likely == 3_000 * each
