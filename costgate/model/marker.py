"""The hidden first line by which costgate knows a comment as its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from costgate.model.error import UserError

_TAG = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SHA = re.compile(r"[0-9a-f]{7,64}")
_LINE = re.compile(rf"<!-- costgate:({_TAG.pattern}) order=([0-9]{{1,15}}) sha=({_SHA.pattern}|none) -->")


@dataclass(frozen=True, slots=True)
class Marker:
    """`tag` tells several reports on one pull request apart; `order` grows with the head, so a late run cannot win."""

    tag: str
    order: int
    sha: str | None

    def line(self) -> str:
        """The HTML comment. UserError for a tag that could end it early."""
        if not _TAG.fullmatch(self.tag):
            raise UserError(f"bad tag {self.tag!r}", hint="use up to 64 letters, digits, dots, dashes, underscores")
        sha = self.sha if self.sha and _SHA.fullmatch(self.sha) else "none"
        return f"<!-- costgate:{self.tag} order={max(self.order, 0)} sha={sha} -->"


def find_marker(body: str) -> Marker | None:
    """The marker that opens a comment; None when the comment is not one of ours."""
    match = _LINE.match(body.lstrip("\ufeff \r\n"))
    if match is None:
        return None
    tag, order, sha = match.groups()
    return Marker(tag, int(order), None if sha == "none" else sha)
