"""Every shipped SDK and retry-library file: valid, complete, and made of words that the rest of the house knows."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from costgate.knowledge.providers import provider_id
from costgate.knowledge.sdks import Knowledge, schema_error
from costgate.knowledge.strict import load
from costgate.model.call import KINDS, ROLES

KNOWLEDGE = Path(__file__).parents[2] / "costgate" / "knowledge"
FILES = sorted((*(KNOWLEDGE / "sdks").glob("*.yaml"), *(KNOWLEDGE / "retries").glob("*.yaml")))
OF_NO_CALL = {"model-object", "agent"}


def parsed(path: Path) -> Any:
    return load(path.read_text(encoding="utf-8"), path.name)


def examples() -> Iterator[Any]:
    for path in FILES:
        for number, example in enumerate(parsed(path).get("examples", ())):
            yield pytest.param(example, id=f"{path.stem}-{number}")


def schema() -> Any:
    return json.loads((KNOWLEDGE / "sdk.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_file_is_valid_and_named_after_its_content(path: Path) -> None:
    data = parsed(path)
    error = schema_error(data)
    assert error is None, f"{list(error.absolute_path)}: {error.message}"
    assert data["sdk" if path.parent.name == "sdks" else "library"] == path.stem
    assert {"distribution", "modules", "checked"} <= data.keys(), "only a team's own file may leave them out"
    assert path.parent.name == "retries" or data["examples"]
    first, second = path.read_text(encoding="utf-8").splitlines()[:2]
    assert first == f"# yaml-language-server: $schema=../{'sdk' if path.parent.name == 'sdks' else 'retry'}.schema.json"
    assert second


def test_there_are_files_of_both_kinds() -> None:
    assert {path.parent.name for path in FILES} == {"sdks", "retries"}


def test_schema_knows_exactly_our_roles_and_kinds() -> None:
    defined = schema()["$defs"]
    assert set(defined["role"]["enum"]) == {*ROLES, "provider"}
    assert set(defined["kind"]["enum"]) == set(KINDS) - OF_NO_CALL
    assert set(defined["object"]["properties"]["site"]["enum"]) == OF_NO_CALL
    named = set(defined["example"]["properties"]["sees"]["items"]["propertyNames"]["enum"])
    assert named == {*ROLES, "provider", "line", "kind", "attempts"} - {"retries"}


def test_providers_are_known(shipped: Knowledge) -> None:
    named = {sdk["provider"] for sdk in shipped["sdks"].values() if "provider" in sdk}
    for entries in shipped["symbols"].values():
        named |= {entry["provider"] for entry in entries if "provider" in entry}
    assert {provider for provider in named if provider_id(provider) is None} == set()


def test_every_call_says_its_kind(shipped: Knowledge) -> None:
    functions = [each for entries in shipped["symbols"].values() for each in entries if each["what"] == "call"]
    calls = [call for kind in shipped["objects"].values() for call in kind["calls"].values()]
    assert {each.get("kind") for each in (*functions, *calls)} <= set(KINDS)


def test_a_retry_number_always_says_what_it_counts(shipped: Knowledge) -> None:
    entries = [each for claims in shipped["symbols"].values() for each in claims if "args" in each]
    defaults = [entry["defaults"]["retries"] for entry in entries if "retries" in entry["defaults"]]
    assert all("counts" in default for default in defaults if default)  # an empty one is set elsewhere
    uncounted = [
        entry
        for entry in entries
        if "retries" in entry["args"]
        and "retries" not in entry["defaults"]
        and not all(keyword in entry.get("counts", {}) for keyword in entry["args"]["retries"])
    ]
    not_a_number = {"openrouter.client"}
    not_measured = {entry["sdk"] for entry in uncounted if entry["what"] == "call"}
    assert {entry["object"] for entry in uncounted if entry["what"] == "object"} <= not_a_number
    assert not_measured <= {"litellm"}


def test_paths_of_calls_and_free_paths_do_not_meet(shipped: Knowledge) -> None:
    for name, kind in shipped["objects"].items():
        assert not set(kind["calls"]) & set(kind["free"]), name
        assert not set(kind["calls"]) & set(kind["same"]), name


@pytest.mark.parametrize("example", list(examples()))
def test_example_is_python_and_its_lines_begin_calls(example: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        tree = ast.parse(example["code"])
    lines = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert {entry["line"] for entry in example["sees"]} <= lines
    assert {entry["kind"] for entry in example["sees"]} <= set(KINDS)
