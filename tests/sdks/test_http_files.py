"""The files about raw HTTP: their form, who answers, and what gives a file away."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from costgate.knowledge.http_tables import pattern_of
from costgate.knowledge.providers import provider_id
from costgate.knowledge.sdks import load_http
from costgate.knowledge.strict import load

KNOWLEDGE = Path(__file__).parents[2] / "costgate" / "knowledge"
ENDPOINTS: Any = load((KNOWLEDGE / "http" / "endpoints.yaml").read_text("utf-8"), "endpoints.yaml")


@pytest.mark.parametrize("name", ["clients.yaml", "endpoints.yaml"])
def test_files_fit_their_schema(name: str) -> None:
    schemas = {each: json.loads((KNOWLEDGE / each).read_text("utf-8")) for each in ("sdk.schema.json", "http.schema.json")}
    registry: Any = Registry().with_resources((key, Resource.from_contents(each)) for key, each in schemas.items())
    data = load((KNOWLEDGE / "http" / name).read_text("utf-8"), name)
    validator = Draft202012Validator(schemas["http.schema.json"], registry=registry)
    assert [error.message for error in validator.iter_errors(data)] == []


def test_every_provider_is_known() -> None:
    named = {each["provider"] for each in ENDPOINTS["endpoints"] if "provider" in each}
    assert {each for each in named if provider_id(each) is None} == set()


@pytest.mark.parametrize(
    ("path", "address", "model"),
    [
        ("/chat/completions", "/v1/chat/completions", None),
        ("/chat/completions", "\x00chat/completions", None),
        ("/chat/completions", "/v1/nochat/completions", ""),
        ("/chat/completions", "/v1/chat/completions/42", ""),
        ("/models/{model}:generateContent", "/v1beta/models/gemini-2.5-pro:generateContent", "gemini-2.5-pro"),
        ("/model/{model}/converse", "/model/anthropic.claude-v2:1/converse", "anthropic.claude-v2:1"),
        ("/models/{model*}", "/models/org/name", "org/name"),
        ("/v1/text-to-speech/*", "/v1/text-to-speech/", None),
        ("/v1/text-to-speech/*", "/v1/text-to-speech/a/b", ""),
    ],
)
def test_ends_of_paths(path: str, address: str, model: str | None) -> None:
    found = re.search(pattern_of(path), address)
    assert (found.groupdict().get("model") if found else "") == model


def test_short_paths_give_a_file_away_only_at_the_end_of_a_string() -> None:
    table = load_http()
    assert {"chat/completions", ":generateContent", "api.deepgram.com"} <= set(table["needles"])
    assert {"/embeddings", "/generate", "/rerank", "/prompt", "api/chat"} <= set(table["quoted"])
    assert not set(table["needles"]) & set(table["quoted"])
    assert not [each for each in table["needles"] if each.count("/") + each.count(".") + each.count(":") < 1]
