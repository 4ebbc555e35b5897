"""One comment of ours under a change, whichever forge it is on: kept up to date, and never older than the last run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from costgate.forge.http import Api, Refused, surely
from costgate.model.error import UserError
from costgate.model.marker import Marker, find_marker

MODES = ("update", "new", "delete-and-new", "hide-and-new")


@dataclass(frozen=True, slots=True)
class Comment:
    """`body` opens with a marker. `needed` false: there is no news, so it may only replace an earlier comment."""

    body: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Posted:
    """`action`: created | updated | unchanged | newer (a later run has spoken) | skipped (no news)."""

    action: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A comment that stands there. `node` names it where the forge has a second name for it."""

    id: int
    body: str
    author: str | None
    url: str | None
    node: str = ""
    hidden: bool = False


class Board(Protocol):
    """Where a change is talked about."""

    @property
    def api(self) -> Api:
        """How the forge is spoken to."""
        ...

    def comments(self) -> Iterable[Found]:
        """All of them, oldest first."""
        ...

    def create(self, body: str) -> str | None:
        """Add one and return its address."""
        ...

    def update(self, found: Found, body: str) -> str | None:
        """Change one and return its address."""
        ...

    def delete(self, found: Found) -> None:
        """Remove one."""
        ...

    def hide(self, found: Found) -> None:
        """Fold one away as outdated."""
        ...


def checked(comment: Comment, mode: str, limit: int) -> Marker:
    """The comment's marker. UserError for what cannot be posted; nothing has been sent then."""
    if mode not in MODES:
        raise UserError(f"no comment mode {mode!r}", hint=f"one of {', '.join(MODES)}")
    if len(comment.body) > limit:
        raise UserError(f"the comment has {len(comment.body):,} characters, the forge takes {limit:,}")
    marker = find_marker(comment.body)
    if marker is None:
        raise UserError("the comment does not open with a costgate marker", hint="render it with --format markdown")
    return marker


def keep_up_to_date(board: Board, comment: Comment, mode: str, marker: Marker, author: str) -> Posted:
    """`mode`: update changes the comment in place; new adds one each time; the others add one and take the old away."""
    return surely(board.api, lambda: _once(board, comment, mode, marker, author))


def _once(board: Board, comment: Comment, mode: str, marker: Marker, author: str) -> Posted:
    own = _own(board, marker.tag, author)
    if any(_order(each) > marker.order for each in own):
        return Posted("newer", own[-1].url)
    if not own and not comment.needed:
        return Posted("skipped")
    if own and _same(own[-1].body, comment.body):
        return Posted("unchanged", own[-1].url)
    if own and mode == "update":
        return Posted("updated", board.update(own[-1], comment.body))
    made = board.create(comment.body)
    for each in own:
        if mode == "delete-and-new":
            _without_fail(board.delete, each)
        elif mode == "hide-and-new" and not each.hidden:
            _without_fail(board.hide, each)
    return Posted("created", made)


def _without_fail(take_away: Callable[[Found], None], found: Found) -> None:
    """What someone else has removed meanwhile is away, too."""
    try:
        take_away(found)
    except Refused as error:
        if error.status != 404:
            raise


def _own(board: Board, tag: str, author: str) -> list[Found]:
    """Our comments, oldest first. By author as well as by marker: anyone can paste a marker."""
    return [each for each in board.comments() if each.author == author and _tag(each) == tag]


def _tag(found: Found) -> str | None:
    marker = find_marker(found.body)
    return marker.tag if marker else None


def _order(found: Found) -> int:
    marker = find_marker(found.body)
    return marker.order if marker else 0


def _same(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
