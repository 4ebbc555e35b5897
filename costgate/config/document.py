"""A configuration document as JSON values, with the line of each, from YAML or TOML text."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from costgate.knowledge.strict import Lines, line_of, load_marked
from costgate.model.error import UserError

MAX_CHARACTERS = 1_000_000
MAX_BITS = 100
"""The size of a whole number; strict YAML takes thirty digits for a number, too."""
_SEARCHED = 1500
"""How many keys and lines of a TOML table are searched for each other."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. `where` is its name in complaints."""

    data: Mapping[str, Any]
    lines: Lines
    where: str

    def error(self, path: tuple[str | int, ...], message: str, hint: str = "") -> UserError:
        """A complaint about the value at `path`."""
        return UserError(message, where=f"{self.where}:{line_of(self.lines, path)}", hint=hint)


def read_yaml(text: str, where: str) -> Document:
    """A costgate.yaml; an empty one says nothing."""
    _check_size(text, where)
    data, lines = load_marked(text, where)
    if data is not None and not isinstance(data, dict):
        raise UserError("must be a mapping of settings", where=f"{where}:{lines.get((), 1)}")
    return Document(data or {}, lines, where)


def read_pyproject(text: str, where: str) -> Document | None:
    """The table [tool.costgate]; None when there is none."""
    if "costgate" not in text:
        return None
    import tomllib

    _check_size(text, where)
    try:
        whole = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = found[1] if found else text.rstrip().count("\n") + 1
        message = re.sub(r" \(at .*\)\Z", "", str(error))
        raise UserError(f"not valid TOML: {message}", where=f"{where}:{line}") from error
    except RecursionError as error:
        raise UserError("not valid TOML: nested too deep", where=where) from error
    except ValueError as error:  # of the interpreter, for a number of thousands of digits
        raise UserError(f"not valid TOML: a number of more than {sys.get_int_max_str_digits():,} digits", where=where) from error
    tool = whole.get("tool")
    table = tool.get("costgate") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise UserError("[tool.costgate] must be a table", where=where)
    data = _plain(table)
    return Document(data, _toml_lines(data, text), where)


def _check_size(text: str, where: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise UserError(f"larger than {MAX_CHARACTERS:,} characters", where=where)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, Decimal):
        # written out, 1e999999999 would fill the memory
        return format(value, "f") if abs(value.adjusted()) < 20 else str(value)
    if isinstance(value, int) and value.bit_length() > MAX_BITS:  # whoever shows it would write all of it out
        return hex(value)[:30]
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return value


def _toml_lines(data: Mapping[str, Any], text: str) -> Lines:
    """The lines of keys, found by their spelling in order: the TOML parser of the standard library keeps none."""
    rows = [row.partition("#")[0] for row in text.splitlines()]
    start = next((number for number, row in enumerate(rows) if re.match(r"\s*\[\[?.*costgate", row)), 0)
    lines: dict[tuple[str | int, ...], int] = {(): start + 1}
    _find_lines(data, (), start, rows[: start + _SEARCHED], lines)
    return lines


def _find_lines(
    value: Any, path: tuple[str | int, ...], start: int, rows: list[str], lines: dict[tuple[str | int, ...], int]
) -> None:
    if len(lines) > _SEARCHED:
        return
    if isinstance(value, dict):
        for key, member in value.items():
            spelled = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")
            at = _first(spelled, rows, start)
            lines[*path, key] = at + 1
            _find_lines(member, (*path, key), at, rows, lines)
    elif isinstance(value, list):
        header = re.compile(rf"\s*\[\[.*\b{re.escape(str(path[-1]))}\s*\]\]")
        at = start - 1
        for index, member in enumerate(value):
            found = _first(header, rows, at + 1)
            at = found if header.match(rows[found]) else start
            lines[*path, index] = at + 1
            _find_lines(member, (*path, index), at, rows, lines)


def _first(pattern: re.Pattern[str], rows: list[str], start: int) -> int:
    return next((at for at in range(start, len(rows)) if pattern.search(rows[at])), min(start, len(rows) - 1))
