"""Columns in bytes, from columns in UTF-16 units and the file's lines."""

from __future__ import annotations

import pytest

from costgate.judge.bytecolumns import byte_columns, rows_of
from costgate.model.finding import Finding
from costgate.model.value import Span

TEXT = "x = 1\n日本 = call()\n💸 = call(\n    1)\n"


def _finding(line: int, column: int, end_line: int, end_column: int) -> Finding:
    return Finding("CG101", "error", Span("a.py", line, column, end_line, end_column), "m", "f")


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ((1, 1, 1, 6), (1, 6)),
        ((2, 6, 2, 12), (10, 16)),
        ((3, 6, 4, 7), (8, 7)),
        ((9, 1, 9, 2), None),
        ((0, 0, 0, 0), None),
        ((2, 900, 2, 900), (16, 16)),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_columns(span: tuple[int, int, int, int], found: tuple[int, int] | None, ends: str) -> None:
    assert byte_columns(_finding(*span), rows_of(TEXT.replace("\n", ends).encode())) == found


def test_a_file_of_another_encoding_has_none() -> None:
    assert rows_of("ü = 1".encode("latin-1")) is None
    assert byte_columns(_finding(1, 1, 1, 2), None) is None


def test_the_last_line_needs_no_end_and_a_cell_has_no_bytes_of_its_own() -> None:
    rows = rows_of("a\nü = 1".encode())
    assert byte_columns(_finding(2, 3, 2, 6), rows) == (4, 7)
    assert byte_columns(Finding("CG101", "error", Span("a.ipynb", 1, 1, 1, 2, cell=2), "m", "f"), rows) is None
    assert byte_columns(_finding(1, 0, 1, 2), rows) is None
