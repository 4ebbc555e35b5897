"""Bytes of a text file as text, or the user's mistake with its line."""

from __future__ import annotations

from costgate.model.error import UserError


def decoded(data: bytes, where: str) -> str:
    """UTF-8, with or without a mark at the start. UserError at `where:line` otherwise."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UserError("is not UTF-8", where=f"{where}:{line}", hint="save it as UTF-8") from error
