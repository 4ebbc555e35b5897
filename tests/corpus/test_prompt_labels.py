"""The calls that are labelled for their prompts alone: their form, their pins, and, where the code is unpacked, the lines they name."""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import yaml

from tests.corpus.test_labels import CODE, SCHEMA, text_starts

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))
from score_prompts import score_prompts  # noqa: E402 - scripts are no package

FOLDER = HERE / "prompts"
PINS = {each["name"]: each for each in yaml.safe_load((FOLDER / "packages.yaml").read_text("utf-8"))["packages"]}
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.stem != "packages")
KEYS = ("file", "line", "callee", "prompt_static", "prompt_sources", "note")
ENTRY = {
    "type": "object",
    "required": ["file", "line", "callee", "prompt_static"],
    "additionalProperties": False,
    "properties": {**{key: SCHEMA["$defs"]["entry"]["properties"][key] for key in KEYS}, "caller": {"const": True}},
    "if": {"properties": {"prompt_static": {"const": "none"}}},
    "then": {"not": {"required": ["prompt_sources"]}},
    "else": {"required": ["prompt_sources"]},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_label_file(path: Path) -> None:
    labels = yaml.safe_load(path.read_text("utf-8"))
    assert (labels["package"], labels["version"]) == (path.stem, PINS[path.stem]["version"])
    check = jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], "type": "array", "items": ENTRY})
    assert [error.message for error in check.iter_errors(labels["entries"])] == []
    keys = [(entry["file"], entry["line"], entry["callee"]) for entry in labels["entries"]]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_labels_name_calls_and_texts(path: Path) -> None:
    folder = CODE / path.stem
    if not folder.is_dir():
        pytest.skip("the corpus is not unpacked; scripts/fetch_corpus.py does it")
    texts: dict[str, set[int]] = {}
    for entry in yaml.safe_load(path.read_text("utf-8"))["entries"]:
        nodes = ast.walk(ast.parse((folder / entry["file"]).read_text("utf-8")))
        assert entry["line"] in {node.lineno for node in nodes if isinstance(node, ast.Call)}, entry
        for source in entry.get("prompt_sources", ()):
            starts = texts.setdefault(source["file"], text_starts(folder / source["file"]))
            assert source["line"] in starts, source


def test_every_pin_has_labels() -> None:
    assert {path.stem for path in FILES} == set(PINS)


PROMPTS = '''SYSTEM = "You are brief and never wrong."
TASK = """
Sum up {text} in a few plain words, and say nothing else.
"""
'''


def scored(tmp_path: Path, calls: list[dict[str, Any]], entry: dict[str, Any]) -> Counter[str]:
    (tmp_path / "prompts.py").write_text(PROMPTS, "utf-8")
    result = SimpleNamespace(counts=Counter(), notes=defaultdict(list))
    wanted = [{"file": "prompts.py", "line": line, "role": role} for line, role in ((1, "system"), (2, "user"))]
    entries = [{"file": "app.py", "line": 9, "callee": "ask", "prompt_static": "some", "prompt_sources": wanted, **entry}]
    score_prompts({"entries": entries}, {"calls": calls}, tmp_path, result)
    return result.counts


def call(line: int, *sources: tuple[int, int], via: str | None = None) -> dict[str, Any]:
    told = [{"path": "prompts.py", "line": at, "tokens": tokens} for at, tokens in sources]
    return {"path": "app.py", "line": line, "via": via, "model": {"values": ["gpt-4.1"]}, "prompt": {"sources": told}}


def test_sources_of_a_call_that_is_not_found_are_missed(tmp_path: Path) -> None:
    counts = scored(tmp_path, [call(7, (1, 7))], {})
    assert (counts["sources"], counts["sources_found"]) == (2, 0)


def test_a_caller_in_the_middle_is_told_by_those_further_out(tmp_path: Path) -> None:
    calls = [call(3, (1, 7), via="llm.py::ask"), call(4, (2, 14), via="llm.py::ask")]
    counts = scored(tmp_path, calls, {"caller": True})
    assert (counts["sources"], counts["sources_found"], counts["sources_beyond"]) == (2, 2, 0)
    assert scored(tmp_path, calls, {})["sources_found"] == 0


def test_a_template_is_sized_without_its_fields(tmp_path: Path) -> None:
    right, wrong = ((scored(tmp_path, [call(9, (1, 7), (2, size))], {})) for size in (15, 24))
    assert (right["sized"], right["sized_right"]) == (2, 2)
    assert (wrong["sized"], wrong["sized_right"]) == (2, 1)


def test_a_source_that_several_callers_send_is_sized_once(tmp_path: Path) -> None:
    calls = [{**call(9, (1, 7), (2, size), via="llm.py::ask"), "model": {"values": [model]}} for model, size in (("gpt-4", 15), ("gpt-4.1", 14))]
    counts = scored(tmp_path, calls, {"caller": True})
    assert (counts["sources_found"], counts["sized"], counts["sized_right"]) == (2, 2, 2)
