"""The shipped price book, and how names find their price in it."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costgate.knowledge import prices
from costgate.knowledge.prices import books, load_book, parse_book
from costgate.model.error import UserError

BOOK = load_book()
FOLDER = Path(prices.__file__).with_name("prices")


def rate(model: str, provider: str | None) -> tuple[str, str] | None:
    price = BOOK.find(model, provider)
    return None if price is None else (str(price.rates["input"]), str(price.rates["output"]))


@pytest.mark.parametrize(
    ("model", "provider", "expected"),
    [
        ("gpt-4.1", "openai", ("2", "8")),
        ("claude-3-7-sonnet", "anthropic", ("3", "15")),
        ("deepseek-chat", "deepseek", ("0.27", "1.1")),
        ("gpt-4o", "openai", ("2.5", "10")),
        ("claude-3-5-sonnet", "anthropic", ("3", "15")),
        ("gemini-2.0-flash", "google", ("0.1", "0.4")),
        ("gpt-4o-mini", "openai", ("0.15", "0.6")),
        ("claude-3-haiku", "anthropic", ("0.25", "1.25")),
        ("meta.llama3-1-70b-instruct-v1:0", "aws", ("0.72", "0.72")),
        ("llama-3.1-8b-instant", "groq", ("0.05", "0.08")),
    ],
)
def test_reference_prices(model: str, provider: str, expected: tuple[str, str]) -> None:
    assert rate(model, provider) == expected
    assert rate(model, None) == expected


@pytest.mark.parametrize(
    ("model", "provider", "same_as"),
    [
        ("openai/gpt-4o", None, ("gpt-4o", "openai")),
        ("openai:gpt-4o", None, ("gpt-4o", "openai")),
        ("gpt-4o-2024-08-06", None, ("gpt-4o", "openai")),
        ("azure/gpt-4o", None, ("gpt-4o", "openai")),
        ("claude-sonnet-4-5", "azure", ("claude-sonnet-4-5", "anthropic")),
        ("litellm_proxy/gpt-4o", None, ("gpt-4o", "openai")),
        ("gpt-4o", "portkey", ("gpt-4o", "openai")),
        ("models/gemini-2.5-flash", "google", ("gemini-2.5-flash", "google")),
        ("google_genai:gemini-2.5-flash", None, ("gemini-2.5-flash", "google")),
        ("gemini-2.0-flash-001", "google", ("gemini-2.0-flash", "google")),
        ("claude-3-5-sonnet@20240620", "vertex_ai", ("claude-3-5-sonnet", "anthropic")),
        ("anthropic/claude-3-haiku-20240307", None, ("claude-3-haiku", "anthropic")),
        ("bedrock/us.meta.llama3-1-70b-instruct-v1:0", None, ("meta.llama3-1-70b-instruct-v1:0", "aws")),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
            "aws",
            ("claude-3-haiku", "anthropic"),
        ),
    ],
)
def test_prefixes_and_versions(model: str, provider: str | None, same_as: tuple[str, str]) -> None:
    assert rate(model, provider) == rate(*same_as) is not None


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-99", None),
        ("gpt-99", "openai"),
        ("gpt-4o-turbo", "openai"),
        ("gpt-4o-minified", "openai"),
        ("my-gpt-4o", "openai"),
        ("gpt", "openai"),
        ("claude", "anthropic"),
        ("claude-3-haiku", "openai"),
        ("gpt-4o", "ollama"),
        ("gpt-4o", "a-stranger"),
        ("ft:gpt-9:acme::x", "openai"),
        ("", None),
        ("   ", "openai"),
        ("x" * 10_000, None),
    ],
)
def test_strangers_have_no_price(model: str, provider: str | None) -> None:
    assert BOOK.find(model, provider) is None


def test_a_longer_name_is_another_model() -> None:
    assert rate("gemini-3.8-flash", "google") == ("0.75", "3.75")
    assert rate("gemini-3.8-flash-cyber", "google") == ("1.5", "7.5")
    assert rate("gpt-4o-2024-05-13", "openai") == ("5", "15")
    assert rate("ft:gpt-4o-mini-2024-07-18:acme::abc", "openai") == ("0.3", "1.2")


def test_regions_have_their_price() -> None:
    name = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert rate(f"us.{name}", "aws") == ("3.3", "16.5")
    assert rate(f"global.{name}", "aws") == ("3", "15")


@pytest.mark.parametrize("model", ["text-davinci-003", "gpt-4-32k", "claude-instant-1.2", "gemini-1.5-pro", "grok-2"])
def test_retired_models_stay(model: str) -> None:
    assert BOOK.find(model, None) is not None


def test_prices_of_the_day_of_the_book() -> None:
    o3 = BOOK.find("o3", "openai")
    later = BOOK.find("gemini-4-argon", "google")
    assert o3 is not None and o3.since == "2025-06-10" and o3.rates["input"] == 2
    assert later is not None and later.rates["input"] == 2, "from 2026-12-01 it is 4"


def test_prices_that_change_with_the_hour_are_taken_at_the_peak() -> None:
    assert rate("deepseek-v4-pro", "deepseek") == ("1.32", "3.96")


def test_limits_flags_and_tiers() -> None:
    gpt, claude, gemini = (BOOK.find(each, None) for each in ("gpt-5", "claude-opus-5-5", "gemini-2.5-pro"))
    assert gpt is not None and claude is not None and gemini is not None
    assert (gpt.max_output, gpt.context_window, gpt.deprecation_date) == (128_000, 400_000, "2026-12-11")
    assert (claude.reasoning, claude.max_output) == ("always", 128_000)
    assert gemini.tiers[0]["above"] == 200_000
    assert gemini.tiers[0]["input"] == Decimal("2.5")
    assert gpt.rates["batch_input"] == Decimal("0.625")
    assert gpt.source.startswith("genai-prices ")


def test_embeddings_have_no_output_price() -> None:
    price = BOOK.find("text-embedding-3-small", "openai")
    assert price is not None and "output" not in price.rates


def test_a_maker_comes_before_those_who_resell() -> None:
    price = BOOK.find("gpt-5-mini-2025-08-07", None)
    assert price is not None and price.provider == "openai"


def test_several_sellers_and_no_maker_is_unknown() -> None:
    several = next(
        name
        for name, sellers in BOOK.sellers.items()
        if len(sellers) > 1 and BOOK.find(name, None) is None and len({p.rates["input"] for p in BOOK.offers(name)}) > 1
    )
    assert all(BOOK.find(several, price.provider) is not None for price in BOOK.offers(several))


def test_nearest() -> None:
    assert "gpt-4o" in BOOK.nearest("gpt-4oo")
    assert "claude-3-opus" in BOOK.nearest("anthropic/claude-3-opuss")
    assert BOOK.nearest("qqqqqqqqqqqqqqqq") == ()


def test_every_line_is_an_entry() -> None:
    for key in BOOK.lines:
        seller, _, name = key.partition("/")
        price = BOOK.listed(seller, name)
        assert price is not None, key
        assert price.rates and all(number >= 0 for number in price.rates.values()), key
        assert any(price.rates.values()), f"{key}: nothing but zeros"


def test_the_file_is_json_in_the_order_that_diffs_want() -> None:
    data = (FOLDER / f"{BOOK.id}.json").read_bytes()
    whole = json.loads(data)
    assert list(whole["models"]) == sorted(whole["models"]) == list(BOOK.lines)
    assert BOOK.sha256 == hashlib.sha256(data).hexdigest()
    assert (BOOK.date, BOOK.currency) == (whole["date"], "USD")
    assert all(len(source["sha256"]) == 64 for source in whole["sources"])


def test_books_are_addressed_by_name() -> None:
    assert load_book(books()[-1]) is BOOK or load_book(books()[-1]) == BOOK
    with pytest.raises(UserError, match="no price book '1999-01-01'"):
        load_book("1999-01-01")
    with pytest.raises(UserError, match="no price book"):
        load_book("../2026-11-22")


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{\n"id":"x",\n"models":{\n}}', b"[1]"])
def test_a_broken_book_is_a_clear_mistake(data: bytes) -> None:
    with pytest.raises(UserError, match="price book"):
        parse_book(data, "mine.json")


@given(st.text(max_size=60), st.sampled_from([None, "openai", "aws", "google", "azure", "openrouter"]))
def test_whatever_is_found_was_listed(model: str, provider: str | None) -> None:
    price = BOOK.find(model, provider)
    assert price is None or f"{price.provider}/{price.model}" in BOOK.lines


@given(st.sampled_from(sorted(BOOK.sellers)), st.text("abcxyz", min_size=3, max_size=8))
def test_letters_after_a_name_make_another_name(model: str, more: str) -> None:
    price = BOOK.find(f"{model}-{more}", None)
    assert price is None or price.model != model


AGREED = json.loads((Path(__file__).parent / "agreed.json").read_text("utf-8"))


def test_what_both_lists_agree_on_is_the_price() -> None:
    """agreed.json is made with the book, by scripts/build_price_book.py, from the lists themselves."""
    assert len(AGREED) > 500
    wrong = {}
    for key, (given_rate, taken) in AGREED.items():
        seller, _, name = key.partition("/")
        price = BOOK.find(name, seller)
        found = None if price is None else (price.rates.get("input"), price.rates.get("output"))
        if found != (Decimal(given_rate), Decimal(taken)):
            wrong[key] = found
    assert wrong == {}


def test_a_day_has_its_own_prices() -> None:
    from dataclasses import replace

    spring = replace(BOOK, on="2025-05-01").find("o3", "openai")
    today = BOOK.find("o3", "openai")
    assert spring is not None and today is not None
    assert (spring.rates["input"], today.rates["input"]) == (10, 2)


def test_other_units_than_tokens_and_regions() -> None:
    image, heard, spoken = (BOOK.find(name, "openai") for name in ("gpt-image-1", "whisper-1", "tts-1"))
    assert image is not None and (image.rates["output"], image.rates["input_image"]) == (40, 10)
    assert heard is not None and heard.rates["input_audio_hours"] == Decimal("0.36")
    assert spoken is not None and spoken.rates["input_mchars"] == 15
    assert rate("bedrock/us-gov-west-1/anthropic.claude-3-5-sonnet-20240620-v1:0", None) == ("3.6", "18")
    assert (rate("azure/eu/gpt-4o-2024-08-06", None), rate("azure/gpt-4o-2024-08-06", None)) == (("2.75", "11"), ("2.5", "10"))
