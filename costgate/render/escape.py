"""Makes text that came from the judged tree harmless for the place it goes to.

Every function takes one line's worth of text and gives one line back: what cannot be seen, or would steer the reader's
program (control characters, line breaks, bidirectional overrides, zero-width and private characters, half surrogate
pairs), is shown as an escape such as `\\x1b`, and what is too long loses its middle.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = 240
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_ZERO_WIDTH_SPACE = "\u200b"
_MARKUP = re.compile(r"[&<>`*_\[\]|~\\$]|^ ?[#=+-]|^ ?\d+[.)](?=\s|$)")
_LINKING = re.compile(r"@|#(?=\d)|:(?=[\w+-]+:)|(?<=:)//|(?<=\b[Ww]{3})\.|(?<=\b[Gg][Hh])-(?=\d)")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_COMMAND_ANYWHERE = re.compile(r"##(?=vso\[|\[)")


def clip(text: str, limit: int = LIMIT) -> str:
    """Cut the middle out of a text that is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    return f"{text[:head]}…{text[len(text) - (limit - 1 - head) :]}"


def visible(text: str, limit: int = LIMIT) -> str:
    """One line without anything invisible; at most `limit` characters of the text are kept."""
    kept = clip(text, limit)
    return kept if kept.isprintable() else "".join(_seen(char) for char in kept)


def _seen(char: str) -> str:
    if unicodedata.category(char) not in _UNSEEN:
        return char
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    code = ord(char)
    return known or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def terminal(text: str, limit: int = LIMIT) -> str:
    """Text for a terminal or a log line. The whole output still goes through `log` when it may land in a CI log."""
    return visible(text, limit)


def log(output: str) -> str:
    """Take the meaning from anything in finished lines that a CI runner would obey.

    GitHub obeys `::name::` at the start of a line (after blanks) and the older `##[name]` anywhere in it; other
    runners obey `##vso[name]` anywhere.
    """
    lines = output.split("\n")
    return "\n".join(_COMMAND_ANYWHERE.sub("# #", _defused(line)) for line in lines)


def _defused(line: str) -> str:
    text = line.lstrip()
    return f"{line[: len(line) - len(text)]}: :{text[2:]}" if text.startswith("::") else line


def xml(output: str) -> str:
    """A finished document in which no runner finds a command, should it be printed; who reads XML reads the same."""
    return output.replace("##", "#&#35;")


def markdown(text: str, limit: int = LIMIT) -> str:
    """Prose for GitHub's Markdown: no markup, no HTML, no mention, no reference, no link, no emoji name, no formula."""
    broken = _LINKING.sub(_break_link, " ".join(re.split(r" +", visible(text, limit))))
    return _MARKUP.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", broken)


def _break_link(match: re.Match[str]) -> str:
    found = match[0]
    return f"{_ZERO_WIDTH_SPACE}{found}" if found in {"//", ".", "-"} else f"{found}{_ZERO_WIDTH_SPACE}"


def code(text: str, limit: int = LIMIT) -> str:
    """A code span for GitHub's Markdown that also holds in a table cell, where a pipe or backslash would end it."""
    shown = visible(text, limit)
    if shown and shown == shown.strip() and not re.search(r"[`|\\]", shown):
        return f"`{shown}`"
    broken = _LINKING.sub(_break_link, shown)
    entities = "".join(char if char.isalnum() or not char.isascii() else f"&#{ord(char)};" for char in broken)
    return f"<code>{entities or '&nbsp;'}</code>"


def workflow_data(text: str, limit: int = LIMIT) -> str:
    """The message of a workflow command."""
    return visible(text, limit).replace("%", "%25")


def workflow_property(text: str, limit: int = LIMIT) -> str:
    """A property of a workflow command (file, title)."""
    return workflow_data(text, limit).replace(":", "%3A").replace(",", "%2C")


def cell(text: str, limit: int = LIMIT) -> str:
    """One cell of a table that a spreadsheet may open: nothing in it is taken for a formula."""
    shown = visible(text, limit)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@") and not _PLAIN_NUMBER.fullmatch(shown) else shown
