"""The examples of a rule as tests: what to judge, which lines must fire, and whether every condition matters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from costgate.model.error import UserError
from costgate.model.finding import Rule

Place: TypeAlias = "tuple[str | int, ...]"
DEFAULT_FILE = "example.py"
CONFIG = "costgate.yaml"
"""Where the configuration of an example stands: what a rule says of a workload is marked there."""
_EXPECT = re.compile(r"(?:#|<!--)\s*expect:\s*([A-Z]{2,8}[0-9]{3,4}(?:\s*,\s*[A-Z]{2,8}[0-9]{3,4})*)")


@dataclass(frozen=True, slots=True)
class Example:
    """One example. `before` None: an audit of `files`; else a diff. `fires` holds (path, line) of every finding."""

    title: str
    good: bool
    files: Mapping[str, str]
    before: Mapping[str, str] | None
    fires: frozenset[tuple[str, int]]
    config: str | None = None
    params: Mapping[str, Any] | None = None
    as_of: str | None = None
    abstains: bool = False

    def rule(self, rule: Rule) -> Rule:
        """The rule with the parameters that the example sets."""
        given = self.params or {}
        strange = sorted(set(given) - set(rule.params))
        if strange:
            raise UserError(f"example {self.title!r}: {rule.id} has no parameter {strange[0]!r}", where=rule.source)
        params = {name: {**spec, "default": given.get(name, spec["default"])} for name, spec in rule.params.items()}
        return replace(rule, params=params)


def examples(rule: Rule) -> tuple[Example, ...]:
    """Every example of a rule. UserError when a bad one marks no line, or a good one does."""
    found = []
    for word in ("bad", "good"):
        for written in rule.examples.get(word, ()):
            example = _example(rule, word == "good", written)
            if bool(example.fires) is example.good:
                marks = "must mark no line" if example.good else "must mark a line"
                raise UserError(
                    f"{word} example {example.title!r} {marks}", where=rule.source, hint=f"# expect: {rule.id}"
                )
            found.append(example)
    return tuple(found)


def leaves(match: Mapping[str, Any], place: Place = ()) -> Iterator[Place]:
    """Where each leaf condition of a match stands: the facts tested and the predicates."""
    for key, body in match.items():
        here = (*place, key)
        if key in ("all", "any"):
            for index, part in enumerate(body):
                yield from leaves(part, (*here, index))
        elif key == "not":
            yield from leaves(body, here)
        elif key in ("some", "every"):
            yield from leaves(body["where"], (*here, "where"))
        else:
            yield here


def without(match: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The match without the leaf at `place`; what is left empty by that goes too."""
    ((key, body),) = match.items()
    if len(place) == 1:
        return {}
    if key in ("all", "any"):
        at = int(place[1])
        parts = [part if index != at else without(part, place[2:]) for index, part in enumerate(body)]
        kept = [part for part in parts if part]
        return {key: kept} if kept else {}
    if key == "not":
        inner = without(body, place[1:])
        return {"not": inner} if inner else {}
    return {key: {**body, "where": without(body["where"], place[2:])}}


def _example(rule: Rule, good: bool, written: Mapping[str, Any]) -> Example:
    files = written["files"] if "files" in written else {DEFAULT_FILE: written["code"]}
    before = written.get("before")
    return Example(
        title=written["title"],
        good=good,
        files=files,
        before={DEFAULT_FILE: before} if isinstance(before, str) else before,
        fires=frozenset((*marked(rule.id, files), *marked(rule.id, {CONFIG: written.get("config", "")}))),
        config=written.get("config"),
        params=written.get("params"),
        as_of=written.get("as_of"),
        abstains=written.get("abstains", False),
    )


def marked(rule_id: str, files: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for path, text in files.items():
        for line, content in enumerate(text.split("\n"), 1):
            for marked in _EXPECT.finditer(content):
                if rule_id in re.split(r"\s*,\s*", marked[1]):
                    yield path, line
