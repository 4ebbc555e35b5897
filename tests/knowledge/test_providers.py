"""From ids, prefixes and URLs to providers, and from model names to the names to look up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costgate.knowledge import providers
from costgate.knowledge.providers import (
    family_names,
    is_local,
    lookups,
    provider_id,
    provider_of_url,
    registry,
    split_model,
)
from costgate.knowledge.strict import load


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "google"),
        ("https://us-central1-aiplatform.googleapis.com/v1", "google"),
        ("https://acme.openai.azure.com/", "azure"),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com", "aws"),
        ("https://user:secret@api.deepseek.com:443/v1?x=1", "deepseek"),
        ("HTTPS://API.MISTRAL.AI/v1", "mistral"),
        ("api.x.ai/v1", "xai"),
        ("http://localhost:11434/v1", "local"),
        ("http://127.0.0.1:8000", "local"),
        ("http://[::1]:8000", "local"),
        ("http://host.docker.internal:1234/v1", "local"),
        ("https://api.openai.com.example.org/v1", None),
        ("https://notopenai.azure.com", None),
        ("https://a.b.openai.azure.com", None),
        ("https://example.org/api.openai.com", None),
        ("https://[broken", None),
        ("", None),
    ],
)
def test_provider_of_url(url: str, provider: str | None) -> None:
    assert provider_of_url(url) == provider


@pytest.mark.parametrize(
    ("model", "model_format", "provider", "split"),
    [
        ("gpt-4o", "plain", "openai", ("openai", "gpt-4o")),
        ("openai/gpt-4o", "plain", "openrouter", ("openrouter", "openai/gpt-4o")),
        ("anthropic/claude-3-haiku", "provider/model", None, ("anthropic", "claude-3-haiku")),
        ("together_ai/meta-llama/Llama-3", "provider/model", None, ("together", "meta-llama/Llama-3")),
        ("google_genai:gemini-2.5-pro", "provider:model", None, ("google", "gemini-2.5-pro")),
        ("meta-llama/Llama-3", "provider/model", None, (None, "meta-llama/Llama-3")),
        ("llama3:8b", "provider:model", "ollama", ("local", "llama3:8b")),
        ("openai/", "provider/model", None, (None, "openai/")),
        ("my-gpt4", "deployment", "azure", ("azure", "my-gpt4")),
        ("x", "plain", "a-stranger", ("a-stranger", "x")),
    ],
)
def test_split_model(model: str, model_format: str, provider: str | None, split: tuple[str | None, str]) -> None:
    assert split_model(model, model_format, provider) == split


def test_ids_are_spelled_in_many_ways() -> None:
    assert provider_id("Bedrock") == "aws"
    assert provider_id(" vertex_ai ") == "google"
    assert provider_id("ollama") == "local"
    assert provider_id("nobody") is None
    assert is_local("ollama") and not is_local("openai") and not is_local(None)


def test_no_spelling_or_host_means_two_providers() -> None:
    where = Path(providers.__file__).with_name("providers.yaml")
    entries = load(where.read_text(encoding="utf-8"), where.name)["providers"]
    spellings = Counter(name for own, entry in entries.items() for name in (own, *entry.get("also", ())))
    hosts = Counter(host for entry in entries.values() for host in entry.get("hosts", ()))
    assert [name for name, times in (spellings + hosts).items() if times > 1] == []
    assert all(set(provider.falls_back) <= set(entries) for provider in registry().providers.values())


def test_a_client_of_one_provider_never_gets_the_price_of_another() -> None:
    assert {seller for seller, _ in lookups("openai/gpt-oss-120b", "groq")} == {"groq"}


def test_the_literal_name_comes_first() -> None:
    assert next(lookups("Openai/GPT-4o-2024-08-06", None)) == ("openai", "gpt-4o-2024-08-06")
    assert next(lookups("gpt-4o", "portkey")) == (None, "gpt-4o")
    assert list(lookups("gpt-4o", "a-stranger")) == []
    assert list(lookups(" ", None)) == []


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("vertex_ai/claude-sonnet-4@20250514", "claude-sonnet-4"),
        ("meta-llama/Llama-3.3-70B-Instruct-Turbo", "llama-3.3-70b-instruct-turbo"),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc", "gpt-4o-mini"),
        ("gpt-4.1", "gpt-4.1"),
        ("llama3.2:3b", "llama3.2"),
    ],
)
def test_family_names(model: str, family: str) -> None:
    assert family in family_names(model)


@given(st.text(max_size=400), st.sampled_from([None, "openai", "aws", "google", "azure", "litellm", "x"]))
def test_any_text_gives_few_lookups(model: str, provider: str | None) -> None:
    assert len(list(lookups(model, provider))) <= 400
    assert len(family_names(model)) <= 80
