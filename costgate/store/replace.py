"""Writes a file in one step: whoever reads it sees the old bytes or the new ones, never a part."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

from costgate.model.error import UserError


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Write `after` where `before` stands; its mode stays. UserError when it is no plain file, or has changed meanwhile."""
    if os.path.islink(path) or not os.path.isfile(path):
        raise UserError("is not a plain file", where=path)
    with open(path, "rb") as file:
        if file.read() != before:
            raise UserError("changed while it was being mended", where=path, hint="run it again")
    write_whole(path, after, os.stat(path).st_mode & 0o7777)


def write_whole(path: str, data: bytes, mode: int | None = None) -> None:
    """Write a file under a name of its own and move it into place. OSError where that cannot be done: nothing changed."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".costgate-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):  # it was moved
            os.unlink(temporary)
