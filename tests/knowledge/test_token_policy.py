"""Which family a model name belongs to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costgate.knowledge.token_policy import SCRIPTS, families, family_of


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-4o", "gpt-4o"),
        ("openai/gpt-4.1-mini-2025-04-14", "gpt-4o"),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc", "gpt-4o"),
        ("gpt-5.4", "gpt-5"),
        ("o3-mini", "gpt-5"),
        ("openai/gpt-oss-120b", "gpt-5"),
        ("gpt-4", "gpt-4"),
        ("gpt-4-turbo", "gpt-4"),
        ("gpt-35-turbo", "gpt-4"),
        ("text-embedding-3-large", "gpt-4"),
        ("gpt-6-sol", "gpt-6"),
        ("claude-2.1", "claude-2"),
        ("claude-3-haiku-20240307", "claude-3"),
        ("claude-3.7-sonnet", "claude-3"),
        ("claude-opus-4-20250514", "claude-3"),
        ("claude-opus-4-1-20250805", "claude-3"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-3"),
        ("claude-sonnet-4-6", "claude-3"),
        ("claude-opus-4-7", "claude-4.7"),
        ("anthropic/claude-opus-4.8", "claude-4.7"),
        ("claude-sonnet-5", "claude-4.7"),
        ("claude-fable-5-1", "claude-4.7"),
        ("claude-sonnet-5-5", "claude-5.5"),
        ("claude-haiku-5-5", "claude-5.5"),
        ("models/gemini-2.5-pro", "gemini"),
        ("meta-llama/Llama-3.3-70B-Instruct-Turbo", "llama-3"),
        ("accounts/fireworks/models/llama-v3p1-8b-instruct", "llama-3"),
        ("meta.llama4-scout-17b-instruct-v1:0", "llama-4"),
        ("deepseek-chat", "deepseek-3"),
        ("deepseek-v4-pro", "deepseek-4"),
        ("Qwen/Qwen3-32B", "qwen"),
        ("mixtral-8x7b-32768", "mistral-v1"),
        ("mistral-small-latest", "mistral"),
        ("grok-3-mini", "grok-3"),
        ("grok-4-fast", "grok-4"),
        ("command-r-plus", "command"),
        ("amazon.nova-lite-v1:0", "nova"),
        ("voyage-3", "unknown"),
        ("my-own-model", "unknown"),
        (None, "unknown"),
    ],
)
def test_family_of(model: str | None, family: str) -> None:
    assert family_of(model).id == family


def test_every_inexact_family_says_how_far_off_it_is() -> None:
    for family in families():
        assert family.basis in ("exact", "calibrated", "assumed")
        wanted = set() if family.basis == "exact" else set(SCRIPTS)
        assert set(family.factor) == set(family.band) == wanted, family.id
        assert all(0 < down < 1 and up > 0 for down, up in family.band.values()), family.id
        assert family.encoding in ("o200k_base", "cl100k_base")


def test_a_kind_of_text_that_nobody_measured_is_an_assumption() -> None:
    known, guessed = family_of("deepseek-chat"), family_of("claude-sonnet-4-5")
    assert known.guessed == frozenset() and guessed.guessed == {"latin", "cyrillic", "other"}
    assert (guessed.factor["latin"], guessed.factor["other"]) == (guessed.factor["prose"], guessed.factor["han"])
    assert guessed.band["latin"] == (Decimal("0.15"), Decimal("0.35"))


def test_names_are_unique_and_the_last_family_takes_the_rest() -> None:
    assert len({family.id for family in families()}) == len(families())
    assert families()[-1].names.fullmatch("anything at all")
