"""The worked examples that practitioners published, through the real configuration and engine, to the cent.

Nothing is typed in but tokens, shares, prices of a unit and traffic: no total.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from costgate.config import parse_config
from costgate.gate import measure_files
from costgate.model.money import Range
from costgate.model.snapshot import Comparison, Snapshot
from costgate.model.workload import WorkloadCost
from costgate.policy.spend import month_delta

NO_CODE = {"a.py": "X = 1\n"}
CHAT = """\
from openai import OpenAI


def answer(history, question):
    return OpenAI().chat.completions.create(
        model="gpt-4o",
        max_tokens=220,
        messages=[{"role": "system", "content": %s}, *history, {"role": "user", "content": question}],
    )
"""


def measured(config: str, files: dict[str, str] = NO_CODE, before: dict[str, str] | None = None) -> Snapshot | Comparison:
    return measure_files(files, before, parse_config(config, "costgate.yaml"))


def cost(config: str, files: dict[str, str] = NO_CODE) -> WorkloadCost:
    snapshot = measured(config, files)
    assert isinstance(snapshot, Snapshot)
    (only,) = snapshot.workloads
    return only


def exactly(given: Range | None) -> Decimal:
    """The one figure of a range that has no other."""
    assert given is not None
    assert given.low == given.likely == given.high
    return Decimal(given.low)


def cents(given: Range | None) -> Decimal:
    return exactly(given).quantize(Decimal("0.01"))


SUPPORT = """\
workloads:
  - name: support agent
    planned: true
    model: {model}
    turns: {{count: 8, history: none}}
    input_tokens: 5_000
    output_tokens: 200
    reasoning_tokens: 500
    reasoning_share: 50%
    {retries}
    traffic: 100_000/month
    {rest}
"""
PLATFORM = """components: [{name: retrieval, price: 0.0001, count: 5}]
    overheads: {storage: 0.001, observability: 0.001, egress: 0.0005}"""


@pytest.mark.parametrize(
    ("model", "bare", "whole", "month"),
    [
        ("gpt-4.1", "0.1088", "0.12812", "12812.00"),
        ("claude-3-7-sonnet", "0.1740", "0.20310", "20310.00"),
        ("deepseek-v3", "0.01476", "0.019974", "1997.40"),
    ],
)
def test_a_support_agent(model: str, bare: str, whole: str, month: str) -> None:
    assert exactly(cost(SUPPORT.format(model=model, retries="", rest="")).per_request) == Decimal(bare)
    found = cost(SUPPORT.format(model=model, retries="retry_rate: 15%", rest=PLATFORM))
    assert exactly(found.per_request) == Decimal(whole)
    assert cents(found.per_month) == Decimal(month)
    billed = {unit: sum(exactly(line.quantity) for line in found.lines if line.unit == unit and line.layer != "retries") for unit in {line.unit for line in found.lines}}
    assert billed["1M input tokens"] == 40_000
    assert billed["1M output tokens"] + billed["1M reasoning tokens"] == 3_600


def chatbot(system: int) -> dict[str, str]:
    """A system text of exactly so many tokens: what stands around it is 0 here because the workload says the size."""
    return {"bot.py": CHAT % repr(f"{system}")}


BOT = """\
workloads:
  - name: chatbot
    sites: [bot.py]
    input_tokens: {input}
    output_tokens: 220
    traffic: 180_000/month
"""


def test_b_chatbot_prompt_edit() -> None:
    before, after = cost(BOT.format(input=1_445), chatbot(1)), cost(BOT.format(input=3_245), chatbot(2))
    assert exactly(before.per_request) == Decimal("0.0058125")
    assert cents(before.per_month) == Decimal("1046.25")
    assert exactly(after.per_request) == Decimal("0.0103125")
    assert cents(after.per_month) == Decimal("1856.25")
    assert cents(month_delta(before, after)) == Decimal("810.00")


def test_b_from_the_text_itself() -> None:
    """The same edit as text in code: 1,800 tokens more in a system prompt, which a tokenizer counts exactly."""
    config = """\
workloads:
  - name: chatbot
    sites: [bot.py]
    holes: {history: 800, question: 45}
    output_tokens: 220
    traffic: 180_000/month
"""
    words = " hello"
    short, long = (CHAT % repr(f"hello{words * (many - 1)}") for many in (600, 2_400))
    both = measured(config, {"bot.py": long}, {"bot.py": short})
    assert isinstance(both, Comparison)
    assert cents(month_delta(both.base.workloads[0], both.head.workloads[0])) == Decimal("810.00")


def test_c_accident_of_a_day() -> None:
    found = cost("""\
prices: [{model: the-model, input: 5, output: 25}]
workloads:
  - name: accident
    planned: true
    model: the-model
    input_tokens: 2_660
    output_tokens: 0
    traffic: 180_000/month
""")
    assert exactly(found.per_month) == Decimal(2394)
    assert sum(exactly(line.quantity) for line in found.lines) * 180_000 == Decimal(478_800_000)


TAX = """\
workloads:
  - name: conversation
    planned: true
    model: gpt-4o
    input_tokens: 700
    output_tokens: 0
    turns: {turns}
"""


def sent(turns: str) -> Decimal:
    return sum((exactly(line.quantity) for line in cost(TAX.format(turns=turns)).lines), Decimal(0))


def test_d_context_window_tax() -> None:
    assert sent("20") == 14_000
    assert sent("{count: 20, history: resend, adds: 250}") == 61_500
    assert exactly(cost(TAX.format(turns="{count: 20, history: resend, adds: 250}")).per_request) == Decimal("0.15375")
    for turn, size in ((1, 700), (10, 2_950), (20, 5_450)):
        ways = [sent(f"{{count: {count}, history: resend, adds: 250}}") for count in (turn, turn - 1) if count]
        assert ways[0] - (ways[1] if len(ways) > 1 else 0) == size
    kept = "{count: 20, history: window, window: 4, adds: 250}"
    assert sent(kept) == 700 + 950 + 1_200 + 17 * 1_450
    assert exactly(cost(TAX.format(turns=kept)).call_tokens) == 1_450, "no turn sends more"
    assert exactly(cost(TAX.format(turns="{count: 20, history: resend, adds: 250}")).call_tokens) == 5_450


def test_e_routing() -> None:
    config = """\
prices:
  - {{model: large, input: 20, output: 50}}
  - {{model: small, input: 4, output: 10}}
workloads:
  - name: queries
    planned: true
    mix: {mix}
    input_tokens: 1_000
    output_tokens: 100
    traffic: 1M/day
"""
    assert exactly(cost(config.format(mix="{large: 100%}")).per_request) == Decimal("0.025")
    before = exactly(cost(config.format(mix="{large: 100%}")).per_month)
    after = exactly(cost(config.format(mix="{small: 80%, large: 20%}")).per_month)
    assert (before, after) == (Decimal(750_000), Decimal(270_000))
    assert 1 - after / before == Decimal("0.64")


def test_f_retrieval() -> None:
    found = cost("""\
prices: [{model: the-model, input: 2, output: 10}]
workloads:
  - name: questions
    planned: true
    model: the-model
    input_tokens: 500
    retrieval: 20x350 tokens
    output_tokens: 1_000
    traffic: 10_000x3/day
    components:
      - {name: retrieval, price: 0.0002}
      - {name: rerank, price: 0.0003}
    overheads: {tracing: 0.0001, egress: 0.0001}
""")
    assert exactly(found.workload.figures.traffic) == 900_000
    assert exactly(found.per_request) == Decimal("0.0257")
    assert cents(found.per_month) == Decimal("23130.00")
    model = sum(exactly(line.amount) for line in found.lines if line.layer != "platform")
    assert model * 900_000 == 22_500


def test_g_forecast_worksheet() -> None:
    found = cost("""\
workloads:
  - name: interactions
    planned: true
    model: gpt-4o
    input_tokens: 12_000
    output_tokens: 2_200
    traffic: 500_000/month
    components:
      - {name: retrieval, price: 0.014}
      - {name: tools, price: 0.02, count: 0.6}
      - {name: storage, price: 0.005}
      - {name: operations, price: 0.011}
    buffer: 25%
""")
    assert exactly(found.per_request) == Decimal("0.094")
    assert exactly(found.forecast_request) == Decimal("0.1175")
    assert cents(found.per_month) == Decimal("47000.00")
    assert cents(found.forecast_month) == Decimal("58750.00")


@pytest.mark.parametrize(
    ("traffic", "gpus", "managed", "fixed"),
    [("200_000/day", 3, 9_000, 19_500), ("1M/day", 10, 45_000, 65_000), ("10M/day", 60, 450_000, 390_000)],
)
def test_h_crossover_of_hosting_it_yourself(traffic: str, gpus: int, managed: int, fixed: int) -> None:
    config = """\
prices: [{{model: open-weights, input: 1.5, output: 1.5}}]
workloads:
  - name: tokens
    planned: true
    model: open-weights
    input_tokens: 900
    output_tokens: 100
    traffic: {traffic}
    {deployment}
"""
    own = f"deployment: {{kind: self-hosted, gpus: {gpus}, price: 6_500, capacity: 20B/day, utilisation: 60%}}"
    assert exactly(cost(config.format(traffic=traffic, deployment="")).per_month) == managed
    found = cost(config.format(traffic=traffic, deployment=own))
    assert exactly(found.per_month) == fixed
    assert found.usage is not None
    assert exactly(found.usage.managed) == managed
    assert exactly(found.usage.break_even) == Decimal(fixed) / Decimal("0.0000015")
    capacity = Decimal(20 * 10**9 * 30) * Decimal("0.6")
    assert exactly(found.usage.per_million) == Decimal(fixed) / capacity * 10**6
    assert any(each.lever == "price per token" for each in found.savings) is (managed < fixed)
