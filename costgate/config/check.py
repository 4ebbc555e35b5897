"""The first check of a configuration, against its published schema, with complaints a person can act on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from costgate.config.document import Document
from costgate.knowledge.strict import line_of, nearest

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Complaint: TypeAlias = "tuple[tuple[str | int, ...], str, str]"
"""Path, message, hint."""

_UNKNOWN = "unknown key"
"""Told first: a misspelt key is often why another is missing."""


@cache
def schema_text() -> str:
    """The published schema, as shipped."""
    return Path(__file__).with_name("config.schema.json").read_text(encoding="utf-8")


def check(document: Document, schema: str | None = None) -> None:
    """Raise a UserError for the first complaint in the file, naming how many more there are.

    `schema`: the text of another one than that of the configuration.
    """
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(schema or schema_text()))
    complaints = list(
        dict.fromkeys(each for error in validator.iter_errors(document.data) for each in _complaints(error))
    )
    if not complaints:
        return _check_locked(document) if schema is None else None
    complaints.sort(key=lambda each: (not each[1].startswith(_UNKNOWN), line_of(document.lines, each[0]), each[1]))
    path, message, hint = complaints[0]
    more = len(complaints) - 1
    told = f"{more} more {'complaint' if more == 1 else 'complaints'} in this file" if more else ""
    raise document.error(path, message, "; ".join(filter(None, (hint, told))))


def _check_locked(document: Document) -> None:
    """What is locked and is no key holds nothing: a misspelt lock is a mistake, not a lock."""
    keys = json.loads(schema_text())["properties"]
    for index, key in enumerate(document.data.get("locked", ())):
        if key.partition(".")[0] not in keys:
            meant = nearest(key, keys)
            hint = f"did you mean {meant}?" if meant else f"if it is a rule: rules.{key}"
            raise document.error(("locked", index), f'there is no key "{key}" to lock', hint)


def spell(path: Iterable[str | int]) -> str:
    """A path as it is said in a message: rules.CG101.params, budgets[0]."""
    spelled = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return spelled.lstrip(".") or "the configuration"


def suggest(word: str, choices: Iterable[str]) -> str:
    """The hint for a word that is none of the choices."""
    known = list(choices)
    meant = nearest(word, known)
    return f'did you mean "{meant}"?' if meant else f"known: {', '.join(known)}"


def _complaints(error: ValidationError) -> Iterator[Complaint]:
    path = tuple(error.absolute_path)
    rule = error.validator
    instance: Any = error.instance
    schema: Any = error.schema
    if rule == "additionalProperties":
        known = schema["properties"]
        for key in instance.keys() - known.keys():
            yield (*path, key), f'{_UNKNOWN} "{key}"{_inside(path)}', suggest(key, known)
    elif rule == "required":
        yield path, f"{spell(path)} lacks {' and '.join(key for key in schema['required'] if key not in instance)}", ""
    elif rule == "anyOf" and isinstance(instance, dict) and (inner := _object_errors(error)):
        for sub in inner:
            yield from _complaints(sub)
    else:
        choices = _choices(error)
        expected = schema.get("title") or _expectation(schema)
        meant = nearest(instance, choices) if isinstance(instance, str) else None
        hint = f'did you mean "{meant}"?' if meant else ""
        yield path, f"{spell(path)} must be {expected}, not {_show(instance)}", hint


def _inside(path: tuple[str | int, ...]) -> str:
    return f" in {spell(path)}" if path else ""


def _object_errors(error: ValidationError) -> list[ValidationError]:
    """The complaints of the one alternative that is an object."""
    alternatives: Any = error.validator_value
    wanted = {index for index, each in enumerate(alternatives) if each.get("type") == "object"}
    return [sub for sub in error.context or () if sub.relative_schema_path[0] in wanted]


def _choices(error: ValidationError) -> list[str]:
    sources = [error, *(error.context or ())]
    enums: list[Any] = [sub.validator_value for sub in sources if sub.validator == "enum"]
    return [choice for enum in enums for choice in enum if isinstance(choice, str)]


def _expectation(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(choice for choice in schema["enum"] if isinstance(choice, str))
    names = {"object": "a mapping", "array": "a list", "boolean": "true or false", "string": "text"}
    return names.get(schema.get("type", ""), "something else")


def _show(instance: Any) -> str:
    shown = json.dumps(instance, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:57] + "..."
