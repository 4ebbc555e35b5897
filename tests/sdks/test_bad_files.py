"""Bad SDK files of a team: each is refused with its line, before anything is read with it."""

from __future__ import annotations

import pytest

from costgate.knowledge.sdks import check_sdk, check_words
from costgate.model.error import UserError

GATEWAY = """\
sdk: gateway
provider: openai
functions:
  - symbols: [app.llm.ask]
    kind: chat
    positional: [question]
    args: {model: model, prompt: question, output_limit: limit}
    defaults: {model: gpt-4.1-mini, retries: {value: 2, counts: retries}}
"""
CLIENT = """\
sdk: gateway
objects:
  client:
    made_by: [{symbols: [acme_llm.Client]}]
    calls:
      chat.ask: {kind: chat, args: {model: model}}
      chat.tell: {kind: chat, args: {model: model}}
"""


def complaint(text: str) -> str:
    with pytest.raises(UserError) as caught:
        check_sdk(text, "mine.yaml")
    return str(caught.value)


def test_the_files_that_are_spoiled_here_are_good() -> None:
    for text in (GATEWAY, CLIENT, "\ufeff" + GATEWAY, GATEWAY.replace("\n", "\r\n")):
        check_words(text, "mine.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "mine.yaml:1: is empty"),
        ("# later\n", "mine.yaml:1: is empty"),
        ("hello\n", 'mine.yaml:1: "hello" is not a costgate SDK file'),
        ("- 1\n", "mine.yaml:1: [1] is not a costgate SDK file"),
        ("sdk: [\n", "mine.yaml:2: not valid YAML"),
        ("sdk:\tx\n\tfree: 1\n", "mine.yaml:2: not valid YAML"),
        ("sdk: g\nfunctions: &a [*a]\n", "mine.yaml:2: alias *a has no anchor before it"),
        ("sdk: g\nobjects: &a {client: *a}\n", "mine.yaml:2: alias *a has no anchor before it"),
        ("sdk: " + "[" * 5000, "mine.yaml:1: nested deeper than"),
        (GATEWAY + "---\n" + GATEWAY, "mine.yaml:9: a second document"),
        (GATEWAY + "free: !!python/object:os.system [x]\n", "mine.yaml:9: tag tag:yaml.org,2002:python/object:os.system"),
        (GATEWAY + "fnctions: []\n", 'mine.yaml:9: "fnctions" is not known here (did you mean "functions"?)'),
        (GATEWAY + "free: [app.llm.ask]\n", 'mine.yaml:9: "app.llm.ask" is already claimed by "gateway"'),
        (GATEWAY + GATEWAY.partition("functions:\n")[2], 'mine.yaml:9: "app.llm.ask" is already claimed by "gateway"'),
        (GATEWAY + "    until: [{version: new, defaults: {model: a}}]\n", 'mine.yaml:9: "new" is not a version'),
        (
            GATEWAY + "    until:\n      - {version: 1.10, args: {model: m}}\n      - {version: 1.9, args: {model: n}}\n",
            "mine.yaml:11: version 1.9 never holds: a later one stands before it",
        ),
    ],
)
def test_a_file(text: str, told: str) -> None:
    assert complaint(text).startswith(told)


def test_aliases_that_grow_without_bound() -> None:
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in zip("abcdefg", "bcdefgh", strict=True)]
    assert "more than 300,000 values once aliases are expanded" in complaint("\n".join(lines))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("args:", "arsg:", '7: "arsg" is not known here (did you mean "args"?)'),
        ("output_limit", "output_cap", '7: "output_cap" is not one of'),
        ("kind: chat", "kind: chart", '5: "chart" is not one of'),
        ("kind: chat", "kind: [chat]", '5: ["chat"] is not one of'),
        ("sdk: gateway", "sdk: 5", "1: 5 is not a name in lower case"),
        ("[app.llm.ask]", "5", "4: 5 is not a list"),
        ("[app.llm.ask]", "[]", "4: [] should be non-empty"),
        ("[app.llm.ask]", "[app.llm.ask, app.llm.ask]", '4: ["app.llm.ask", "app.llm.ask"] names one thing twice'),
        ("app.llm.ask", "'../../etc/passwd'", '4: "../../etc/passwd" is not a dotted name'),
        ("app.llm.ask", "app.llm.åsk", '4: "app.llm.åsk" is not a dotted name'),
        ("app.llm.ask", "openai.OpenAI", '4: "openai.OpenAI" is already claimed by "openai"'),
        ("sdk: gateway", "sdk: openai", '1: SDK "openai" is already described in costgate:sdks/openai.yaml'),
        ("args: {model: model, prompt: question, output_limit: limit}", "args: [model]", '7: ["model"] is not a mapping'),
        ("limit: limit", "limit: 'a limit'", '7: "a limit" is not the name of an argument'),
        ("limit: limit", "limit: []", "7: [] is not the name of an argument"),
        ("[question]", "[question, question]", '6: ["question", "question"] names one thing twice'),
        ("value: 2", "value: many", '8: "many" is not a whole number from 0 on'),
        ("value: 2", "value: 2.5", '8: "2.5" is not a whole number from 0 on'),
        ("value: 2", "value: -2", "8: -2 is not a whole number from 0 on"),
        ("value: 2", "value: true", "8: true is not a whole number from 0 on"),
        ("value: 2", "value: 99999999999", "8: 99999999999 is not a whole number from 0 on"),
        ("model: gpt-4.1-mini", "model: 5", "8: 5 is not a name"),
        ("{model: gpt-4.1-mini, retries: {value: 2, counts: retries}}", "none", '8: "none" is not a mapping'),
        ("counts: retries", "counts: tries", '8: "tries" is not one of'),
    ],
)
def test_a_line(old: str, new: str, told: str) -> None:
    assert old in GATEWAY
    assert complaint(GATEWAY.replace(old, new, 1)).startswith(f"mine.yaml:{told}")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("chat.tell: {", "chat.tell: {also: [chat.ask], ", '7: "chat.ask" has two signatures'),
        ("chat.tell: {kind: chat, ", "chat.tell: {like: chat.tel, ", '7: no call "chat.tel" to be like (did you mean "chat.tell"?)'),
        ("chat.tell: {kind: chat, ", "chat.tell: {like: chat.tell, ", '7: "chat.tell" is like itself'),
        ("    made_by", "    like: client\n    made_by", '4: "client" is not an object as sdk.kind'),
        ("    made_by", "    like: gateway.client\n    made_by", '4: "gateway.client" is like itself'),
        ("    made_by", "    like: openai.cliend\n    made_by", '4: no object "openai.cliend" to be like'),
        ("    calls:", "    makes: {chat.ask: {object: client}}\n    calls:", '5: "chat.ask" is both a call and makes an object'),
    ],
)
def test_a_line_of_an_object(old: str, new: str, told: str) -> None:
    assert old in CLIENT
    assert complaint(CLIENT.replace(old, new, 1)).startswith(f"mine.yaml:{told}")
