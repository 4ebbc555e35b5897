"""What the provider's prompt cache makes of a bill, reckoned by hand from the vendors' list prices, through real code."""

from __future__ import annotations

from decimal import Decimal
from textwrap import indent

import pytest

from costgate.config import parse_config
from costgate.gate import measure_files
from costgate.model.money import Number, Range
from costgate.model.snapshot import Snapshot
from costgate.model.workload import WorkloadCost

SENT, BACK = 10_000, 100


def dollars(*parts: tuple[Number, str | int]) -> Decimal:
    return sum((Decimal(quantity) * Decimal(rate) for quantity, rate in parts), Decimal(0)) / 1_000_000


def code(mark: str, model: str = "claude-sonnet-4-5") -> str:
    return f"""\
import os
from anthropic import Anthropic


def ask(text):
    return Anthropic().messages.create(
        model="{model}", max_tokens={BACK}, messages=[{{"role": "user", "content": text}}]{mark}
    )
"""


HOUR = ', cache_control={"type": "ephemeral", "ttl": "1h"}'
SHORT = ', cache_control={"type": "ephemeral"}'
HIDDEN = ', cache_control={"type": "ephemeral", "ttl": os.environ["TTL"]}'
EITHER = ', cache_control={"type": "ephemeral", "ttl": "1h" if os.environ.get("LONG") else "5m"}'
OUT = (BACK, 15)


def measured(source: str, more: str = "", sent: int = SENT, prices: str = "") -> Snapshot:
    body = f"sites: ['app.py::ask']\ntraffic: 1/month\ninput_tokens: {sent}\noutput_tokens: {BACK}\n{more}"
    text = f"{prices}workloads:\n  - name: w\n{indent(body, '    ')}\n"
    made = measure_files({"app.py": source}, None, parse_config(text, "costgate.yaml"))
    assert isinstance(made, Snapshot)
    return made


def workload(source: str, more: str = "", sent: int = SENT, prices: str = "") -> WorkloadCost:
    (found,) = measured(source, more, sent, prices).workloads
    return found


def request(source: str, more: str = "", sent: int = SENT, prices: str = "") -> Range:
    found = workload(source, more, sent, prices)
    assert found.per_request is not None
    assert found.per_request.low == sum(line.amount.low for line in found.lines)
    return found.per_request


@pytest.mark.parametrize(
    ("mark", "more", "low", "likely", "high"),
    [
        # how much is read and written is said: the time in the code decides the rate
        (SHORT, "cache_hit: 80%\ncache_write: 20%", ((8_000, "0.3"), (2_000, "3.75"), OUT), ..., ...),
        (HOUR, "cache_hit: 80%\ncache_write: 20%", ((8_000, "0.3"), (2_000, 6), OUT), ..., ...),
        (HOUR, "cache_hit: 80%\ncache_write: 10%\nbatch: 100%", ((1_000, "1.5"), (8_000, "0.15"), (1_000, 3), (BACK, "7.5")), ..., ...),
        (EITHER, "cache_write: 100%", ((SENT, "3.75"), OUT), None, ((SENT, 6), OUT)),
        (HIDDEN, "cache_write: 100%", ((SENT, "3.75"), OUT), None, ((SENT, 6), OUT)),
        # some for an hour, some for the shortest time, whatever the code says
        (HOUR, "cache_write: 10%\ncache_write_1h: 30%", ((6_000, 3), (1_000, "3.75"), (3_000, 6), OUT), ..., ...),
        # nothing is said: all of it is read at best, all of it is written at worst
        (SHORT, "", ((SENT, "0.3"), OUT), ((SENT, 3), OUT), ((SENT, "3.75"), OUT)),
        (HOUR, "", ((SENT, "0.3"), OUT), ((SENT, 3), OUT), ((SENT, 6), OUT)),
        (HIDDEN, "", ((SENT, "0.3"), OUT), ((SENT, 3), OUT), ((SENT, 6), OUT)),
        (HOUR, "batch: 100%", ((SENT, "0.15"), (BACK, "7.5")), ((SENT, "1.5"), (BACK, "7.5")), ((SENT, 3), (BACK, "7.5"))),
        ("", "", ((SENT, 3), OUT), ..., ...),
        # only what is read is said: all the rest may be written
        (HOUR, "cache_hit: 60%", ((4_000, 3), (6_000, "0.3"), OUT), ..., ((4_000, 6), (6_000, "0.3"), OUT)),
        ("", "cache_hit: 60%", ((4_000, 3), (6_000, "0.3"), OUT), ..., ((4_000, "3.75"), (6_000, "0.3"), OUT)),
        (HOUR, "cache_hit: 20%..60%", ((4_000, 3), (6_000, "0.3"), OUT), None, ((8_000, 6), (2_000, "0.3"), OUT)),
        (HOUR, "cache_hit: 60%\ncache_write: 0%", ((4_000, 3), (6_000, "0.3"), OUT), ..., ...),
        # turns and retries
        (HOUR, "turns: {count: 2, history: resend, adds: 1000}\nretry_rate: 50%\ncache_hit: 50%\ncache_write: 50%",
         ((15_750, "0.3"), (15_750, 6), (300, 15)), ..., ...),
    ],
)  # fmt: skip
def test_a_request(mark: str, more: str, low: tuple, likely: tuple | None, high: tuple) -> None:  # type: ignore[type-arg]
    found = request(code(mark), more)
    least = dollars(*low)
    assert found.low == least
    assert found.likely == (None if likely is None else least if likely is ... else dollars(*likely))
    assert found.high == (least if high is ... else dollars(*high))


def test_the_long_context_tier_has_its_own_rates_for_writing() -> None:
    found = request(code(HOUR), sent=300_000)
    assert (found.low, found.high) == (dollars((300_000, "0.6"), (BACK, "22.5")), dollars((300_000, 12), (BACK, "22.5")))


def test_a_prompt_that_is_too_short_is_never_kept() -> None:
    assert request(code(HOUR), sent=1_023) == Range.exact(dollars((1_023, 3), OUT), "declared")
    assert request(code(HOUR), sent=1_024).high == dollars((1_024, 6), OUT)


def test_without_a_listed_rate_nothing_bounds_the_high_end() -> None:
    source = code(HOUR, "claude-3-7-sonnet").replace("Anthropic().", "Anthropic(base_url='https://openrouter.ai/api').")
    found = workload(source, "model: openrouter/anthropic/claude-sonnet-4.5")
    assert found.per_request is not None and found.per_request.high is None
    assert found.per_request.low == dollars((SENT, "0.3"), OUT)
    assert any("no price is listed" in gap.why and "1h" in gap.why for gap in found.gaps)


def test_an_own_rate_for_the_hour_holds() -> None:
    prices = "prices:\n  - {model: claude-sonnet-4-5, cache_write_1h: 5}\n"
    assert request(code(HOUR), "cache_write: 100%", prices=prices).high == dollars((SENT, 5), OUT)


def test_a_call_on_its_own_says_the_same() -> None:
    made = measured(code(HOUR))
    (measure,) = made.measures.values()
    assert measure.cost.per_call is not None
    told = measured(code(HOUR), "cache_hit: 80%\ncache_write: 20%")
    (kept,) = told.measures.values()
    assert {line.unit for line in kept.cost.lines} >= {"1M cached input tokens", "1M tokens written to the cache for 1 hour"}
    assert measure.cost.per_call.high is None  # the text is not sized for the call alone


PLANNED = "  - {name: w, planned: true, traffic: 1/month, input_tokens: 10000, output_tokens: 100, model: %s}\n"


@pytest.mark.parametrize(
    ("model", "low", "high"),
    [
        ("gpt-6-sol", ((10_000, 2), (100, 10)), ((10_000, "2.5"), (100, 10))),  # writes to its cache unasked, and bills it
        ("gpt-4.1", ((10_000, 2), (100, 8)), ((10_000, 2), (100, 8))),
        ("claude-sonnet-4-5", ((10_000, 3), (100, 15)), ((10_000, 3), (100, 15))),
    ],
)
def test_who_writes_unasked(model: str, low: tuple, high: tuple) -> None:  # type: ignore[type-arg]
    made = measure_files({"a.py": "X = 1\n"}, None, parse_config("workloads:\n" + PLANNED % model, "costgate.yaml"))
    assert isinstance(made, Snapshot)
    (found,) = made.workloads
    assert found.per_request is not None
    assert (found.per_request.low, found.per_request.high) == (dollars(*low), dollars(*high))


def test_a_share_for_an_hour_that_the_code_has_nowhere_is_told() -> None:
    assert any("nothing kept for an hour" in gap.why for gap in workload(code(SHORT), "cache_write_1h: 10%").gaps)
    assert not any("nothing kept for an hour" in gap.why for gap in workload(code(HOUR), "cache_write_1h: 10%").gaps)
