"""Messages in a prompt file: the marks that say who speaks, and the lines around them, neither of which is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from costgate.model.prompt import Text
from costgate.read.prompts.rendering import Part

_ROLES = "system|user|assistant|developer|human|ai|model|tool|function"
LINE_ROLE = re.compile(rf"^[ \t]*#?[ \t]*({_ROLES})(?:\[[^\]\n]*\])?[ \t]*:[ \t]*$\n?", re.MULTILINE | re.IGNORECASE)
TAG_ROLE = re.compile(rf"^[ \t]*<(/?)({_ROLES})(?:\s[^>\n]*)?>[ \t]*\n?", re.MULTILINE | re.IGNORECASE)
MESSAGE_ROLE = re.compile(rf"""<(/?)message\b(?:[^<>\n]{{0,400}}?\brole\s*=\s*["']({_ROLES})["'])?[^<>\n]{{0,400}}>""", re.IGNORECASE)


def pieces(body: str, marks: re.Pattern[str] | None, first: str = "") -> Iterator[tuple[str, int, str]]:
    """Role, offset and text of each message; a mark is not part of any. `first`: who speaks before the first mark."""
    at, role = 0, first
    for match in marks.finditer(body) if marks is not None else ():
        if body[at : match.start()].strip():
            yield role, at, body[at : match.start()]
        closing = match.group(1) == "/"
        role = "" if closing else (match.group(match.re.groups) or "").lower()
        at = match.end()
    if body[at:].strip():
        yield role, at, body[at:]


def unmarked(text: str) -> Iterator[tuple[str, int, str]]:
    """The same of a template in code, which may hold messages as elements; without any it is one text, as it stands."""
    if MESSAGE_ROLE.search(text) is None:
        yield "", 0, text
        return
    yield from pieces(text, MESSAGE_ROLE)


def trimmed(parts: Sequence[Part]) -> Iterator[Part]:
    """The parts without the white space around each message, for formats that send none."""
    for _, group in groupby(parts, key=lambda part: part.role):
        yield from stripped(list(group))


def stripped(parts: list[Part]) -> tuple[Part, ...]:
    """A message without the blank lines around it, which only part it from the others."""
    for end, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while parts and isinstance(part := parts[end], Text):
            text = strip(part.text)
            parts[end] = replace(part, text=text)
            if text:
                break
            parts.pop(end)
    return tuple(parts)
