"""The proof's own parts, without its programs: scripts, recording, and that every difference is found."""

from __future__ import annotations

import importlib
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent
FAILING = ("429", "500", "slow")

PROGRAM = """\
from openai import OpenAI

client = OpenAI(max_retries=1)
for _ in range(2):
    client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Name a city."}],
        max_tokens=40,
        n=2,
        stream=True,
        reasoning_effort="low",
        tools=[{"type": "function", "function": {"name": "lookup", "parameters": {"type": "object"}}}],
    )
"""
SENT: Mapping[str, Any] = {
    "model": "gpt-4.1-mini",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Name a city."}],
    "max_tokens": 40,
    "n": 2,
    "stream": True,
    "reasoning_effort": "low",
    "tools": [{"type": "function", "function": {"name": "lookup", "parameters": {"type": "object"}}}],
}
PATH = "/v1/chat/completions"


@pytest.fixture(scope="module")
def proof() -> Iterator[Mapping[str, ModuleType]]:
    names = ("answers", "server", "sent", "compare", "run")
    sys.path.insert(0, str(HERE))
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(HERE))
        for name in names:
            sys.modules.pop(name, None)


def marks(proof: Mapping[str, ModuleType], sent: Mapping[str, Any], times: int = 2, script: tuple[str, ...] = ("ok",)) -> Any:
    recording = proof["server"].Recording(script)
    for _ in range(times):
        recording.take(PATH, sent)
    compare = proof["compare"]
    return {field: mark.verdict for field, mark in compare.compare(compare.read({"app.py": PROGRAM}), recording).items()}


def test_what_was_said_and_sent_is_equal(proof: Mapping[str, ModuleType]) -> None:
    assert set(marks(proof, SENT).values()) == {"equal"}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("model", {"model": "gpt-4.1"}),
        ("output_limit", {"max_tokens": 41}),
        ("output_limit", {"max_tokens": None}),
        ("samples", {"n": 1}),
        ("stream", {"stream": False}),
        ("reasoning", {"reasoning_effort": "high"}),
        ("reasoning_budget", {"thinking": {"budget_tokens": 9}}),
        ("tools", {"tools": []}),
        ("tools", {"tools": [*SENT["tools"], {"type": "function", "function": {"name": "more"}}]}),
        ("prompt", {"tools": [{"type": "function", "function": {"name": "other"}}]}),
        ("prompt", {"messages": SENT["messages"][:1]}),
        ("prompt", {"messages": [*SENT["messages"], {"role": "user", "content": "Be brief. " * 9}]}),
    ],
)
def test_a_difference_is_wrong(proof: Mapping[str, ModuleType], field: str, change: Mapping[str, Any]) -> None:
    found = marks(proof, {**SENT, **change})
    assert {name for name, verdict in found.items() if verdict == "WRONG"} - {"prompt"} | {field} == {field}
    assert found[field] == "WRONG"


@pytest.mark.parametrize(
    ("times", "script", "verdict"),
    [
        (3, ("ok",), "WRONG"),
        (2, ("500",), "equal"),
        (4, ("500",), "WRONG"),
        (1, ("slow", "ok"), "WRONG"),
        (2, ("429", "ok"), "equal"),
    ],
)
def test_requests_are_counted(proof: Mapping[str, ModuleType], times: int, script: tuple[str, ...], verdict: str) -> None:
    if script != ("ok",):
        program = PROGRAM.replace("for _ in range(2):\n    ", "if True:\n    ")
        compare, recording = proof["compare"], proof["server"].Recording(script)
        for _ in range(times):
            recording.take(PATH, SENT)
        assert compare.compare(compare.read({"app.py": program}), recording)["requests"].verdict == verdict
    else:
        assert marks(proof, SENT, times, script)["requests"] == verdict


def test_a_program_that_sends_nothing_is_wrong(proof: Mapping[str, ModuleType]) -> None:
    assert marks(proof, SENT, times=0) == {"call": "WRONG"}


def test_the_list_of_known_differences_is_strict(proof: Mapping[str, ModuleType]) -> None:
    mark = proof["compare"].Mark
    found = {"a/b": {"model": mark("WRONG", "x"), "tools": mark("equal")}}
    differences = proof["run"].differences
    assert differences(found, {"a/b": {"model": "a reason"}}) == []
    assert len(differences(found, {})) == 1
    assert len(differences(found, {"a/b": {"model": "a reason", "tools": "another"}})) == 1


def test_the_server_follows_its_script(proof: Mapping[str, ModuleType]) -> None:
    recording = proof["server"].Recording(("429", "tools", "ok"))
    with proof["server"].serving(recording) as url:
        with pytest.raises(urllib.error.HTTPError) as error:
            post(f"{url}{PATH}", SENT)
        assert error.value.code == 429
        error.value.close()
        plain = {**SENT, "stream": False}
        assert post(f"{url}{PATH}", plain)["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "lookup"
        assert len(post(f"{url}{PATH}", plain)["choices"]) == 2
    assert [request.answered for request in recording.requests] == ["429", "tools", "ok"]
    assert recording.requests[0].body == SENT


def post(url: str, body: Mapping[str, Any]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_an_answer_fits_the_schema_that_is_asked_for(proof: Mapping[str, ModuleType]) -> None:
    schema = {
        "$defs": {"Kind": {"enum": ["a", "b"]}},
        "type": "object",
        "properties": {"kind": {"$ref": "#/$defs/Kind"}, "many": {"type": "array", "items": {"type": "integer"}}},
        "required": ["kind", "many"],
    }
    assert proof["answers"].example(schema, schema) == {"kind": "a", "many": [1]}


def test_programs_cover_what_they_promise(proof: Mapping[str, ModuleType]) -> None:
    programs = proof["run"].programs(())
    assert len(programs) >= 60
    assert len({program.name.split("/")[0] for program in programs}) >= 12
    assert sum(any(word in FAILING for word in program.script) for program in programs) >= 20
    assert sum("tools" in program.script for program in programs) >= 15
    assert all((HERE / "requirements" / f"{program.env}.txt").is_file() for program in programs)


def test_known_differences_have_a_program_a_field_and_a_reason(proof: Mapping[str, ModuleType]) -> None:
    run = proof["run"]
    names = {program.name for program in run.programs(())}
    known = run.load(run.KNOWN.read_text("utf-8"), "known.yaml")
    assert known.keys() <= names
    for fields in known.values():
        assert fields
        assert fields.keys() <= set(proof["compare"].FIELDS)
        assert all(isinstance(reason, str) and len(reason) > 10 for reason in fields.values())
