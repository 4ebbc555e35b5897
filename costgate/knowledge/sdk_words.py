"""The words of an SDK or retry-library file: what the schema refuses, and how a person is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from costgate.knowledge.sdk_fill import listed
from costgate.knowledge.sdk_tables import shown
from costgate.knowledge.strict import line_of, load_marked, nearest
from costgate.model.error import UserError

SCHEMAS = ("sdk.schema.json", "retry.schema.json")

_HERE = Path(__file__).parent
_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
_SHORT = 60
_ABOUT_THE_VALUE = ("type", "pattern", "anyOf", "oneOf", "minimum", "maximum")
"""Complaints for which the schema's title says what would be right."""


def check_words(text: str, where: str) -> None:
    """Validate one file against its schema alone; UserError at where:line."""
    data, lines = load_marked(text, shown(where))
    if data is None:
        raise UserError("is empty", where=f"{shown(where)}:1", hint="describe an SDK in it, or delete it")
    error = schema_error(data)
    if error is not None:
        path = [*error.absolute_path, *_stranger(error)]
        raise UserError(_told(error), where=f"{shown(where)}:{line_of(lines, path)}", hint=_hint(error))
    for place, told in _unordered(data, ()):
        raise UserError(told, where=f"{shown(where)}:{line_of(lines, place)}", hint="the oldest comes first")


def schema_error(data: Any) -> Any:
    """The complaint (a jsonschema ValidationError) that explains best why `data` is not a valid file; None if it is."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from referencing import Registry, Resource

    schemas = {name: json.loads((_HERE / name).read_text(encoding="utf-8")) for name in SCHEMAS}
    registry: Any = Registry().with_resources((name, Resource.from_contents(each)) for name, each in schemas.items())
    chosen = schemas[SCHEMAS[isinstance(data, dict) and "library" in data]]
    return best_match(Draft202012Validator(chosen, registry=registry).iter_errors(data))


def _unordered(data: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Entries of `until` that can never hold, since a later release stands before them."""
    for key, value in _members(data):
        yield from _unordered(value, (*place, key))
        newest: dict[tuple[str, ...], tuple[int, ...]] = {}
        for index, each in enumerate(value) if key == "until" and isinstance(value, list) else ():
            of = tuple(listed(each.get("of", "")))
            version = tuple(int(part) for part in each["version"].split("."))
            if version <= newest.get(of, ()):
                yield (*place, key, index), f"version {each['version']} never holds: a later one stands before it"
            newest[of] = version


def _members(data: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(data, dict):
        yield from data.items()
    if isinstance(data, list):
        yield from enumerate(data)


def _stranger(error: Any) -> list[str]:
    """The first key that the schema does not know, when that is the complaint."""
    if error.validator != "additionalProperties":
        return []
    return [key for key in error.instance if key not in error.schema.get("properties", {})][:1]


def _told(error: Any) -> str:
    strange = _stranger(error)
    if strange:
        return f'"{strange[0]}" is not known here'
    if error.validator == "enum":
        return f"{_quoted(error.instance)} is not one of {', '.join(map(str, error.validator_value))}"
    if error.validator in _ABOUT_THE_VALUE and "title" in error.schema:
        return f"{_quoted(error.instance)} is not {error.schema['title']}"
    if error.validator == "uniqueItems":
        return f"{_quoted(error.instance)} names one thing twice"
    if error.validator == "type":
        return f"{_quoted(error.instance)} is not {' or '.join(_TYPES[each] for each in listed(error.validator_value))}"
    return str(error.message)


def _quoted(value: Any) -> str:
    """A value as a file has it, not longer than helps."""
    if isinstance(value, str):
        said = f'"{value}"'
    else:
        said = json.dumps(value, ensure_ascii=False)
    return said if len(said) <= _SHORT else f"{said[:_SHORT]}…"


def _hint(error: Any) -> str:
    strange = _stranger(error)
    known = error.schema.get("properties", {}) if strange else error.validator_value
    word = strange[0] if strange else str(error.instance)
    if not strange and error.validator != "enum":
        return ""
    meant = nearest(word, map(str, known))
    return f'did you mean "{meant}"?' if meant else f"known: {', '.join(map(str, known))}" if strange else ""
