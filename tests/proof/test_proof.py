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
    names = ("answers", "server", "sent", "compare", "catalogue", "run")
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
        ("tokens", {"messages": SENT["messages"][:1]}),
        ("tokens", {"messages": [*SENT["messages"], {"role": "user", "content": "And a river."}]}),
        ("tokens", {"messages": [*SENT["messages"], {"role": "assistant", "content": "Oslo."}]}),
        ("tokens", {"messages": [SENT["messages"][0], {"role": "user", "content": "Name a city. Please."}]}),
    ],
)
def test_a_difference_is_wrong(proof: Mapping[str, ModuleType], field: str, change: Mapping[str, Any]) -> None:
    found = marks(proof, {**SENT, **change})
    assert {name for name, verdict in found.items() if verdict == "WRONG"} - {"prompt", "tokens"} | {field} == {field}
    assert found[field] == "WRONG"


def test_what_was_sent_lies_between_static_text_and_holes(proof: Mapping[str, ModuleType]) -> None:
    program = PROGRAM.replace('"Name a city."', 'f"Name a city {place}."')
    compare = proof["compare"]
    for text, verdict in (("Name a city in Wales.", "equal"), ("Name a city by a lake in the north of Wales.", "equal"), ("a.", "WRONG")):
        recording = proof["server"].Recording(("ok",))
        for _ in range(2):
            recording.take(PATH, {**SENT, "messages": [SENT["messages"][0], {"role": "user", "content": text}]})
        assert compare.compare(compare.read({"app.py": program}), recording)["tokens"].verdict == verdict, text


def test_what_follows_an_answer_is_conversation(proof: Mapping[str, ModuleType]) -> None:
    more = [{"role": "assistant", "content": "Oslo."}, {"role": "user", "content": "Are you sure?"}]
    recording = proof["server"].Recording(("ok",))
    recording.take(PATH, SENT)
    recording.take(PATH, {**SENT, "messages": [*SENT["messages"], *more]})
    compare = proof["compare"]
    assert compare.compare(compare.read({"app.py": PROGRAM}), recording)["tokens"].verdict == "equal"
    first = proof["sent"].sent(recording.requests[1])
    assert first.own == ("Be brief.", "Name a city.") and first.texts[2:] == ("Oslo.", "Are you sure?")


CREW = """\
from crewai import Agent, Crew, Task

one = Agent(role="Cook", goal="Cook", backstory="Born in Lyon.", llm="openai/gpt-4.1-mini", max_iter=1)
soup = Task(description="Make a soup.", expected_output="A soup.", agent=one)
fish = Task(description="Fry a fish.", expected_output="A fish.", agent=one)
Crew(agents=[one], tasks=[soup, fish]).kickoff()
"""


@pytest.mark.parametrize(
    ("asked", "script", "wrong"),
    [
        (["Make a soup. A soup.", "Fry a fish. A fish."], ("ok",), set()),
        (["Make a soup. A soup."], ("ok",), {"requests"}),
        (["Make a soup. A soup."] * 2 + ["Fry a fish. A fish."] * 3, ("ok",), {"requests"}),
        (["Make a soup. A soup."] * 2 + ["Fry a fish. A fish."] * 2, ("tools",), set()),
        (["Make a soup. A soup."] * 2 + ["Fry a fish. A fish."], ("tools",), {"requests"}),
        (["Make a soup. A soup.", "Fry a fish. A fish.", "Say that again."], ("ok",), set()),
        (["Make a soup. A soup.", "Say that again."], ("ok",), {"prompt", "tokens"}),
        (["Make a soup. A soup.", "Fry a fish. A fish.", "Fry a dish."], ("ok",), set()),
    ],
)
def test_a_run_of_several_agents(
    proof: Mapping[str, ModuleType], asked: list[str], script: tuple[str, ...], wrong: set[str]
) -> None:
    recording = proof["server"].Recording(script)
    for text in asked:
        own = "You are Cook. Born in Lyon. Your goal: Cook. " if text.endswith((" soup.", " fish.")) else ""
        recording.take(PATH, {"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": own + text}]})
    compare = proof["compare"]
    found = compare.compare(compare.read({"app.py": CREW}), recording)
    assert {field for field, mark in found.items() if mark.verdict == "WRONG"} == wrong


@pytest.mark.parametrize(
    ("script", "code", "verdict"),
    [(("ok",), 0, "equal"), (("ok",), 1, "WRONG"), (("ok",), None, "WRONG"), (("500",), 1, "equal"), (("500", "ok"), 1, "WRONG")],
)
def test_a_program_that_is_answered_ends_well(
    proof: Mapping[str, ModuleType], script: tuple[str, ...], code: int | None, verdict: str
) -> None:
    recording = proof["server"].Recording(script)
    for _ in script:
        recording.take(PATH, SENT)
    assert proof["compare"].ended(recording, code, "Traceback\nTypeError: no").verdict == verdict


def test_a_tool_counts_as_the_answers_form_only_where_it_must_be_called(proof: Mapping[str, ModuleType]) -> None:
    program = PROGRAM.partition("        tools=")[0] + "        response_format=Answer,\n    )\n"
    program = "class Answer:\n    text: str\n" + program
    compare = proof["compare"]
    for choice, verdict in (("required", "equal"), ("auto", "WRONG")):
        recording = proof["server"].Recording(("ok",))
        recording.take(PATH, {**SENT, "tool_choice": choice})
        assert compare.compare(compare.read({"app.py": program}), recording)["tools"].verdict == verdict

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
    programs = proof["catalogue"].programs(())
    counts = proof["catalogue"].counts(programs)
    assert len(programs) >= 60
    assert counts["SDKs and frameworks"] >= 12
    assert counts["with 429, 500 or timeouts"] >= 20
    assert counts["agents"] >= 15
    assert counts["with wrappers or models from configuration"] >= 10
    assert all((HERE / "requirements" / f"{program.env}.txt").is_file() for program in programs)


def test_no_two_programs_have_one_shape(proof: Mapping[str, ModuleType]) -> None:
    seen: dict[str, str] = {}
    for program in proof["catalogue"].programs(()):
        assert program.shape not in seen, f"{program.name} is {seen[program.shape]} with other names and values"
        seen[program.shape] = program.name


def test_the_shape_is_what_stands_apart_from_names_and_values(proof: Mapping[str, ModuleType], tmp_path: Path) -> None:
    shapes = []
    for text in ("import a\na.b(c=1)\n", "import a\n# more\na.b(c=22)\n", "import a\na.b(d=1)\n", "import e\na.b(c=1)\n", "import a\na.f(c=1)\n"):
        (tmp_path / "p.py").write_text(text)
        shapes.append(proof["catalogue"].Program("p", tmp_path / "p.py", "core", ("ok",)).shape)
    assert shapes[0] == shapes[1] and len(set(shapes)) == 4


def test_a_recording_holds_as_long_as_the_program(proof: Mapping[str, ModuleType], tmp_path: Path) -> None:
    import argparse

    run, main = proof["run"], tmp_path / "p.py"
    options = argparse.Namespace(environments=tmp_path, recordings=tmp_path / "kept")
    (tmp_path / "core" / "bin").mkdir(parents=True)
    (tmp_path / "core" / "bin" / "python").symlink_to(sys.executable)
    pinned = HERE / "requirements" / "core.txt"
    (tmp_path / "core" / "installed.txt").write_text(pinned.read_text("utf-8"), "utf-8")
    sending = "# env: core\nimport os, urllib.request\nurllib.request.urlopen(os.environ['PROOF_URL'] + '/v1/{}', b'{{}}')\n"
    paths = []
    for ask in ("first", "first", "second"):
        main.write_text(sending.format(ask))
        recording, ending = run.recorded(proof["catalogue"].Program("a/p", main, "core", ("ok",)), options)
        assert ending.code == 0, ending
        paths += [request.path for request in recording.requests]
    assert paths == ["/v1/first", "/v1/first", "/v1/second"]
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_known_differences_have_a_program_a_field_and_a_reason(proof: Mapping[str, ModuleType]) -> None:
    run = proof["run"]
    names = {program.name for program in run.programs(())}
    known = run.load(run.KNOWN.read_text("utf-8"), "known.yaml")
    assert isinstance(known, dict)
    assert known.keys() <= names
    for fields in known.values():
        assert fields
        assert fields.keys() <= set(proof["compare"].FIELDS)
        assert all(isinstance(reason, str) and len(reason) > 10 for reason in fields.values())
