"""Compiling: what is filled in, what is merged, what is refused."""

from __future__ import annotations

import json

import pytest

from costgate.knowledge.sdks import Knowledge, digest, load_sdks
from costgate.model.error import UserError


def compiled(*texts: str) -> Knowledge:
    return load_sdks([(f"mine{number}.yaml", text) for number, text in enumerate(texts)])


def refused(*texts: str) -> str:
    with pytest.raises(UserError) as caught:
        compiled(*texts)
    return str(caught.value)


def test_it_survives_json(shipped: Knowledge) -> None:
    assert json.loads(json.dumps(shipped)) == shipped


def test_the_constructor_of_an_object(acme_yaml: str) -> None:
    (entry,) = compiled(acme_yaml)["symbols"]["acme.Client"]
    assert entry == {
        "what": "object",
        "object": "acme.client",
        "sdk": "acme",
        "provider": "openai",
        "positional": [],
        "args": {"retries": ["tries"], "timeout": ["patience"], "base_url": ["url"]},
        "defaults": {"retries": {"value": 3, "counts": "attempts"}, "timeout": {"value": 30}},
        "units": {"patience": "ms"},
    }


def test_one_constructor_differs_from_the_others(acme_yaml: str) -> None:
    (entry,) = compiled(acme_yaml)["symbols"]["acme.BigClient"]
    assert entry["async"] is True
    assert entry["args"] == {"retries": ["tries"], "timeout": ["big_timeout"]}
    assert entry["defaults"] == {"retries": {"value": 3, "counts": "attempts"}}


def test_calls_are_expanded(acme_yaml: str) -> None:
    calls = compiled(acme_yaml)["objects"]["acme.client"]["calls"]
    assert calls["ask"] == calls["chat.ask"]
    assert calls["chat.ask_twice"] == {
        "kind": "chat",
        "fan_out": True,
        "positional": ["model"],
        "args": {"model": ["model"], "output_limit": ["cap"]},
        "defaults": {},
    }


def test_same_keeps_the_keywords_of_the_constructor_unless_it_names_its_own(acme_yaml: str) -> None:
    same = compiled(acme_yaml)["objects"]["acme.client"]["same"]
    assert same["copy"]["args"] is None
    assert same["later"]["async"] is True
    assert same["insist"]["retry"] == {"attempts": ["times"], "default": 2, "counts": "retries"}


def test_an_object_like_another(acme_yaml: str) -> None:
    other = acme_yaml.split("objects:")[0].replace("acme", "other") + (
        "objects:\n"
        "  client:\n"
        "    like: acme.client\n"
        "    made_by: [{symbols: [other.Client], defaults: {timeout: 5}}]\n"
        "    calls: {extra: {kind: embedding}}\n"
        "examples: []\n"
    )
    knowledge = compiled(acme_yaml, other)
    (entry,) = knowledge["symbols"]["other.Client"]
    assert entry["args"]["retries"] == ["tries"]
    assert entry["defaults"]["timeout"] == {"value": 5}
    assert set(knowledge["objects"]["other.client"]["calls"]) == {"ask", "chat.ask", "chat.ask_twice", "extra"}
    assert "extra" not in knowledge["objects"]["acme.client"]["calls"]


def test_one_symbol_for_several_services(shipped: Knowledge) -> None:
    made = {entry["when"]["equals"]: entry["object"] for entry in shipped["symbols"]["boto3.client"]}
    assert made["bedrock-runtime"] == "bedrock.runtime"
    assert made["bedrock"] == "bedrock.control"
    by_session = {each["when"]["equals"]: each["object"] for each in shipped["objects"]["bedrock.session"]["makes"]["client"]}
    assert by_session == made


def test_words_among_the_defaults(shipped: Knowledge) -> None:
    (query,) = shipped["symbols"]["claude_agent_sdk.query"]
    assert query["defaults"]["turn_limit"] == {"unbounded": True}
    assert query["defaults"]["model"] == {}
    assert query["unbounded"] == {"turn_limit": [None, 0]}


def test_what_stands_behind_a_text(shipped: Knowledge) -> None:
    (agent,) = shipped["symbols"]["crewai.Agent"]
    assert agent["builds"]["llm"]["layers"] == [{"what": "rate limits", "attempts": 3}]
    assert agent["builds"]["llm"]["defaults"]["retries"] == {"value": 2, "counts": "retries"}


def test_free_names_are_symbols_or_paths(shipped: Knowledge) -> None:
    assert [entry["what"] for entry in shipped["symbols"]["litellm.token_counter"]] == ["free"]
    assert "messages.count_tokens" in shipped["objects"]["anthropic.client"]["free"]


def test_needles_cover_both_ways_to_import(shipped: Knowledge) -> None:
    assert {"google.genai", "from google import", "openai"} <= set(shipped["needles"])
    assert "completions.create" in shipped["tails"]


def test_retry_tables(shipped: Knowledge) -> None:
    layer = shipped["retries"]["layers"]["celery.shared_task"]
    assert layer["library"] == "celery"
    assert layer["needs"] == ["autoretry_for"]
    assert layer["bounds"][0]["arg"] == ["retry_kwargs.max_retries", "max_retries"]
    assert shipped["retries"]["stops"]["tenacity.stop_never"]["unbounded"] is True


def test_the_digest_follows_the_bytes(acme_yaml: str) -> None:
    extra = [("mine.yaml", acme_yaml)]
    assert digest() == digest()
    assert digest(extra) != digest()
    assert digest(extra) == load_sdks(extra)["digest"]
    assert digest([("mine.yaml", acme_yaml + "\n")]) != digest(extra)


def test_a_symbol_belongs_to_one_signature(acme_yaml: str) -> None:
    assert refused(acme_yaml.replace("acme.BigClient", "openai.OpenAI")) == (
        'mine0.yaml:10: "openai.OpenAI" is already claimed by "openai"'
    )


def test_a_path_has_one_signature(acme_yaml: str) -> None:
    assert refused(acme_yaml.replace("also: [ask]", "also: [chat.ask_twice]")).startswith(
        'mine0.yaml:25: "chat.ask_twice" has two signatures'
    )


def test_a_path_is_a_call_or_an_object(acme_yaml: str) -> None:
    text = acme_yaml.replace("    calls:\n", "    makes: {ask: {object: client}}\n    calls:\n")
    assert refused(text).startswith('mine0.yaml:19: "ask" is both a call and makes an object')


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("like: chat.ask", "like: chat.asc", 'no call "chat.asc" to be like (did you mean "chat.ask"?)'),
        ("like: chat.ask", "like: chat.ask_twice", '"chat.ask_twice" is like itself'),
        ("    made_by:", "    like: openai.cliend\n    made_by:", 'no object "openai.cliend" to be like'),
        ("    calls:", "    makes: {x: {object: cliend}}\n    calls:", 'no object "cliend" (did you mean "client"?)'),
        ("sdk: acme", "sdk: openai", 'SDK "openai" is already described in costgate:sdks/openai.yaml'),
    ],
)
def test_a_reference_must_lead_somewhere(acme_yaml: str, old: str, new: str, message: str) -> None:
    assert message in refused(acme_yaml.replace(old, new, 1))


def test_a_retry_symbol_is_described_once() -> None:
    text = (
        "library: mine\ndistribution: mine\nmodules: [mine]\nlayers:\n"
        "  - {symbols: [tenacity.retry], form: [decorator], bounds: [], default: unbounded}\n"
    )
    assert refused(text) == 'mine0.yaml:5: "tenacity.retry" is already described'


def test_a_file_of_the_user_never_replaces_a_shipped_one(acme_yaml: str) -> None:
    knowledge = load_sdks([("sdks/openai.yaml", acme_yaml)])
    assert {"openai", "acme"} <= set(knowledge["sdks"])
