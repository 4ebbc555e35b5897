"""Records out of files that may be huge, compressed, truncated or mixed: one at a time, with what could not be read."""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any, NoReturn

from costgate.model.error import UserError

MAX_RECORD = 64 * 1024 * 1024
"""Characters of one record, or of one line."""
_CHUNK = 1 << 20
_FIRST = 2 * _CHUNK
"""Up to here a first line is looked at as a whole."""
_GZIP = b"\x1f\x8b"
_LOOK = 65536
_CSV_FIELD = 16 * 1024 * 1024
_TABLES = (".csv", ".tsv")
_LARGE = "records larger than 64 MB"
_DAMAGED = object()
_SOMETHING = re.compile(r"[^\s,]")


def records(path: Path, seen: Counter[str]) -> Iterator[dict[str, Any]]:
    """Every JSON object of a file that is a JSON document, JSON lines or a table. What is not readable is counted in `seen`.

    Of a document that is one list, or an object that holds lists of objects, each member is a record; of nested lists
    (buckets, batches of spans) each innermost one, with the plain fields of what it lies in.
    """
    with contextlib.ExitStack() as stack:
        file = _opened(path, stack)
        try:
            if path.name.removesuffix(".gz").lower().endswith(_TABLES):
                yield from _rows(file, path, seen)
            else:
                yield from _documents(file, seen)
        except (EOFError, gzip.BadGzipFile):
            seen["the compressed file ends too early"] += 1


def _opened(path: Path, stack: contextlib.ExitStack) -> IO[str]:
    if path.is_dir():
        raise UserError("is a folder", where=str(path), hint="give the files in it")
    try:
        raw: IO[bytes] = stack.enter_context(path.open("rb"))
        compressed = raw.read(2) == _GZIP
        raw.seek(0)
    except FileNotFoundError:
        raise UserError("no such file", where=str(path)) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    packed: IO[bytes] | gzip.GzipFile = stack.enter_context(gzip.GzipFile(fileobj=raw)) if compressed else raw
    if not compressed and not _is_text(raw.read(_LOOK)):
        raise UserError("is not UTF-8 text", where=str(path))
    if not compressed:
        raw.seek(0)
    # a damaged byte further on costs the text it stands in, not the file
    return stack.enter_context(io.TextIOWrapper(packed, encoding="utf-8-sig", errors="replace", newline=""))


def _is_text(start: bytes) -> bool:
    """Whether a file begins as UTF-8; the last character looked at may be cut off."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def _rows(file: IO[str], path: Path, seen: Counter[str]) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(_CSV_FIELD)
    first = file.readline(_CSV_FIELD)
    if not first.strip():
        return
    mark = max(",;\t|", key=first.count)
    header = next(csv.reader([first], delimiter=mark))
    if len(set(header)) < len(header):
        twice = next(name for name, times in Counter(header).items() if times > 1)
        raise UserError(f"two columns are called {twice!r}", where=f"{path}:1")
    rows = csv.reader(file, delimiter=mark)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            seen["rows that are no CSV"] += 1
            continue
        if len(row) == len(header):
            yield dict(zip(header, row, strict=True))
        elif row:
            seen["rows with more or fewer fields than columns"] += 1


def _documents(file: IO[str], seen: Counter[str]) -> Iterator[dict[str, Any]]:
    """JSON lines if the first line is a value of its own, else one document, or several that are too long for a line."""
    first = file.readline(_FIRST)
    while first and not first.strip():
        first = file.readline(_FIRST)
    if len(first) >= _FIRST and _first_list(first) is None:
        first += file.readline(MAX_RECORD)
    if first.endswith("\n") and _value(first) is not _DAMAGED:
        yield from _lines(itertools.chain([first], _whole_lines(file, seen)), seen)
    elif first:
        yield from _document(file, first, seen)


def _whole_lines(file: IO[str], seen: Counter[str]) -> Iterator[str]:
    while line := file.readline(MAX_RECORD):
        if len(line) < MAX_RECORD or line.endswith("\n"):
            yield line
            continue
        seen[_LARGE] += 1
        while line and not line.endswith("\n"):
            line = file.readline(MAX_RECORD)


def _lines(lines: Iterable[str], seen: Counter[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if not line.strip():
            continue
        value = _value(line)
        if value is _DAMAGED:
            seen["lines that are no JSON"] += 1
        else:
            yield from spread(value, seen)


def _document(file: IO[str], text: str, seen: Counter[str]) -> Iterator[dict[str, Any]]:
    """The members of every list of records, read one by one; without such a list, the document itself."""
    text += file.read(_CHUNK)
    start = _first_list(text)
    if start is None:
        value = _value(text + file.read(MAX_RECORD))
        if value is _DAMAGED:
            seen["documents that are no JSON, or larger than 64 MB without a list of records"] += 1
        else:
            yield from spread(value, seen)
    window = _Window(file, text, start or 0)
    while start is not None:
        while (mark := window.mark()) and mark != "]":
            value = window.value()
            if value is _DAMAGED:
                seen["documents that end too early or are damaged further on"] += 1
                return
            yield from spread(value, seen)
        if not mark:
            seen["documents that end too early or are damaged further on"] += 1
        start = window.next_list()


class _Window:
    """The part of a file that is looked at: what lies before `at` is done with."""

    def __init__(self, file: IO[str], text: str, at: int) -> None:
        self.file, self.text, self.at = file, text, at

    def mark(self) -> str:
        """The next character that is neither blank nor a comma; nothing at the end of the file."""
        while True:
            found = _SOMETHING.search(self.text, self.at)
            if found is not None:
                self.at = found.start()
                return found[0]
            if not self._read(_CHUNK):
                return ""

    def value(self) -> Any:
        """The value here, reading on as long as it is not complete."""
        size = _CHUNK
        while True:
            try:
                value, self.at = _DECODER.raw_decode(self.text, self.at)
            except (ValueError, RecursionError):
                if len(self.text) - self.at > MAX_RECORD or not self._read(size):
                    return _DAMAGED
                size *= 2
                continue
            return value

    def next_list(self) -> int | None:
        """Go to the next list of records, if there is one."""
        while True:
            found = _LIST.search(self.text, self.at)
            if found is not None:
                self.at = found.end()
                return self.at
            self.at = max(self.at, len(self.text) - _LONGEST)
            if not self._read(_CHUNK):
                return None

    def _read(self, size: int) -> bool:
        more = self.file.read(size)
        self.text, self.at = self.text[self.at :] + more, 0
        return bool(more)


def _first_list(text: str) -> int | None:
    """Where the members of the first list begin: the document itself, or one that lies in it under a known name."""
    bare = text.lstrip()
    if bare.startswith("["):
        return len(text) - len(bare) + 1
    found = _LIST.search(text) if bare.startswith("{") else None
    return None if found is None else found.end()


def _value(text: str) -> Any:
    try:
        value, end = _DECODER.raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return _DAMAGED
    return value if not text.lstrip()[end:].strip() else _DAMAGED


def spread(value: Any, seen: Counter[str]) -> Iterator[dict[str, Any]]:
    """The innermost records of a value, each with the plain fields around it that it does not have itself."""
    if isinstance(value, list):
        for member in value:
            yield from spread(member, seen)
    elif isinstance(value, dict):
        yield from _inside(value, {}, 0)
    elif value is not None:
        seen["values that are no object"] += 1


_NESTS = (
    "data",
    "results",
    "runs",
    "observations",
    "resourceSpans",
    "scopeSpans",
    "instrumentationLibrarySpans",
    "spans",
    "resourceLogs",
    "scopeLogs",
    "logRecords",
    "resourceMetrics",
    "scopeMetrics",
)
_LIST = re.compile(rf'"(?:{"|".join(_NESTS)})"\s*:\s*\[')
_LONGEST = 100
"""Characters that the beginning of a list may take."""
_OWN = ("resource", "scope")
_DEPTH = 6


def _inside(record: dict[str, Any], around: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    nests = [name for name in _NESTS if _holds_records(record.get(name))] if depth < _DEPTH else []
    if not nests:
        yield {**around, **record} if around else record
        return
    plain = {key: value for key, value in record.items() if not isinstance(value, (dict, list)) or key in _OWN}
    for name in nests:
        for member in record[name]:
            if isinstance(member, dict):
                yield from _inside(member, {**around, **plain}, depth + 1)


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(member, dict) for member in value[:3])


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


def _constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_float=_decimal, parse_constant=_constant)
