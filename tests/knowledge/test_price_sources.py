"""How a price book comes out of two published lists."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest

from costgate.pricing import shop

DAY = "2026-11-22"

PRIMARY = """
providers: list[Provider] = [
    Provider(id='acme', name='Acme', api_pattern='x', models=[
        ModelInfo(id='swan', match=ClauseOr(or_=[ClauseEquals(equals='Swan'), ClauseStartsWith(starts_with='swan-')]),
            context_window=1000, prices=[
                ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('10'), output_mtok=Decimal('40'))),
                ConditionalPrice(constraint=StartDateConstraint(start_date=datetime.date(2025, 6, 10)),
                    prices=ModelPrice(output_mtok=Decimal('8'),
                        input_mtok=TieredPrices(base=Decimal('2'), tiers=[Tier(start=200000, price=Decimal('4'))]))),
                ConditionalPrice(constraint=StartDateConstraint(start_date=datetime.date(2027, 1, 1)),
                    prices=ModelPrice(input_mtok=Decimal('3'), output_mtok=Decimal('9'))),
            ],
            price_variants=[
                PriceVariant(when={'processing': 'batch'}, prices=ModelPrice(input_mtok=Decimal('9')),
                    constraint=StartDateConstraint(start_date=datetime.date(2027, 1, 1))),
                PriceVariant(when={'processing': 'batch'}, prices=ModelPrice(input_mtok=Decimal('1')),
                    constraint=StartDateConstraint(start_date=datetime.date(2026, 10, 14))),
                PriceVariant(when={'route': 'elsewhere'}, prices=ModelPrice(input_mtok=Decimal('7'))),
            ]),
        ModelInfo(id='owl', match=ClauseEquals(equals='owl'), prices=[
            ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('0.135'), output_mtok=Decimal('0.55'))),
            ConditionalPrice(
                constraint=TimeOfDateConstraint(start_time=datetime.time(0, 30), end_time=datetime.time(16, 30)),
                prices=ModelPrice(input_mtok=Decimal('0.27'), output_mtok=Decimal('1.1'))),
        ]),
        ModelInfo(id='free', match=ClauseEquals(equals='free'), prices=ModelPrice()),
    ]),
]
"""


def entry(given: float, taken: float, **more: Any) -> dict[str, Any]:
    """A chat model of the secondary list at these prices per token."""
    prices = {"input_cost_per_token": given, "output_cost_per_token": taken}
    return {"litellm_provider": "acme", "mode": "chat", **prices, **more}


SECONDARY = {
    "acme/swan": entry(2e-06, 8e-06, max_output_tokens=4096, deprecation_date="2027-05-01", supports_reasoning=True),
    "acme/swan-2026-01-01": entry(5e-06, 8e-06, max_output_tokens=2048),
    "acme/swan-alias": entry(2e-06, 8e-06, thinking_always_on=True),
    "acme/swan-cyber": entry(4e-06, 1.6e-05),
    "acme/duck": entry(1e-07, 2e-07, input_cost_per_token_above_128k_tokens=2e-07, input_cost_per_token_batches=5e-08),
    "acme/judge": entry(1e-07, 0, mode="evaluation"),
    "acme/draw": {"litellm_provider": "acme", "mode": "image_generation", "output_cost_per_image": 0.04},
    "acme/nothing": entry(0, 0),
    "other/swan": entry(9e-06, 0, litellm_provider="other"),
}


@pytest.fixture
def builder() -> ModuleType:
    return shop


@pytest.fixture
def lines(builder: ModuleType) -> dict[str, Any]:
    """The book of the two lists above."""
    return dict(a_shop(builder).entries())


def a_shop(builder: ModuleType) -> Any:
    listed = builder.read_primary(PRIMARY, DAY)["acme"]
    others = builder.read_secondary(json.dumps(SECONDARY), "second 1", "litellm_provider")
    return builder.Shop("acme", listed, list(builder.select(others, {"secondary": {"acme": "acme/"}})), DAY)


def test_dated_prices_follow_each_other(lines: dict[str, Any]) -> None:
    first, now, later = lines["acme/swan"]["prices"]
    assert first == {"input": "10", "output": "40", "until": "2025-06-10"}
    assert now == {
        "from": "2025-06-10",
        "until": "2027-01-01",
        "input": "2",
        "output": "8",
        "tiers": [{"above": 200000, "input": "4"}],
        "batch_input": "1",
    }
    assert (later["from"], later["input"], later["batch_input"]) == ("2027-01-01", "3", "9")


def test_of_prices_by_the_hour_the_dearest_holds(lines: dict[str, Any]) -> None:
    assert lines["acme/owl"]["prices"] == [{"input": "0.27", "output": "1.1"}]


def test_facts_come_from_the_second_list(lines: dict[str, Any]) -> None:
    swan = lines["acme/swan"]
    assert (swan["window"], swan["max_output"], swan["deprecated"], swan["reasoning"]) == (
        1000,
        4096,
        "2027-05-01",
        "optional",
    )
    assert "source" not in swan


def test_a_version_of_the_name_is_the_model_whatever_the_second_list_asks(lines: dict[str, Any]) -> None:
    assert lines["acme/swan-2026-01-01"] == {"like": "swan", "max_output": 2048, "deprecated": None}


def test_a_name_known_by_pattern_is_believed_if_both_agree(lines: dict[str, Any]) -> None:
    assert lines["acme/swan-alias"] == {"like": "swan", "reasoning": "always", "deprecated": None}
    cyber = lines["acme/swan-cyber"]
    assert (cyber["prices"], cyber["source"]) == ([{"input": "4", "output": "16"}], "second 1")


def test_what_only_the_second_list_has_is_kept(lines: dict[str, Any]) -> None:
    assert lines["acme/duck"]["prices"] == [
        {"input": "0.1", "output": "0.2", "batch_input": "0.05", "tiers": [{"above": 128000, "input": "0.2"}]}
    ]


def test_other_units_keep_their_own(lines: dict[str, Any]) -> None:
    assert lines["acme/draw"]["prices"] == [{"output_images": "0.04"}]


def test_a_region_in_front_of_a_name_has_prices_of_its_own(builder: ModuleType) -> None:
    listed = builder.read_primary(PRIMARY, DAY)["acme"]
    others = builder.read_secondary(json.dumps({"acme/eu/swan-2": entry(3e-06, 9e-06)}), "second 1", "litellm_provider")
    named = list(builder.select(others, {"secondary": {"acme": "acme/"}}))
    scoped = builder.Shop("acme", listed, named, DAY, scoped=True).entries()
    assert scoped["acme/eu/swan-2"]["prices"] == [{"input": "3", "output": "9"}]


def test_no_price_is_no_entry(lines: dict[str, Any]) -> None:
    assert set(lines) == {
        f"acme/{name}" for name in ("swan", "owl", "duck", "draw", "swan-cyber", "swan-alias", "swan-2026-01-01")
    }


def test_disagreements_are_listed(builder: ModuleType) -> None:
    assert list(a_shop(builder).disagreements()) == [
        "acme/swan-2026-01-01 input: 2 as swan, 5 in the second list; first taken",
        "acme/swan-cyber input: 2 as swan, 4 in the second list; second taken",
        "acme/swan-cyber output: 8 as swan, 16 in the second list; second taken",
    ]


def test_a_book_reads_back(builder: ModuleType, lines: dict[str, Any]) -> None:
    from costgate.knowledge.prices import parse_book

    source = {"package": "first", "version": "1"}
    text = builder.render({"id": DAY, "date": DAY, "currency": "USD", "sources": [source]}, lines)
    book = parse_book(text.encode(), "test.json")
    assert dict(book.lines).keys() == lines.keys()
    assert parse_book(text.replace("\n", "\r\n").encode(), "test.json").sha256 == book.sha256
    swan = book.listed("acme", "swan")
    assert swan is not None and (swan.source, swan.since) == ("first 1", "2025-06-10")
    dated = book.listed("acme", "swan-2026-01-01")
    assert dated is not None and (dated.rates, dated.max_output, dated.deprecation_date) == (swan.rates, 2048, None)
