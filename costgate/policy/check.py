"""Checks a rule file before it is used: the schema first, then what a schema cannot say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from costgate.model.error import UserError
from costgate.policy.fact import Fact
from costgate.policy.facts import paths_for, table
from costgate.policy.message import slots
from costgate.policy.schema import rule_schema

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Place = tuple[str | int, ...]
MAX_LISTED = 12
COMPARABLE = ("number", "range", "value")
_PARAMETER = re.compile(r"\$[a-z][a-z0-9_]*")
_REGEX = re.compile(r"^\^|.\$$|\.\+|[)\]][*+{]|\\[dwsbDWSB]|\(\?")


class _Check:
    """One file under check: its document and where each part of it stands."""

    def __init__(self, path: str, document: Any, lines: Mapping[Place, int]) -> None:
        self.path, self.document, self.lines = path, document, lines
        self.used: set[str] = set()

    def refuse(self, place: Place, message: str, hint: str = "") -> NoReturn:
        from costgate.knowledge.strict import line_of

        raise UserError(message, where=f"{self.path}:{line_of(self.lines, place)}", hint=hint)

    def refuse_word(self, place: Place, message: str, word: str, choices: Any) -> NoReturn:
        from costgate.knowledge.strict import nearest

        known = sorted(choices)
        meant = nearest(word, known)
        few = "one of " + ", ".join(known) if known and len(known) <= MAX_LISTED else ""
        self.refuse(place, message, f"did you mean {meant}?" if meant else few)


def check_rule(path: str, text: str) -> dict[str, Any]:
    """The document of a rule file. UserError with path:line and what to do for the first thing that is wrong."""
    from costgate.knowledge.strict import load_marked

    document, lines = load_marked(text, path)
    check = _Check(path, document, lines)
    _against_schema(check)
    _parameters(check)
    match = check.document["match"]
    visible = paths_for(match["each"])
    _condition(check, ("match",), {key: value for key, value in match.items() if key != "each"}, visible)
    _message(check, visible)
    _repair(check, visible)
    unused = sorted(set(document.get("params", {})) - check.used)
    if unused:
        check.refuse(("params", unused[0]), f"parameter {unused[0]} is used nowhere")
    if document["severity"] == "error" and document["confidence"] != "high":
        check.refuse(("severity",), "an error needs confidence high", "a rule that may be wrong must not fail a build")
    return check.document  # type: ignore[no-any-return]


def _against_schema(check: _Check) -> None:
    from jsonschema import Draft202012Validator

    if not isinstance(check.document, dict):
        check.refuse((), "a rule is a mapping of id, name, match, ...")
    errors = list(Draft202012Validator(rule_schema()).iter_errors(check.document))
    if errors:
        error = min(errors, key=lambda each: (-len(each.absolute_path), list(map(str, each.absolute_path))))
        _explain(check, error)


def _explain(check: _Check, error: ValidationError) -> NoReturn:
    place: Place = tuple(error.absolute_path)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        word = next(key for key in error.instance if key not in schema["properties"])
        check.refuse_word((*place, word), f"unknown word {word!r}", word, schema["properties"])
    if error.validator == "enum" and isinstance(error.instance, str):
        check.refuse_word(place, f"{error.instance!r} does not go here", error.instance, map(str, schema["enum"]))
    if error.validator == "required" and isinstance(error.instance, dict):
        missing = next(key for key in schema["required"] if key not in error.instance)
        check.refuse(place, f"{missing!r} is missing")
    if error.validator in ("minProperties", "maxProperties"):
        check.refuse(place, str(schema.get("description", "wrong number of keys")), "one key each; join them with all:")
    if "title" in schema:
        said = f", not {error.instance!r}" if isinstance(error.instance, (str, int)) and len(str(error.instance)) < 60 else ""
        check.refuse(place, f"this must be {schema['title']}{said}")
    check.refuse(place, error.message if len(error.message) < 200 else "this has the wrong shape")


def _parameters(check: _Check) -> None:
    for name, spec in check.document.get("params", {}).items():
        if (spec["type"] == "choice") != ("choices" in spec):
            check.refuse(("params", name), "choices go with type choice, and only there")
        if spec["default"] is not None and not _default_fits(spec):
            check.refuse(("params", name, "default"), f"the default is no {spec['type']}")


def _default_fits(spec: Mapping[str, Any]) -> bool:
    from costgate.policy.operators import number

    default = spec["default"]
    tests = {
        "number": number(default) is not None,
        "text": isinstance(default, str),
        "truth": isinstance(default, bool),
        "list": isinstance(default, list),
        "choice": default in spec.get("choices", ()),
    }
    return tests[spec["type"]]


def _condition(check: _Check, place: Place, condition: Mapping[str, Any], visible: frozenset[str]) -> None:
    ((key, body),) = condition.items()
    place = (*place, key)
    if key in ("all", "any"):
        for index, part in enumerate(body):
            _condition(check, (*place, index), part, visible)
    elif key == "not":
        _condition(check, place, body, visible)
    elif key in ("some", "every"):
        _visible(check, (*place, "of"), body["of"], visible)
        item = table()[body["of"]].item
        members = frozenset(path for path, fact in table().items() if fact.subject == item)
        _condition(check, (*place, "where"), body["where"], visible | members)
    elif key == "predicate":
        check.used.update(check.document.get("params", {}))
    else:
        _visible(check, place, key, visible)
        _test(check, place, table()[key], body, visible)


def _test(check: _Check, place: Place, fact: Fact, test: Mapping[str, Any], visible: frozenset[str]) -> None:
    words = [word for word in test if word != "compare"]
    if len(words) != 1:
        check.refuse(place, "one test, and compare beside it at most")
    if "compare" in test and words[0] == "is":
        check.refuse(place, "compare goes with gt, lt, ge or le")
    for written in test.values():
        _operand(check, (*place, words[0]), fact, written, visible)
    if words[0] in ("matches", "outside"):
        _globs(check, (*place, words[0]), test[words[0]])
    if fact.type == "date":
        _day(check, (*place, words[0]), test[words[0]])


def _globs(check: _Check, place: Place, written: Any) -> None:
    for each in written if isinstance(written, list) else [written]:
        if isinstance(each, str) and not _PARAMETER.fullmatch(each) and _REGEX.search(each):
            hint = "* is any text, ? one character, [ab] one of; no pattern here can be made to backtrack"
            check.refuse(place, f"{each} is a regular expression, and globs are asked for", hint)


def _day(check: _Check, place: Place, written: Any) -> None:
    if not isinstance(written, str) or written.startswith("$") or place[-1] == "is":
        return
    try:
        date.fromisoformat(written)
    except ValueError:
        check.refuse(place, f"{written} is no day of any month")


def _operand(check: _Check, place: Place, fact: Fact, written: Any, visible: frozenset[str]) -> None:
    if isinstance(written, str) and written.startswith("$"):
        _parameter(check, place, written[1:])
    elif isinstance(written, Mapping):
        other = table()[written["fact"]]
        _visible(check, place, other.path, visible)
        if other.type != fact.type and not (fact.type in COMPARABLE and other.type in COMPARABLE):
            check.refuse(place, f"{fact.path} is a {fact.type}, {other.path} a {other.type}")


def _visible(check: _Check, place: Place, path: str, visible: frozenset[str]) -> None:
    if path not in visible:
        each = check.document["match"]["each"]
        hint = f"the facts of {', '.join(sorted({name.partition('.')[0] for name in visible}))} are"
        check.refuse(place, f"{path} cannot be seen from each: {each}", hint)


def _parameter(check: _Check, place: Place, name: str) -> None:
    check.used.add(name)
    params = check.document.get("params", {})
    if name not in params:
        check.refuse_word(place, f"there is no parameter {name}", name, params)


def _repair(check: _Check, visible: frozenset[str]) -> None:
    repair = check.document.get("repair")
    if repair is None:
        return
    if "to" in repair and "pin" in repair:
        check.refuse(("repair",), "a repair has one of to and pin, or none: then the SDK's data says what is written")
    if check.document["match"]["each"] not in ("call", "agent"):
        check.refuse(("repair",), "only what is asked of a call or an agent can be repaired")
    said = repair.get("to", [])
    for each in said if isinstance(said, list) else [said]:
        if isinstance(each, str) and each.startswith("$"):
            _parameter(check, ("repair", "to"), each[1:])
        elif isinstance(each, Mapping):
            _visible(check, ("repair", "to"), each["fact"], visible)


def _message(check: _Check, visible: frozenset[str]) -> None:
    paths, names = slots(check.document["message"])
    for path in paths:
        if path not in table():
            check.refuse_word(("message",), f"there is no fact {path}", path, visible)
        _visible(check, ("message",), path, visible)
    for name in names:
        _parameter(check, ("message",), name)
