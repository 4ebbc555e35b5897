"""A report without text of the judged code: what prompts, arguments and literals say is left out, figures and places stay.

Names stay, since a finding that names nothing helps nobody: of files, functions, variables, and values that are one word,
as a model's name is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from costgate.model.report import Report

LEFT_OUT = "[text left out]"
_LITERAL = re.compile(r"""'(?:[^'\\]|\\.)*(?:'|$)|"(?:[^"\\]|\\.)*(?:"|$)""", re.DOTALL)
_QUOTED = re.compile(r"""(?<!\w)[bfru]{0,2}('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?!\w)""", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"[\w.:/@+~-]{1,100}(?: or [\w.:/@+~-]{1,100}){0,9}")
_VALUES = ("model", "output_limit", "reasoning", "samples", "turn_limit")
_OF_VALUES = frozenset(f"call.{role}" for role in (*_VALUES, "tags"))
_SPOKEN = ("message", "why", "what", "before", "after", "callee")
"""Sentences and names of ours that may quote the judged code."""


def redacted(report: Report) -> Report:
    """The same report with the text left out; one that was redacted before stays as it is."""
    made: Any = deepcopy(report)
    hidden: dict[str, str] = {}
    for call in made["calls"]:
        _hide_names(call["prompt"]["holes"], hidden)
        _hide_values(call, hidden)
        call["tags"] = [_worded(each, hidden) for each in call["tags"]]
    for prompt in made["prompts"]:
        _hide_names(prompt.get("holes", ()), hidden)
    for change in made["changes"]:
        for side in filter(None, (change["before"], change["after"])):
            _hide_values(side, hidden)
    for finding in made["findings"]:
        if any(_tells(edit["text"]) for edit in finding.get("fix", {}).get("edits", ())):
            del finding["fix"]
            finding["fix_available"] = False
        for fact in _OF_VALUES & finding["data"].keys():
            finding["data"][fact] = _worded(finding["data"][fact], hidden)
    for finding in made["findings"]:
        finding["data"] = _said(finding["data"], hidden)
    for part in ("calls", "changes", "findings", "gaps", "abstentions", "workloads"):
        for each in made[part]:
            _hide_spoken(each, hidden)
    made["coverage"]["skipped"] = [{**each, "why": _said(each["why"], hidden)} for each in made["coverage"]["skipped"]]
    made["provenance"]["redacted"] = True
    return made  # type: ignore[no-any-return]


def _hide_names(holes: Any, hidden: dict[str, str]) -> None:
    for hole in holes:
        short = _LITERAL.sub("'...'", hole["name"])
        if short != hole["name"]:
            hidden[hole["name"]] = hole["name"] = short


def _hide_values(call: Any, hidden: dict[str, str]) -> None:
    for role in _VALUES:
        if role in call:
            call[role]["values"] = [_worded(each, hidden) for each in call[role]["values"]]


def _worded(value: Any, hidden: dict[str, str]) -> Any:
    """A value as it is, but text of several words."""
    if not isinstance(value, str) or _WORD.fullmatch(value) or value == LEFT_OUT:
        return value
    hidden[value] = LEFT_OUT
    return LEFT_OUT


def _hide_spoken(part: Any, hidden: Mapping[str, str]) -> None:
    for node in _objects(part):
        for key in _SPOKEN:
            if isinstance(node.get(key), str):
                node[key] = _said(node[key], hidden)


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for each in part.values():
            yield from _objects(each)
    elif isinstance(part, list):
        for each in part:
            yield from _objects(each)


def _said(part: Any, hidden: Mapping[str, str]) -> Any:
    """What is said, without what is hidden and without quotations of several words, in all that is nested in it."""
    if isinstance(part, dict):
        return {key: _said(each, hidden) for key, each in part.items()}
    if isinstance(part, list):
        return [_said(each, hidden) for each in part]
    if not isinstance(part, str):
        return part
    for text in sorted(hidden, key=len, reverse=True):
        part = part.replace(text, hidden[text])
    return _QUOTED.sub(lambda found: found[0] if _WORD.fullmatch(found[1][1:-1]) else "'...'", part)


def _tells(code: str) -> bool:
    return any(not _WORD.fullmatch(found[0][1:-1]) for found in _LITERAL.finditer(code))
