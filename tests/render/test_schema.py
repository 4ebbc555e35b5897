"""The TypedDicts and the published schema say the same; a saved report is read with suspicion."""

from __future__ import annotations

import json
import re
from types import NoneType, UnionType
from typing import Any, NotRequired, get_args, get_origin, get_type_hints

import pytest

from costgate.model import report as contract
from costgate.model.call import KINDS
from costgate.model.error import UserError
from costgate.model.finding import CONFIDENCES, SEVERITIES, STATES
from costgate.model.money import BASES
from costgate.model.report import Report
from costgate.model.snapshot import CHANGE_KINDS
from costgate.render import load, render
from costgate.render.load import load_report, report_schema

SCHEMA = report_schema()
TYPES: dict[str, Any] = {
    name: kind for name, kind in vars(contract).items() if name.endswith("Doc") or name == "Report"
}
DEFINED = {
    "AllTotalsDoc": "all_totals",
    "PromptPartDoc": "prompt_part",
    "CostLineDoc": "cost_line",
    "PromptHoleDoc": "prompt_hole",
    "PriceBookDoc": "price_book",
    "WorkloadDeltaDoc": "workload_delta",
    "WorkloadLineDoc": "workload_line",
}
"""Where a definition is not named after its type in lower case; a range has three: of tokens, money, any unit."""


def definition(name: str) -> dict[str, Any]:
    if name == "Report":
        return SCHEMA
    found: dict[str, Any] = SCHEMA["$defs"][DEFINED.get(name, name.removesuffix("Doc").lower())]
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def branches(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The alternatives of a schema, each of a single type."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return [one for branch in schema["anyOf"] for one in branches(branch)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": kind} for kind in schema["type"]]
    if "const" in schema:
        return [{"type": "string"}]
    return [schema]


NAMES = {str: "string", int: "integer", bool: "boolean", NoneType: "null", list: "array", dict: "object"}


def agree(hint: Any, schema: dict[str, Any], where: str) -> None:
    options = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    if Any in options:
        return
    expected = {NAMES.get(get_origin(option) or option, "object") for option in options}
    assert {branch["type"] for branch in branches(schema)} == expected, where
    for option in options:
        if get_origin(option) is list:
            array = next(branch for branch in branches(schema) if branch["type"] == "array")
            agree(get_args(option)[0], array["items"], f"{where}[]")
        elif getattr(option, "__name__", "") in TYPES and option is not contract.RangeDoc:
            target = next(branch for branch in branches(schema) if branch["type"] == "object")
            assert target is definition(option.__name__), where


def required(kind: Any) -> set[str]:
    """`__required_keys__` does not see through annotations that are kept as text."""
    hints = get_type_hints(kind, include_extras=True)
    return {field for field, hint in hints.items() if get_origin(hint) is not NotRequired}


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"RangeDoc"}))
def test_type_and_schema_agree(name: str) -> None:
    schema, hints = definition(name), get_type_hints(TYPES[name])
    assert set(schema["properties"]) == set(hints)
    assert set(schema["required"]) == required(TYPES[name])
    for field, hint in hints.items():
        agree(hint, schema["properties"][field], f"{name}.{field}")


@pytest.mark.parametrize("name", ["tokens", "amount", "quantity"])
def test_ranges_agree(name: str) -> None:
    schema = SCHEMA["$defs"][name]
    assert set(schema["properties"]) == set(schema["required"]) == set(get_type_hints(contract.RangeDoc))
    ends = {branch["type"] for field in ("low", "likely", "high") for branch in branches(schema["properties"][field])}
    assert ends <= {"integer", "string", "null"}


def test_closed_vocabularies_are_the_models() -> None:
    defs = SCHEMA["$defs"]
    assert set(defs["basis"]["enum"]) == set(BASES)
    assert set(defs["finding"]["properties"]["severity"]["enum"]) == set(SEVERITIES)
    assert set(defs["finding"]["properties"]["state"]["enum"]) == set(STATES)
    assert set(defs["rule"]["properties"]["confidence"]["enum"]) == set(CONFIDENCES)
    assert set(defs["change"]["properties"]["kind"]["enum"]) == set(CHANGE_KINDS)
    assert all(len(kind) <= defs["call"]["properties"]["kind"]["maxLength"] for kind in KINDS)


def test_every_definition_is_used_and_is_valid() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(SCHEMA)
    used = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(SCHEMA)))
    assert used == set(SCHEMA["$defs"])


@pytest.mark.parametrize("fixture", ["audit_report", "diff_report", "check_report", "unchanged_report", "priced_report"])
def test_saved_report_comes_back_the_same(fixture: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(fixture)
    text = render(report, "json")
    again = load_report(text, "report.json")
    assert render(again, "json") == text
    assert {name: again[name] for name in ("provenance", "totals", "verdict")} == {
        name: report[name] for name in ("provenance", "totals", "verdict")
    }


def test_unknown_fields_are_let_through(audit_report: Report) -> None:
    later = {**audit_report, "forecast": {"month": "12"}}
    later["calls"] = [{**call, "colour": "blue"} for call in audit_report["calls"]]
    again = load_report(json.dumps(later), "report.json")
    assert "forecast" in render(again, "json")


def broken(report: Report, path: str, value: Any) -> str:
    document = json.loads(json.dumps(report))
    *steps, last = path.split("/")
    spot = document
    for step in steps:
        spot = spot[int(step) if step.isdigit() else step]
    spot[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("verdict/result", "great"),
        ("calls/0/line", "3"),
        ("calls/0/line", 3.0),
        ("calls/0/line", -1),
        ("calls/0/counted", 1),
        ("calls/0/cost_per_call/low", 0.1),
        ("calls/0/cost_per_call/low", "1E+999999"),
        ("calls/0/cost_per_call/low", "NaN"),
        ("calls/1/cost_per_call/high", None),
        ("calls/0/input_tokens/low", 10**30),
        ("findings/0/rule", ""),
        ("findings/0/line_hash", "zz"),
        ("provenance/head_sha", "main --> <script>"),
        ("provenance/currency", "$$$"),
        ("provenance/run_order", -5),
        ("tool", None),
        ("changes", {}),
    ],
)
def test_what_breaks_the_contract_is_refused(audit_report: Report, path: str, value: Any) -> None:
    load_report(json.dumps(audit_report), "saved.json")
    with pytest.raises(UserError) as caught:
        load_report(broken(audit_report, path, value), "saved.json")
    assert caught.value.where == "saved.json"
    assert path.split("/")[0] in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 200_000, "not a report"),
        ("[1" + "0" * 5000 + "]", "not a report"),
        ('{"schema": NaN}', "not a report"),
        ('{"schema": "costgate.report/1", "x": 1e999}', "not a report"),
        ("[]", "not a costgate report"),
        ('{"schema": 1}', "not a costgate report"),
        ('{"schema": "other/1"}', "not a costgate report"),
        ('{"schema": "costgate.report/1"}', "required property"),
    ],
)
def test_what_is_no_report_is_refused(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_report(text, "saved.json")


def test_a_newer_report_says_upgrade() -> None:
    with pytest.raises(UserError) as caught:
        load_report('{"schema": "costgate.report/2"}', "saved.json")
    assert str(caught.value) == (
        "saved.json: the report is costgate.report/2, this version reads costgate.report/1 (upgrade costgate)"
    )


def test_an_oversized_report_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "SIZE", 1024 * 1024)
    with pytest.raises(UserError, match="over 1 MiB"):
        load_report("{" * (1024 * 1024 + 1), "saved.json")
