"""`workloads:` and `portfolio:`: what can be written, and complaints at the line, with what was probably meant."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
import yaml

from costgate.config import parse_config, parse_pyproject
from costgate.config.check import schema_text
from costgate.knowledge.strict import load
from costgate.model.error import UserError
from costgate.model.money import Range
from costgate.model.workload import Workload

DOCS = Path(__file__).parents[2] / "docs" / "cost-model.md"
FULL = """\
workloads:
  - name: support
    owner: ann
    team: help
    tags: {feature: chat, centre: 4711}
    sites: ["bot/answer.py::answer", "bot/*.py"]
    entrypoints: ["web/app.py::serve"]
    traffic: {low: 30_000/day, likely: 40_000/day, high: 2M/month}
    calls_per_request: 1..3
    turns: {count: 8, history: summary, adds: 250, window: 3, summary: 120}
    retry_rate: 150%
    cache_hit: 40%..60%
    cache_write: 0.1
    retrieval: {chunks: 5..50, tokens: 400, hole: articles}
    holes: {question: {low: 20, likely: 90, high: 400}}
    output_tokens: 200
    reasoning_tokens: 0..2k
    reasoning_share: 50%
    response_cache: 20%
    batch: 10%
    can_wait: true
    mix: {gpt-4.1: 20%, gpt-4.1-mini: 80%}
    fallbacks: [{model: gpt-4o, share: 2%}]
    overheads: {storage: 0.001}
    components: [{name: search, price: 0.0001, count: 5}, {name: tools, price: 0.02, count: 0.6}]
    deployment: {kind: api}
    buffer: 25%
    unit: {name: ticket, resolution_rate: 62%, value: 4.50}
    revisit: 2027-02-01
    budgets: {tokens_per_call: 4000, cost_per_call: 0.01, cost_per_request: 0.05, cost_per_month: 1_200, warn_at: [0.5, 90%]}
portfolio: {name: all, cost_per_month: 20k, warn_at: [70%], compare: high, workloads: ["sup*"]}
"""
ONE = "workloads:\n  - name: w\n    sites: [a.py]\n    "


def only(text: str) -> Workload:
    (found,) = parse_config(text, "costgate.yaml").workloads
    return found


def test_everything_that_can_be_written() -> None:
    config = parse_config(FULL, "costgate.yaml")
    (found,) = config.workloads
    figures = found.figures
    assert figures.traffic == Range(900_000, 1_200_000, 2_000_000, "declared")
    assert figures.calls_per_request == Range(1, None, 3, "declared")
    assert (figures.turns, figures.history_adds) == (Range.exact(8, "declared"), Range.exact(250, "declared"))
    assert (found.history, found.window, found.summary) == ("summary", 3, Range.exact(120, "declared"))
    assert figures.retry_rate == Range.exact(Decimal("1.5"), "declared")
    assert figures.cache_hit == Range(Decimal("0.4"), None, Decimal("0.6"), "declared")
    assert figures.reasoning_tokens == Range(0, None, 2_000, "declared")
    assert found.components[1].count == Range.exact(Decimal("0.6"), "declared")
    assert found.tags["centre"] == "4711"
    assert found.budgets.warn_at == (Decimal("0.5"), Decimal("0.9"))
    assert config.portfolio is not None
    assert config.portfolio.cost_per_month == 20_000
    assert config.lines["workloads/0"] == 2
    assert config.lines["portfolio"] == 31


def test_both_typings_and_toml() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    for text in (FULL, *re.findall(r"```yaml\n(workloads.*?)```", DOCS.read_text("utf-8"), re.DOTALL)):
        for read in (load(text, "f"), json.loads(json.dumps(yaml.safe_load(text), default=str))):
            assert [error.message for error in validator.iter_errors(read)] == []
        parse_config(text, "costgate.yaml")
    toml = '[tool.costgate]\n[[tool.costgate.workloads]]\nname = "w"\nsites = ["a.py"]\ntraffic = "1_000/day"\nretry_rate = 0.15\n'
    config = parse_pyproject(toml, "pyproject.toml")
    assert config is not None
    assert config.workloads[0].figures.retry_rate == Range.exact(Decimal("0.15"), "declared")


def test_the_page_names_every_key() -> None:
    keys = set(json.loads(schema_text())["properties"]["workloads"]["items"]["properties"])
    rows = re.findall(r"^\| (`[^|]+) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    named = {word.partition(":")[0] for row in rows for word in re.findall(r"`([^`]+)`", row)}
    assert keys <= named


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("40_000/day", 1_200_000),
        ("2M/month", 2_000_000),
        ("10_000x3/day", 900_000),
        ("10_000 × 3 / day", 900_000),
        ("1.5k/hours", 1_080_000),
        ("7/week", 30),
        ("12M/year", 1_000_000),
        ("1/min", 43_200),
    ],
)
def test_units_of_time(written: str, month: int) -> None:
    assert only(f"{ONE}traffic: {written}").figures.traffic == Range.exact(month, "declared")


def test_ends_of_a_range_share_a_unit() -> None:
    assert only(f"{ONE}traffic: 30_000..50_000/day").figures.traffic == Range(900_000, None, 1_500_000, "declared")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("traffic: 40_000/dya", ("unknown unit 'dya'", 'did you mean "/day"?')),
        ("traffic: 40_000/fortnight", ("unknown unit", "/week")),
        ("traffic: 40000", ("requests per time such as 40_000/day",)),
        ("traffic: -5/day", ("requests per time",)),
        ("traffic: 0/day", ("more than no requests", "leave it out")),
        ("traffic: 1e9/day", ("requests per time",)),
        ("traffic: 9_000_000M/day", ("more than 1,000,000,000,000", "check the unit")),
        ("traffic: 900B/day", ("a month", "check the unit")),
        ("traffic: 50_000..30_000/day", ("must grow from low to likely to high",)),
        ("traffic: 1__0..x/day", ("is not a number",)),
        ("retry_rate: 15", ("more than 1, which is 100%", "did you mean 15%?")),
        ("retry_rate: 9000%", ("more than 4,000%",)),
        ("cache_hit: 140%", ("more than 100%",)),
        ("cache_hit: -1%", ("a share such as 15%",)),
        ("cache_hit: 60%\n    cache_write: 50%", ("more than 100% together",)),
        ("mix: {a: 60%, b: 30%}", ("90% together, not 100%",)),
        ("mix: {a: 60%, b: 70%}", ("130% together",)),
        ("model: a\n    mix: {b: 100%}", ("both model and mix",)),
        ("turns: 0", ("at least 1",)),
        ("turns: 20_000", ("more than 10,000",)),
        ("turns: {history: resend, window: 3}", ("goes with history: window",)),
        ("turns: {count: 3, history: window}", ("lacks window",)),
        ("turns: {count: 3, history: none, adds: 4}", ("contradicts history: none",)),
        ("turns: {count: 3, history: all}", ("one of none, resend, window, summary",)),
        ("turn: 3", ('unknown key "turn"', 'did you mean "turns"?')),
        ("calls_per_request: 0", ("more than 0",)),
        ("output_tokens: 500..100", ("must grow",)),
        ("output_tokens: -4", ("a number such as 400",)),
        ("output_tokens: 2.5", ("whole tokens",)),
        ("output_tokens: 9B", ("more than 1,000,000,000",)),
        ("output_tokens: {likely: 5, low: 7}", ("must grow",)),
        ("retrieval: 5 by 400", ("chunks x tokens such as 5x400 tokens",)),
        ("input_tokens: 9\n    holes: {a: 3}", ("both holes and input_tokens",)),
        ("retrieval: {chunks: 5, tokens: 9, hole: a}\n    holes: {a: 3}", ("given twice",)),
        ("overheads: {storage: 1 EUR}", ("plain amount of money",)),
        ("unit: {name: x, value: €4}", ("plain amount of money in the currency of the prices",)),
        ("unit: {name: x, value: $4}", ("plain amount of money",)),
        ("unit: {name: x, resolution_rate: 0%}", ("more than 0",)),
        ("budgets: {cost_per_month: 0}", ("more than nothing",)),
        ("budgets: {cost_per_month: 100 EUR}", ("plain amount of money",)),
        ("budgets: {cost_per_mnth: 100}", ('did you mean "cost_per_month"?',)),
        ("budgets: {warn_at: [80%, 50%]}", ("must rise",)),
        ("budgets: {warn_at: [100%]}", ("below 100%",)),
        ("budgets: {warn_at: [40%..50%]}", ("one share, not a range",)),
        ("deployment: {kind: self-hosted, gpus: 3}", ("the price of one a month",)),
        ("deployment: {kind: api, gpus: 3}", ("does not go with kind api",)),
        ("deployment: {kind: self-hosted, gpus: 3, units: 3, price: 1}", ("both gpus and units",)),
        ("deployment: {kind: self-hosted, gpus: 3, price: 1, utilisation: 50%}", ("utilisation and no capacity",)),
        ("deployment: {kind: self-hosted, gpus: 0, price: 1}", ("from 1 to 1000000",)),
        ("deployment: {kind: self-hosted, gpus: 3, price: 1, capacity: 1M/day, utilisation: 0%}", ("more than 0",)),
        ("deployment: {kind: self-hosted, gpus: 3, price: 1, share: 0}", ("share must be more than 0",)),
        ("input_tokens: 0", ("input_tokens must be more than 0",)),
        ("revisit: 2027-02-31", ("is not a date",)),
        ("revisit: soon", ("a date such as",)),
        ("sites: []", ("is already given",)),
    ],
)
def test_what_cannot_be(key: str, words: tuple[str, ...]) -> None:
    with pytest.raises(UserError) as caught:
        parse_config(ONE + key, "costgate.yaml")
    assert re.fullmatch(r"costgate\.yaml:[2-5]", caught.value.where)
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workloads: [{name: w}]", ("has no sites", "planned: true")),
        ("workloads: [{name: w, sites: []}]", ("has no sites",)),
        ("workloads: [{sites: [a.py]}]", ("lacks name",)),
        ("workloads: [{name: w, sites: ['../a.py']}]", ("leaves the root",)),
        ("workloads: [{name: w, sites: [a.py, a.py]}]", ("is there twice",)),
        ("workloads: [{name: w, sites: [a.py]}, {name: w, sites: [b.py]}]", ("has the name of workloads[0]",)),
        ("workloads: [{name: w, planned: true}]", ("nothing says what the planned workload does",)),
        ("workloads: [{name: w, planned: true, model: m}]", ("needs input_tokens and output_tokens",)),
        ("workloads: [{name: w, planned: true, input_tokens: 3, components: [{name: c, price: 1}]}]", ("need a model",)),
        (
            "workloads: [{name: w, planned: true, model: m, input_tokens: 3, output_tokens: 3, reasoning_share: 50%}]",
            ("a reasoning_share needs reasoning_tokens",),
        ),
        ("workloads: {name: w}", ("a list",)),
        ("portfolio: {budget: 3}", ('unknown key "budget"',)),
        ("portfolio: {cost_per_month: -3}", ("plain amount of money",)),
        ("portfolio: {workloads: []}", ("a list of names",)),
    ],
)
def test_what_a_workload_needs(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(UserError) as caught:
        parse_config(text, "costgate.yaml")
    assert all(word in str(caught.value) for word in words), str(caught.value)
