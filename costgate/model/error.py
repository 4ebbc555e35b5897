"""The user's mistakes, told in one line: what is wrong, where, and what to do."""

from __future__ import annotations


class UserError(Exception):
    """A mistake in configuration, rule, ref or path. Ends with exit code 2.

    `where` is "path", "path:line" or "" and comes first in the message; `hint` says what to do.
    """

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        line = f"{self.where}: {self.message}" if self.where else self.message
        return f"{line} ({self.hint})" if self.hint else line
