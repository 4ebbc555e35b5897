"""Whether a document conforms to a JSON Schema of the few keywords that the report's schema uses, quickly.

The full validator takes fourteen seconds for five thousand calls. It still has the word on what does not conform here,
and says what is wrong; a test holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Test: TypeAlias = Callable[[Any], bool]

_TYPES: Mapping[str, Test] = {
    "null": lambda value: value is None,
    "boolean": lambda value: value is True or value is False,
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) is int or type(value) is float,
    "string": lambda value: type(value) is str,
    "array": lambda value: type(value) is list,
    "object": lambda value: type(value) is dict,
}
_SAYS_NOTHING = frozenset({"$schema", "$defs", "$id", "title", "description"})
_PLAIN = (str, bool, int, float, type(None))


def compiled(schema: Mapping[str, Any]) -> Test:
    """A test for whole documents. KeyError for a keyword that is not known here."""
    made: dict[str, Test] = {}

    def referred(name: str) -> Test:
        """Looked up when called: definitions may lead to each other."""
        if name not in made:
            made[name] = lambda value: made[name](value)
            made[name] = _every(schema["$defs"][name.removeprefix("#/$defs/")], referred)
        return made[name]

    return _every(schema, referred)


def _every(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    tests = [_KEYWORDS[word](schema, referred) for word in schema if word not in _SAYS_NOTHING and word not in _WITH]
    if len(tests) == 1:
        return tests[0]
    return lambda value: all(test(value) for test in tests)


def _type(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    given = schema["type"]
    if isinstance(given, str):
        return _TYPES[given]
    tests = [_TYPES[name] for name in given]
    return lambda value: any(test(value) for test in tests)


def _properties(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    """With `additionalProperties`, which is about the same members."""
    known = {name: _every(each, referred) for name, each in schema.get("properties", {}).items()}
    more = schema.get("additionalProperties", True)
    other = (lambda _: more) if isinstance(more, bool) else _every(more, referred)

    def test(value: Any) -> bool:
        return type(value) is not dict or all(known.get(name, other)(each) for name, each in value.items())

    return test


def _required(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    names = frozenset(schema["required"])
    return lambda value: type(value) is not dict or names <= value.keys()


def _items(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    test = _every(schema["items"], referred)
    return lambda value: type(value) is not list or all(map(test, value))


def _any_of(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    tests = [_every(each, referred) for each in schema["anyOf"]]
    return lambda value: any(test(value) for test in tests)


def _enum(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    return _one_of(schema["enum"])


def _const(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    return _one_of([schema["const"]])


def _one_of(values: Sequence[Any]) -> Test:
    """As JSON compares: 1 is 1.0, and true is no 1."""
    if not all(type(value) in _PLAIN for value in values):
        raise KeyError("only plain values can be listed")
    wanted = {(type(value) is bool, value) for value in values}
    return lambda value: type(value) in _PLAIN and (type(value) is bool, value) in wanted


def _pattern(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    found = re.compile(schema["pattern"]).search
    return lambda value: type(value) is not str or found(value) is not None


def _bound(word: str, keep: Callable[[Any, Any], bool]) -> Callable[[Mapping[str, Any], Callable[[str], Test]], Test]:
    def make(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
        limit = schema[word]
        return lambda value: (type(value) is not int and type(value) is not float) or keep(value, limit)

    return make


def _length(word: str, keep: Callable[[Any, Any], bool]) -> Callable[[Mapping[str, Any], Callable[[str], Test]], Test]:
    def make(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
        limit = schema[word]
        return lambda value: type(value) is not str or keep(len(value), limit)

    return make


def _if(schema: Mapping[str, Any], referred: Callable[[str], Test]) -> Test:
    """With `then` and `else`."""
    asked, then, other = (_every(schema.get(word, {}), referred) for word in ("if", "then", "else"))
    return lambda value: then(value) if asked(value) else other(value)


_WITH = frozenset({"then", "else"})
_KEYWORDS: Mapping[str, Callable[[Mapping[str, Any], Callable[[str], Test]], Test]] = {
    "type": _type,
    "properties": _properties,
    "additionalProperties": _properties,
    "required": _required,
    "items": _items,
    "anyOf": _any_of,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minimum": _bound("minimum", lambda value, limit: value >= limit),
    "maximum": _bound("maximum", lambda value, limit: value <= limit),
    "minLength": _length("minLength", lambda length, limit: length >= limit),
    "maxLength": _length("maxLength", lambda length, limit: length <= limit),
    "if": _if,
    "$ref": lambda schema, referred: referred(schema["$ref"]),
}
