"""The examples in the SDK and retry files, read by the real reader: exactly these entries, with these values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from costgate.gate import report_of_files
from costgate.judge.document import document
from costgate.knowledge.strict import load

KNOWLEDGE = Path(__file__).parents[2] / "costgate" / "knowledge"
PROVENANCE: Any = {}
UNREAD = {
    "ag2-0": "a config object that is not an object of the SDK data",
    "agent-framework-0": "a client made through a method of a client",
    "agno-0": "settings of a model that an agent run inherits",
    "any-llm-1": "the provider in an argument of its own",
    "autogen-agentchat-0": "a team's participants in a list",
    "crewai-0": "a crew's agents in a list",
    "crewai-1": "three layers of retries through a crew",
    "dspy-0": "a module called as a function",
    "fhaviary-0": "a selector called as a function",
    "guardrails-0": "a guard called as a function",
    "langchain-classic-0": "a turn limit that is lifted by None",
    "langchain-classic-1": "settings of a model inside a chain",
    "langgraph-0": "settings of a model inside a graph",
    "litellm-1": "a default that depends on the provider",
    "llama-index-0": "an engine made from an index",
    "portkey-0": "a provider behind a gateway",
    "smolagents-0": "retries built into the SDK",
    "strands-0": "an agent called as a function",
    "dramatiq-0": "a layer whose bound has a default",
}
"""What the reader does not follow yet, by example; each entry must really fail (strict)."""
FIXED = ("line", "kind", "provider", "attempts")


def cases() -> Iterator[Any]:
    for folder in ("sdks", "retries"):
        for path in sorted((KNOWLEDGE / folder).glob("*.yaml")):
            data = load(path.read_text(encoding="utf-8"), path.name)
            for number, example in enumerate(data.get("examples", ())):
                name = f"{path.stem}-{number}"
                marks = [pytest.mark.xfail(reason=UNREAD[name], strict=True)] if name in UNREAD else []
                yield pytest.param(example, id=name, marks=marks)


def shown(value: Any) -> Any:
    """A value of the report as an example writes it."""
    if isinstance(value, Mapping) and "state" in value:
        return value["values"][0] if value["state"] == "known" and len(value["values"]) == 1 else value["state"]
    return value


def attempts(call: Mapping[str, Any]) -> Any:
    return "unbounded" if call["retries"]["unbounded"] else call["retries"]["product"]


@pytest.mark.parametrize("example", list(cases()))
def test_reader_sees_what_the_example_says(example: Any) -> None:
    measured, judged = report_of_files({"app.py": example["code"]})
    calls: Any = document(judged, measured, PROVENANCE, {"name": "costgate", "version": "0"})["calls"]
    found = sorted((call["line"], call["kind"]) for call in calls)
    assert found == sorted((entry["line"], entry["kind"]) for entry in example["sees"])
    for entry in example["sees"]:
        (call, *_) = [each for each in calls if (each["line"], each["kind"]) == (entry["line"], entry["kind"])]
        if "provider" in entry:
            assert call["provider"] == entry["provider"]
        if "attempts" in entry:
            assert attempts(call) == entry["attempts"], call["retries"]
        for role in entry:
            if role not in FIXED and role != "prompt" and role in call:
                said = "absent" if entry[role] == "unbounded" else entry[role]
                assert str(shown(call[role])) == str(said), role
