"""The quick look at a saved report says what the full validator says, of whatever somebody makes of one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from costgate.render.conforms import compiled
from costgate.render.load import load_report, report_schema

SAVED = json.loads((Path(__file__).parent / "snapshots" / "report.json").read_text("utf-8"))
WHOLE = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, one: isinstance(one, int) and not isinstance(one, bool))
FULL = extend(Draft202012Validator, type_checker=WHOLE)
JUNK = [None, True, False, 0, 1, -1, 2.5, 10**30, "", "x", "CG101", "1.5", "2026-01-01", "ab" * 20, "x" * 9000, [], ["x"], [None], {}, {"x": 1}]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in places(each, (*path, key)))]


PLACES = [path for path in places(SAVED) if path]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_same_as_the_full_validator(data: Any) -> None:
    document = copy.deepcopy(SAVED)
    path = data.draw(st.sampled_from(PLACES))
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if isinstance(holder, dict) and data.draw(st.booleans()):
        del holder[path[-1]]
    else:
        holder[path[-1]] = data.draw(st.sampled_from(JUNK))
    schema = report_schema()
    assert compiled(schema)(document) is FULL(schema).is_valid(document), path


@pytest.mark.parametrize("document", [*JUNK, SAVED])
def test_whole_documents(document: Any) -> None:
    schema = report_schema()
    assert compiled(schema)(document) is FULL(schema).is_valid(document)


SCHEMAS: list[dict[str, Any]] = [
    {"type": ["integer", "null"], "minimum": 0, "maximum": 1},
    {"type": "number", "minimum": 1},
    {"enum": [1, "x", None]},
    {"const": True},
    {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}}]},
    {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"], "additionalProperties": False},
    {"additionalProperties": {"type": "string"}},
    {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[a-z]+$"},
    {"if": {"type": "string"}, "then": {"minLength": 3}, "else": {"type": "null"}},
    {"if": {"const": 1}, "then": {"type": "string"}},
    {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/$defs/a"}}]}}},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_each_keyword(schema: dict[str, Any]) -> None:
    for document in [*JUNK, {"x": "y"}, {"x": 1, "y": 2}, [[None], None], 1.0]:
        assert compiled(schema)(document) is FULL(schema).is_valid(document), document


@pytest.mark.parametrize("schema", [{"not": {}}, {"oneOf": []}, {"enum": [[1]]}, {"properties": {"x": {"uniqueItems": True}}}])
def test_what_it_does_not_know_it_does_not_guess(schema: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        compiled(schema)


def test_a_good_report_loads_no_validator() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from costgate.render.load import load_report; "
        f"load_report(open({str(Path(__file__).parent / 'snapshots' / 'report.json')!r}, encoding='utf-8').read(), 'x'); "
        "sys.exit('jsonschema' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
    assert load_report(json.dumps(SAVED), "x")["schema"] == "costgate.report/1"
