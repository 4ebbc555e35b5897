"""The JSON Schema of a rule file, made from the table of facts, so that an editor marks a misspelt path."""

from __future__ import annotations

import json
from typing import Any

from costgate.model.call import ROLES
from costgate.model.finding import CONFIDENCES, SEVERITIES
from costgate.model.workload import LEVERS
from costgate.policy.fact import Fact
from costgate.policy.facts import VISIBLE, table
from costgate.policy.operators import ENDS, LISTED, TYPE_OPERATORS
from costgate.policy.predicates import OFFERED, PREDICATES
from costgate.policy.settings import TYPES

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PERSONAS = ("default", "strict", "auditor")
SCALAR = {"type": ["string", "integer", "number", "boolean"]}
TEXT = {"type": "string", "minLength": 1}
FIELDS = (
    "id",
    "name",
    "since",
    "severity",
    "confidence",
    "persona",
    "enforced",
    "lever",
    "summary",
    "why",
    "fix",
    "params",
    "match",
    "message",
    "repair",
    "examples",
)
"""The keys of a rule file, in the order they are written in."""


def rule_schema() -> dict[str, Any]:
    """The schema of one rule file."""
    return {
        "$schema": DRAFT,
        "$id": "costgate/rule.schema.json",
        "title": "A rule of costgate",
        **_object(_fields(), ("id", "name", "severity", "confidence", "summary", "why", "fix", "match", "message")),
        "$defs": {
            "condition": _single(_conditions(), "One condition: all, any, not, some, every, predicate, or one fact."),
            "match": {
                **_object({"each": {"enum": sorted(VISIBLE)}, **_conditions()}, ("each",)),
                "description": "What the rule is asked about, and one condition.",
                "minProperties": 2,
                "maxProperties": 2,
            },
            "quantifier": _object(
                {"of": {"enum": _paths("list")}, "where": {"$ref": "#/$defs/condition"}}, ("of", "where")
            ),
            "param": _parameter(),
            "files": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}},
            "example": _example(),
            **{f"{name}_test": _tests(name) for name in TYPE_OPERATORS},
            **_operands(),
        },
    }


def schema_text() -> str:
    """The schema as its file has it."""
    return json.dumps(rule_schema(), indent=1, ensure_ascii=False) + "\n"


def _fields() -> dict[str, Any]:
    examples = {"type": "array", "items": {"$ref": "#/$defs/example"}}
    return {
        "id": {"title": "capital letters and three or four digits, as in ACME001", "type": "string", "pattern": "^[A-Z]{2,8}[0-9]{3,4}$"},
        "name": {
            "title": "words in small letters joined by -",
            "type": "string",
            "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
            "maxLength": 40,
            "description": 'Names the bad thing, and reads well after "allow".',
        },
        "since": TEXT,
        "severity": {"enum": list(SEVERITIES)},
        "confidence": {"enum": list(CONFIDENCES)},
        "persona": {"enum": list(PERSONAS), "description": "From which reader on the rule is shown."},
        "enforced": {"type": "boolean", "description": "An ignore that a change adds does not count."},
        "lever": {"enum": list(LEVERS), "description": "What mends it: the report says what that would save."},
        "summary": {**TEXT, "maxLength": 100},
        "why": TEXT,
        "fix": TEXT,
        "params": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
            "additionalProperties": {"$ref": "#/$defs/param"},
        },
        "match": {"$ref": "#/$defs/match"},
        "message": {
            **TEXT,
            "description": "Filled in with {fact.path} and {$parameter}; nothing is computed. "
            "A [part around one {fact.path}] is left out where that is not set.",
        },
        "repair": _repair(),
        "examples": _object({"bad": examples, "good": examples}, ("bad", "good")),
    }


def _conditions() -> dict[str, Any]:
    several = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}
    return {
        "all": several,
        "any": several,
        "not": {"$ref": "#/$defs/condition"},
        "some": {"$ref": "#/$defs/quantifier"},
        "every": {"$ref": "#/$defs/quantifier"},
        "predicate": {
            "title": f"one of {', '.join(sorted(PREDICATES))}, or distribution:predicate",
            "anyOf": [{"enum": sorted(PREDICATES)}, {"type": "string", "pattern": OFFERED, "maxLength": 200}],
        },
        **{path: _reference(fact) for path, fact in table().items()},
    }


def _reference(fact: Fact) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{fact.type}_test", "description": f"{fact.doc[:1].upper()}{fact.doc[1:]}."}


def _tests(name: str) -> dict[str, Any]:
    operators = TYPE_OPERATORS[name]
    tests: dict[str, Any] = {}
    for operator in operators:
        tests[operator] = _operand(name, operator)
    if name != "range":
        return _single(tests, f"One test of a {name}.")
    ends = {"anyOf": [{"enum": list(ENDS)}, {"$ref": "#/$defs/parameter"}]}
    bounds = {
        "minProperties": 1,
        "maxProperties": 2,
        "description": "One test of a range; compare picks the end that counts.",
    }
    return {**_object({**tests, "compare": ends}, ()), **bounds}


def _operand(name: str, operator: str) -> dict[str, Any]:
    if operator == "is":
        return {"enum": ["absent", "known", "unknown"]}
    if operator in LISTED:
        listed = {"type": "array", "minItems": 1, "items": SCALAR if operator == "in" else TEXT}
        return {"anyOf": [listed, {"$ref": "#/$defs/parameter"}, *([TEXT] if operator != "in" else [])]}
    if name == "truth":
        return {"anyOf": [{"type": "boolean"}, {"$ref": "#/$defs/parameter"}, {"$ref": "#/$defs/other_fact"}]}
    if operator == "eq":
        return {"anyOf": [SCALAR, {"$ref": "#/$defs/other_fact"}]}
    return {"$ref": "#/$defs/date" if name == "date" else "#/$defs/number"}


def _operands() -> dict[str, Any]:
    parameter = {"type": "string", "pattern": "^\\$[a-z][a-z0-9_]*$", "description": "The value of a parameter."}
    decimal = {"type": "string", "pattern": "^-?[0-9]{1,15}(\\.[0-9]{1,15})?$"}
    date = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    others = [{"$ref": "#/$defs/parameter"}, {"$ref": "#/$defs/other_fact"}]
    return {
        "parameter": parameter,
        "other_fact": _object({"fact": {"enum": sorted(set(table()) - set(_paths("list")))}}, ("fact",)),
        "number": {"title": "a number, $parameter, or {fact: path}", "anyOf": [{"type": "number"}, decimal, *others]},
        "date": {"title": "a date, $parameter, or {fact: path}", "anyOf": [date, *others]},
    }


def _parameter() -> dict[str, Any]:
    return _object(
        {
            "type": {"enum": list(TYPES)},
            "default": {"title": "a value of the type; null: off until a team sets it"},
            "choices": {"type": "array", "minItems": 2, "items": TEXT},
            "doc": TEXT,
        },
        ("type", "default", "doc"),
    )


def _repair() -> dict[str, Any]:
    value = {"anyOf": [{"type": ["string", "integer"]}, {"$ref": "#/$defs/other_fact"}]}
    fields = {
        "argument": {"enum": list(ROLES), "description": "What a fix writes: an argument by its role."},
        "to": {
            "title": "a value, $parameter or {fact: path}, or a list of them",
            "anyOf": [*value["anyOf"], {"type": "array", "minItems": 1, "items": value}],
            "description": "The value; of several the first that is known.",
        },
        "pin": {"const": True, "description": "In place of `to`: the one dated name that the alias stands for."},
        "safe": {"type": "boolean", "description": "Whether every request that works is answered as before."},
    }
    return {**_object(fields, ("argument", "safe")), "description": "How --fix and --unsafe-fixes mend it."}


def _example() -> dict[str, Any]:
    code = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/files"}]}
    fields = {
        "title": TEXT,
        "code": {"type": "string", "description": "One file, example.py."},
        "files": {"$ref": "#/$defs/files"},
        "before": {**code, "description": "The base; the code or the files are then the head."},
        "config": {"type": "string", "description": "The text of costgate.yaml."},
        "params": {"type": "object", "description": "Parameters of this rule, as a team would set them."},
        "as_of": {"$ref": "#/$defs/date"},
        "abstains": {"const": True, "description": "The rule cannot tell, and says so."},
    }
    title = "an example: a title, and either code or files"
    return {"title": title, **_object(fields, ("title",)), "oneOf": [{"required": ["code"]}, {"required": ["files"]}]}


def _paths(kind: str) -> list[str]:
    return [path for path, fact in table().items() if fact.type == kind]


def _object(properties: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def _single(properties: dict[str, Any], description: str) -> dict[str, Any]:
    return {**_object(properties, ()), "description": description, "minProperties": 1, "maxProperties": 1}
