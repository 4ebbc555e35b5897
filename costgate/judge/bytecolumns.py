"""Where a finding begins and ends, counted in bytes of UTF-8, as some readers of reports count."""

from __future__ import annotations

from costgate.model.finding import Finding


def rows_of(data: bytes) -> list[str] | None:
    """The lines of a file; None for one that is not UTF-8, whose bytes are others than the text's."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def byte_columns(finding: Finding, rows: list[str] | None) -> tuple[int, int] | None:
    """Of the first line's start and the last line's end; None where these are not known."""
    span = finding.span
    last = span.end_line or span.line
    if rows is None or span.cell is not None or span.column < 1 or not 1 <= span.line <= last <= len(rows):
        return None
    return _bytes(rows[span.line - 1], span.column), _bytes(rows[last - 1], span.end_column or span.column)


def _bytes(row: str, column: int) -> int:
    """From a column in UTF-16 units, from 1, to one in bytes."""
    before = row.encode("utf-16-le", "surrogatepass")[: 2 * (column - 1)]
    return len(before.decode("utf-16-le", "replace").encode("utf-8")) + 1
