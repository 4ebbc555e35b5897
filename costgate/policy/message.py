"""Messages of findings: a template with {fact.path} and {$parameter} filled in, nothing computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from costgate.model.call import Loop, RetryLayer
from costgate.model.finding import Gap
from costgate.model.money import Number, Range
from costgate.model.snapshot import Cause, HoleTokens, SourceTokens
from costgate.model.value import Absent, Known, Unknown
from costgate.policy.derive import Datum, gap
from costgate.policy.facts import look_up, table
from costgate.policy.subject import GapSubject, Subjects

MAX_TEXT = 160
MAX_MEMBERS = 5
UNKNOWN, NOT_SET = "unknown", "not set"
_SPOKEN: dict[tuple[str, str | None], str] = {
    ("call.model", UNKNOWN): "a model that is not known",
    ("call.model", NOT_SET): "the model that it has by default",
}
"""Facts without a value, as they stand in a sentence."""
_SLOT = re.compile(r"\{(\$?)([a-z_][a-z0-9_.]*)\}")
_PART = re.compile(r"\[([^][{}]*\{([a-z_][a-z0-9_.]*)\}[^][{}]*)\]")
"""A part of a template around one fact, which is left out where that is not set."""


def fill(template: str, facts: Subjects, params: Mapping[str, Any]) -> str:
    """The message. What comes from the judged tree is one line, shortened, and is never expanded again."""

    def slot(match: re.Match[str]) -> str:
        dollar, name = match.groups()
        if dollar:
            return written(params[name])
        return _SPOKEN.get((name, _missing(look_up(name, facts)))) or show(name, facts)

    def part(match: re.Match[str]) -> str:
        return "" if _missing(look_up(match[2], facts)) == NOT_SET else match[1]

    return _SLOT.sub(slot, _PART.sub(part, " ".join(template.split())))


def slots(template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fact paths and the parameters that a template names."""
    found = [match.groups() for match in _SLOT.finditer(template)]
    return tuple(name for dollar, name in found if not dollar), tuple(name for dollar, name in found if dollar)


def show(path: str, facts: Subjects) -> str:
    """One fact as people read it: three significant digits where it is not exact, "unknown" where it is not known."""
    unit = table()[path].unit
    run = facts.get("run")
    currency = run.currency if run is not None else "USD"
    call = facts.get("call")
    return written(look_up(path, facts), currency if unit == "money" else "", "" if call is None else call.site.span.path)


def written(datum: Datum, currency: str = "", home: str = "") -> str:
    """Any fact or parameter as text. `home`: the file it is told in, whose name goes without saying."""
    missing = _missing(datum)
    if missing is not None:
        return missing
    if isinstance(datum, Known):
        return " or ".join("nothing" if isinstance(each, Absent) else written(each, currency) for each in datum.values)
    if isinstance(datum, Range):
        return _range(datum, currency)
    if isinstance(datum, bool):
        return "yes" if datum else "no"
    if isinstance(datum, (int, Decimal)):
        return amount(datum, currency)
    if isinstance(datum, (tuple, list)):
        return _list(datum, home)
    return plain(str(datum))


def _missing(datum: Datum) -> str | None:
    """How what has no value is told; None for what has one, even if its text is that."""
    if isinstance(datum, Unknown):
        return UNKNOWN
    return NOT_SET if datum is None or isinstance(datum, Absent) else None


def amount(number: Number, currency: str = "") -> str:
    """A number: integers in full, others with three significant digits."""
    if isinstance(number, int):
        text = f"{number:,}"
    else:
        rounded = Context(prec=3, rounding=ROUND_HALF_EVEN).create_decimal(number)
        text = f"{rounded.normalize():,f}" if rounded else "0"
    if not currency:
        return text
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}${digits}" if currency == "USD" else f"{text} {currency}"


def plain(text: str) -> str:
    """Foreign text on one line, without control characters, at most MAX_TEXT long."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 3] + "..."


def _range(span: Range, currency: str) -> str:
    low, likely, high = (None if end is None else _end(end, span.basis, currency) for end in _ends(span))
    if low == high:
        return str(low) if span.basis == "exact" else f"about {low}"
    text = f"at least {low}" if high is None else f"{low} to {high}"
    return text if likely is None else f"{text}, likely {likely}"


def _ends(span: Range) -> tuple[Number, Number | None, Number | None]:
    return span.low, span.likely, span.high


def _end(number: Number, basis: str, currency: str) -> str:
    if isinstance(number, int) and basis != "exact" and abs(number) >= 1000:
        number = int(Context(prec=3).create_decimal(number))
    return amount(number, currency)


def _list(members: tuple[object, ...] | list[object], home: str) -> str:
    repeating = [member for member in members if not (isinstance(member, RetryLayer) and member.attempts == 1)]
    members = repeating or members  # beside what repeats a request, what sends it once says nothing
    names = [_label(member, home) for member in members[:MAX_MEMBERS]]
    more = len(members) - len(names)
    return (", ".join(names) + (f" and {more} more" if more else "")) if names else "none"


_LOOPS = {"for": "for loop", "while": "while loop", "forever": "endless loop"}


def _label(member: object, home: str) -> str:
    if isinstance(member, RetryLayer):
        tries = "no end" if member.unbounded else "unknown" if member.attempts is None else f"{member.attempts:,}"
        return plain(f"{member.what} ({tries})")
    if isinstance(member, Loop):
        place = f"the {_LOOPS.get(member.kind, member.kind)} at line {member.span.line}"
        return place if member.span.path == home or not home else plain(f"{place} of {member.span.path}")
    if isinstance(member, Cause):
        return plain(member.what)
    if isinstance(member, HoleTokens):
        return plain(member.name)
    if isinstance(member, SourceTokens):
        return plain(f"{member.span.path}:{member.span.line}")
    if isinstance(member, (Gap, GapSubject)):
        return plain(gap(member).what)
    return plain(str(member))
