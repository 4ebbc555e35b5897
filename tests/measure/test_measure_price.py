"""Aliases and contract prices over the book."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costgate.knowledge.prices import load_book
from costgate.measure.price import price_of, unpriced
from costgate.model.config import Config, PriceOverride
from costgate.model.money import Price
from costgate.model.value import Span

BOOK = load_book()
HERE = Span("app.py", 1)


def found(model: str, provider: str | None = "openai", **config: object) -> Price | None:
    return price_of(model, provider, BOOK, Config(**config))  # type: ignore[arg-type]


def test_an_alias_stands_for_a_model_of_the_book() -> None:
    price = found("our-deployment", "azure", models={"our-deployment": "gpt-4o"})
    assert price is not None and price.rates["input"] == Decimal("2.5")
    routed = found("fast", "portkey", models={"fast": "anthropic/claude-3-haiku"})
    assert routed is not None and routed.provider == "anthropic"
    assert found("our-deployment", "azure", models={"another": "gpt-4o"}) is None


def test_contract_rates_replace_the_books_and_its_surcharges() -> None:
    price = found("gemini-2.5-pro", "google", prices=(PriceOverride("gemini-2.5-pro", {"input": Decimal(1)}),))
    book = BOOK.find("gemini-2.5-pro", "google")
    assert price is not None and book is not None
    assert (price.rates["input"], price.rates["output"]) == (Decimal(1), book.rates["output"])
    assert "input" in book.tiers[0] and "input" not in price.tiers[0]
    assert price.max_output == book.max_output
    assert price.source == "config"


def test_a_multiplier_scales_every_rate() -> None:
    price = found("gemini-2.5-pro", "google", prices=(PriceOverride("gemini-*", multiplier=Decimal("0.8")),))
    assert price is not None
    assert price.rates["input"] == Decimal("1.25") * Decimal("0.8")
    assert price.tiers[0]["output"] == 12
    assert price.tiers[0]["above"] == 200_000


def test_the_later_override_wins() -> None:
    overrides = (PriceOverride("gpt-4o", {"input": Decimal(1)}), PriceOverride("gpt-*", {"input": Decimal(2)}))
    price = found("gpt-4o", prices=overrides)
    assert price is not None and price.rates["input"] == 2


@pytest.mark.parametrize("written", ["gpt-4o", "openai/gpt-4o", "gpt-4o-2024-08-06"])
def test_an_override_holds_for_every_spelling_of_the_name(written: str) -> None:
    price = found(written, prices=(PriceOverride("gpt-4o", {"input": Decimal(9)}),))
    assert price is not None and price.rates["input"] == 9


def test_an_override_does_not_reach_names_that_begin_alike() -> None:
    price = found("gpt-4o-mini", prices=(PriceOverride("gpt-4o", {"input": Decimal(9)}),))
    assert price is not None and price.rates["input"] == Decimal("0.15")


def test_a_private_model_is_priced_by_configuration_alone() -> None:
    price = found(
        "llama3", "ollama", prices=(PriceOverride("llama3", {"input": Decimal("0.1"), "output": Decimal("0.2")}),)
    )
    assert price == Price("llama3", "ollama", {"input": Decimal("0.1"), "output": Decimal("0.2")}, source="config")
    assert found("llama3", "ollama", prices=(PriceOverride("llama3", multiplier=Decimal(2)),)) is None


@pytest.mark.parametrize(
    ("model", "provider", "says"),
    [
        ("gpt-4oo", "openai", "nearest: gpt-4o"),
        ("qqqqqqqqq", None, "has no model 'qqqqqqqqq'"),
        ("llama3", "ollama", "runs locally"),
        ("ollama/llama3", None, "runs locally"),
        ("x" * 500, "openai", "x" * 80),
    ],
)
def test_why_there_is_no_price(model: str, provider: str | None, says: str) -> None:
    gap = unpriced(model, provider, BOOK, HERE)
    assert (gap.what, gap.span) == ("price", HERE)
    assert says in gap.why
    assert len(gap.why) < 300


def test_a_model_sold_by_several_asks_by_whom() -> None:
    several = next(
        name
        for name, sellers in BOOK.sellers.items()
        if len(sellers) > 1 and "/" not in name and BOOK.find(name, None) is None
    )
    assert "say by whom" in unpriced(several, None, BOOK, HERE).why
