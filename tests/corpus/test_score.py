"""The score of a report against labels: what counts as found, false, right and worse."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts" / "score_corpus.py"
_SPEC = importlib.util.spec_from_file_location("score_corpus", _SCRIPT)
assert _SPEC is not None and _SPEC.loader is not None
score_corpus = importlib.util.module_from_spec(_SPEC)
sys.modules["score_corpus"] = score_corpus
_SPEC.loader.exec_module(score_corpus)

PACKAGE = {"name": "demo", "own_sdk": "demo", "covers": [{"path": "demo/llm"}]}
KNOWN = frozenset({"openai"})


def entry(line: int = 3, **other: Any) -> dict[str, Any]:
    return {
        "file": "demo/llm/a.py",
        "line": line,
        "callee": "client.chat.completions.create",
        "kind": "chat",
        "sdk": "openai",
        "model": {"state": "known", "values": ["gpt-4.1"]},
        "output_cap": "absent",
        "retry": "none",
        "loop": "none",
        **other,
    }


def value(state: str = "absent", *values: Any) -> dict[str, Any]:
    return {"state": state, "values": list(values), "origin": "argument", "why": None, "trail": []}


def call(line: int = 3, **other: Any) -> dict[str, Any]:
    return {
        "path": "demo/llm/a.py",
        "line": line,
        "callee": "client.chat.completions.create",
        "sdk": "openai",
        "via": None,
        "model": value("known", "gpt-4.1"),
        "output_limit": value(),
        "retries": {"layers": [], "product": 1, "unbounded": False},
        "context": {"loop": None},
        "prompt": None,
        **other,
    }


def counts(entries: list[Any], calls: list[Any], neutral: list[Any] | None = None) -> Any:
    labels = {"entries": entries, "neutral": neutral or []}
    return score_corpus.score(labels, PACKAGE, {"calls": calls}, KNOWN).counts


def test_found_and_right() -> None:
    made = counts([entry()], [call()])
    assert made["found"] == made["model_right"] == made["cap_right"] == made["retry_right"] == made["loop_right"] == 1
    assert made["false"] == made["model_wrong"] == made["cap_falsely_absent"] == 0


def test_a_call_on_another_line_is_missed_and_false() -> None:
    made = counts([entry()], [call(line=4)])
    assert (made["found"], made["false"]) == (0, 1)


def test_neutral_lines_are_neither() -> None:
    assert counts([], [call()], [{"file": "demo/llm/a.py", "line": 3}])["false"] == 0


@pytest.mark.parametrize(
    "other", [{"via": "body"}, {"sdk": "demo"}, {"sdk": "vllm"}, {"path": "demo/web/a.py"}, {"path": "demo/llm/test_a.py"}]
)
def test_what_is_not_scored(other: dict[str, Any]) -> None:
    assert counts([], [call(**other)])["false"] == 0


def test_two_calls_on_one_line_are_told_apart_by_what_is_called() -> None:
    entries = [entry(callee="a.create", output_cap="set"), entry(callee="a.parse")]
    calls = [call(callee="a.parse"), call(callee="a.create", output_limit=value("known", 9))]
    assert counts(entries, calls)["cap_right"] == 2


@pytest.mark.parametrize(
    ("label", "model", "figure"),
    [
        ({"state": "known", "values": ["gpt-4.1"]}, value("known", "gpt-4.1-mini"), "model_wrong"),
        ({"state": "known", "values": ["openai/gpt-4.1"]}, value("known", "gpt-4.1"), "model_right"),
        ({"state": "known", "values": ["a", "b"], "more": True}, value("known", "a", "z"), "model_right"),
        ({"state": "unknown"}, value("known", "gpt-4.1"), "model_invented"),
    ],
)
def test_models(label: dict[str, Any], model: dict[str, Any], figure: str) -> None:
    assert counts([entry(model=label)], [call(model=model)])[figure] == 1


@pytest.mark.parametrize(
    ("label", "limit", "right", "falsely"),
    [
        ({"output_cap": "set", "output_cap_value": 9}, value("known", 9), 1, 0),
        ({"output_cap": "set", "output_cap_value": 9}, value("known", 8), 0, 0),
        ({"output_cap": "unknown"}, value("known", 9, None), 1, 0),
        ({"output_cap": "unknown"}, value(), 0, 1),
        ({"output_cap": "absent"}, value("unknown"), 0, 0),
    ],
)
def test_caps(label: dict[str, Any], limit: dict[str, Any], right: int, falsely: int) -> None:
    made = counts([entry(**label)], [call(output_limit=limit)])
    assert (made["cap_right"], made["cap_falsely_absent"]) == (right, falsely)


def layer(attempts: int | None, unbounded: bool | None, line: int | None) -> dict[str, Any]:
    return {"what": "x", "attempts": attempts, "unbounded": unbounded, "path": None if line is None else "a.py", "line": line}


@pytest.mark.parametrize(
    ("layers", "want"),
    [
        ([layer(3, False, None)], "none"),
        ([layer(3, False, 7)], "bounded"),
        ([layer(3, False, 7), layer(None, None, 8)], "unknown"),
        ([layer(None, None, 8), layer(None, True, 9)], "unbounded"),
    ],
)
def test_only_written_retries_count(layers: list[Any], want: str) -> None:
    retries = {"layers": layers, "product": None, "unbounded": None}
    assert counts([entry(retry=want)], [call(retries=retries)])["retry_right"] == 1


def test_ratchet_names_what_fell() -> None:
    made = score_corpus.score({"entries": [entry()], "neutral": []}, PACKAGE, {"calls": [call(line=9)]}, KNOWN)
    kept = {"demo": {"found": 1, "false": 0, "entries": 1}, "gone": {"found": 3}}
    assert score_corpus.fallen({"demo": made}, kept) == ["demo: found was 1, is 0", "demo: false was 0, is 1"]
