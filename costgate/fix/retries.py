"""The bound of a retry layer: an argument of its decorator or loop, or the number that a client is made with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import prod
from typing import TypeAlias

from costgate.fix.edit import located, offset, span_at
from costgate.fix.slice import Change, Slice, insertion, parse
from costgate.model.call import CallSite, Ends, RetryLayer
from costgate.model.fix import Edit
from costgate.read import outline as ol

Read: TypeAlias = "Callable[[str], bytes | None]"

REQUESTS: Mapping[str, Callable[[int], int]] = {
    "retries": lambda n: n + 1,
    "attempts": lambda n: max(n, 1),
    "2n+1": lambda n: 2 * n + 1,
    "n(n+1)": lambda n: n * (n + 1),
}


def edits(site: CallSite, limit: int, read: Read) -> tuple[Edit, ...]:
    """What brings the requests of one call to `limit` at most: one layer bounded or lowered; nothing where that fails."""
    if any(layer.unbounded is None for layer in site.retries):
        return ()
    endless = [layer for layer in site.retries if layer.unbounded]
    if len(endless) > 1:
        return ()
    if endless:  # bounded at the limit itself; how the layers multiply is for another rule
        return tuple(_layer(endless[0], limit, read))
    for layer in sorted(site.retries, key=lambda each: -(each.attempts or 0)):
        others = prod(each.attempts or 1 for each in site.retries if each is not layer)
        found = tuple(_layer(layer, limit // others, read))
        if found:
            return found
    return ()


def _layer(layer: RetryLayer, allowed: int, read: Read) -> Iterable[Edit]:
    data = read(layer.span.path) if layer.span is not None and layer.span.cell is None else None
    if data is None or layer.span is None:
        return ()
    path = layer.span.path
    if layer.ends is None:
        start = offset(data, layer.span.line, layer.span.column)
        digits = re.compile(rb"\d+(?![\w.])").match(data, start) if start is not None else None
        return _number(data, path, digits.span(), layer, allowed) if digits is not None else ()
    place = located(data, layer.span)
    if place is None:
        return ()
    if layer.attempts is not None and layer.ends.stops:
        return ()  # its number stands in a call of its own
    return _bounded(data, path, place, layer.ends, allowed)


def _number(data: bytes, path: str, place: tuple[int, int], layer: RetryLayer, allowed: int) -> Iterator[Edit]:
    """The number itself, where it is written as a keyword argument of the call that makes the client."""
    text = data[place[0] : place[1]].decode("utf-8")
    if len(text) > 6 or layer.attempts is None:
        return
    counts = next((each for each in REQUESTS.values() if each(int(text)) == layer.attempts), None)
    lower = max((n for n in range(int(text)) if counts is not None and counts(n) <= allowed), default=None)
    outer = _innermost(data, place)
    if lower is None or outer is None:
        return
    written = parse(data[outer[0] : outer[1]].decode("utf-8"))
    holder = written.holder() if written is not None else None
    at = len(data[outer[0] : place[0]].decode("utf-8"))
    if holder is not None and any(part.name and part.value_start == at and part.value_end == at + len(text) for part in holder.parts):
        yield Edit(path, *place, str(lower), span_at(data, path, *place))


def _bounded(data: bytes, path: str, place: tuple[int, int], ends: Ends, allowed: int) -> Iterator[Edit]:
    count = max((n for n in range(allowed + 1) if REQUESTS[ends.counts](n) <= allowed), default=0)
    if count < 1:
        return
    value, needed = str(count), None
    if ends.stops:
        name, needed = _spelled(data, ends.stops, path)
        if name is None:
            return
        value = f"{name}({count})"
    text = data[place[0] : place[1]].decode("utf-8")
    written = parse(text)
    if written is None:
        return
    changes = _argument(written, text, ends.keyword, value)
    for start, end, new in changes:
        at, to = (place[0] + len(text[:where].encode()) for where in (start, end))
        yield Edit(path, at, to, new, span_at(data, path, at, to))
    if changes and needed is not None:
        yield needed


def _argument(written: Slice, text: str, keyword: str, value: str) -> list[Change]:
    holder = written.holder()
    if holder is None:  # a decorator without brackets
        return [(len(text), len(text), f"({keyword}={value})")] if text.replace(".", "").isidentifier() else []
    if holder.open:
        return []
    part = holder.named(keyword)
    if part is None:
        return insertion(holder, f"{keyword}={value}")
    try:
        written.literal(part)
    except ValueError:
        return []
    return [(part.value_start, part.value_end, value)]


def _spelled(data: bytes, symbols: Iterable[str], path: str) -> tuple[str | None, Edit | None]:
    """How the file can name one of the symbols, and the edit of an import that this takes."""
    rows = ol.outline(data, frozenset())["imports"]
    names = {row[ol.I_TARGET]: row[ol.I_NAME] for row in rows if row[ol.I_SCOPE] == 0}
    for symbol in symbols:
        if symbol in names:
            return names[symbol], None
        module = symbol.rpartition(".")[0]
        if module in names:
            return f"{names[module]}.{symbol.rpartition('.')[2]}", None
    for symbol in symbols:
        module, _, name = symbol.rpartition(".")
        beside = next((row for row in rows if row[ol.I_SCOPE] == 0 and row[ol.I_TARGET].rpartition(".")[0] == module), None)
        edit = _imported(data, path, beside[ol.I_AT], name) if beside is not None else None
        if edit is not None:
            return name, edit
    return None, None


def _imported(data: bytes, path: str, at: int, name: str) -> Edit | None:
    """`name` after the first of the names that a `from ... import` brings in."""
    if re.search(rf"(?<![\w.]){name}\b".encode(), data):
        return None  # the file has that name for something else
    found = re.compile(rb"from\s+[\w.]+\s+import\s*\(?\s*\w+(?:[ \t]+as[ \t]+\w+)?").match(data, data.rfind(b"\n", 0, at) + 1)
    if found is None:
        return None
    return Edit(path, found.end(), found.end(), f", {name}", span_at(data, path, found.end(), found.end()))


def _innermost(data: bytes, place: tuple[int, int]) -> tuple[int, int] | None:
    rows = ol.outline(data, frozenset())["calls"]
    around = [row for row in rows if row[ol.C_FUNCTION_END] <= place[0] and place[1] <= row[ol.C_END]]
    if not around:
        return None
    row = min(around, key=lambda each: each[ol.C_END] - each[ol.C_START])
    return row[ol.C_START], row[ol.C_END]
