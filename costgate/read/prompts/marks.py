"""The marks in a prompt file that say who speaks: they part the messages and are not sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
