"""The note on a merge request: the same manners on another forge."""

from __future__ import annotations

from typing import Any

import pytest

from costgate.forge.gitlab import Target, post_note
from costgate.forge.http import Pace
from costgate.forge.sticky import Comment, Posted
from costgate.model.error import UserError
from costgate.model.marker import Marker

QUICK = Pace(attempts=3, first=0.01, total=2.0)
NOTES = "/projects/group%2Fapp/merge_requests/7/notes"


def body(order: int, words: str = "hello", tag: str = "report") -> str:
    return f"{Marker(tag, order, None).line()}\n{words}\n"


def post(forge: Any, text: str, mode: str = "update", needed: bool = True, **target: Any) -> Posted:
    forge.login = "ci-bot"
    whole = {"project": "group/app", "number": 7, "token": "glpat-secret", "api_url": forge.url, **target}
    return post_note(Comment(text, needed), Target(**whole), mode=mode, pace=QUICK)


def test_created_updated_left_alone_and_never_older(forge: Any) -> None:
    assert [post(forge, body(*given)).action for given in ((1,), (2, "two"), (2, "two"), (1, "late"))] == [
        "created", "updated", "unchanged", "newer",
    ]  # fmt: skip
    assert [note["body"] for note in forge.notes] == [body(2, "two")]
    assert forge.writes() == [f"POST {NOTES}", f"PUT {NOTES}/1"]
    assert forge.tokens == {"glpat-secret"}


def test_only_our_notes_count(forge: Any) -> None:
    for author, system in (("mallory", False), ("ci-bot", True)):
        forge.notes.append({"id": len(forge.notes) + 1, "body": body(9), "author": {"username": author}, "system": system})
    assert post(forge, body(1), needed=False).action == "skipped"
    assert post(forge, body(1)).action == "created"


def test_delete_and_new(forge: Any) -> None:
    post(forge, body(1))
    assert post(forge, body(2, "two"), "delete-and-new").action == "created"
    assert [note["body"] for note in forge.notes] == [body(2, "two")]


@pytest.mark.parametrize(
    ("mode", "target", "said"),
    [
        ("hide-and-new", {}, "cannot be hidden"),
        ("update", {"project": "app"}, "is no project"),
        ("update", {"project": "group/../app"}, "is no project"),
        ("update", {"number": 0}, "is no merge request"),
        ("update", {"token": "two\nlines"}, "no usable token"),
        ("update", {"api_url": "http://gitlab.example/api/v4"}, "is not https"),
    ],
)
def test_what_cannot_be_right_is_said_before_anything_is_sent(forge: Any, mode: str, target: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        post(forge, body(1), mode, **target)
    assert forge.asked == []


def test_a_refusal_does_not_tell_the_token(forge: Any) -> None:
    forge.fail("POST", "notes", 403, body='{"message": "403 Forbidden"}')
    with pytest.raises(UserError) as raised:
        post(forge, body(1))
    assert "403" in str(raised.value) and "scope api" in str(raised.value) and "glpat" not in str(raised.value)
