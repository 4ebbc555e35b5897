"""Records out of files that may be huge, compressed, truncated or mixed: one at a time, with what could not be read."""

from __future__ import annotations

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
_GZIP = b"\x1f\x8b"
_CSV_FIELD = 16 * 1024 * 1024
_TABLES = (".csv", ".tsv")
_LARGE = "records larger than 64 MB"
_DAMAGED = object()
_BETWEEN = " \t\r\n,"


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
        except UnicodeDecodeError as error:
            raise UserError("is not UTF-8 text", where=str(path)) from error


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
    if compressed:
        packed = stack.enter_context(gzip.GzipFile(fileobj=raw))
        return stack.enter_context(io.TextIOWrapper(packed, encoding="utf-8-sig", newline=""))
    return stack.enter_context(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))


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
    """JSON lines if the first line is a value of its own, else one document."""
    first = file.readline(_CHUNK)
    while first and not first.strip():
        first = file.readline(_CHUNK)
    if first.endswith("\n") and _value(first) is not _DAMAGED:
        yield from _lines(itertools.chain([first], _whole_lines(file, seen)), seen)
    else:
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
    """The members of the document's first list of records, read one by one; without one, the document itself."""
    start = _first_list(text if len(text) >= _CHUNK else (text := text + file.read(_CHUNK)))
    if start is None:
        whole = text + file.read(MAX_RECORD)
        value = _value(whole)
        if value is _DAMAGED:
            seen["documents that are no JSON, or larger than 64 MB without a list of records"] += 1
        else:
            yield from spread(value, seen)
        return
    text = text[start:]
    while True:
        text = text.lstrip(_BETWEEN)
        if not text and (text := file.read(_CHUNK)):
            continue
        if text[:1] == "]":
            return
        value, text = _member(file, text)
        if value is _DAMAGED:
            seen["documents that end too early or are damaged further on"] += 1
            return
        yield from spread(value, seen)


def _first_list(text: str) -> int | None:
    """Where the members of the first list begin: the document itself, or one that lies in it under a known name."""
    bare = text.lstrip()
    if bare.startswith("["):
        return len(text) - len(bare) + 1
    found = re.search(rf'"(?:{"|".join(_NESTS)})"\s*:\s*\[', text) if bare.startswith("{") else None
    return None if found is None else found.end()


def _member(file: IO[str], text: str) -> tuple[Any, str]:
    """The value that the text begins with, reading on as long as it is not complete, and the rest of the text."""
    size = _CHUNK
    while True:
        try:
            value, end = _DECODER.raw_decode(text)
        except (ValueError, RecursionError):
            more = file.read(size) if len(text) < MAX_RECORD else ""
            if not more:
                return _DAMAGED, ""
            text, size = text + more, size * 2
            continue
        return value, text[end:]


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


_NESTS = ("data", "results", "runs", "observations", "resourceSpans", "scopeSpans", "instrumentationLibrarySpans", "spans")
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
