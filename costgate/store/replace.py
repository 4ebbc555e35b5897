"""Replaces a file in one step: whoever reads it sees the old bytes or the new ones, and its mode stays."""

from __future__ import annotations

import os
import tempfile

from costgate.model.error import UserError


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Write `after` where `before` stands. UserError when the file is no plain one, or has changed meanwhile."""
    if os.path.islink(path) or not os.path.isfile(path):
        raise UserError("is not a plain file", where=path)
    with open(path, "rb") as file:
        if file.read() != before:
            raise UserError("changed while it was being mended", where=path, hint="run it again")
    mode = os.stat(path).st_mode & 0o7777
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".costgate-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
