"""The comment on a GitHub pull request: one, ours, and never older than the last run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from costgate.forge.http import PATIENT, Api, Lost, Pace, Refused, silence
from costgate.model.error import UserError
from costgate.model.marker import Marker, find_marker

MODES = ("update", "new", "delete-and-new")
_REPO = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")
_BOT = "github-actions[bot]"
_LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class Target:
    """A pull request (or issue) and who writes on it. `author`: the login to write as; None asks the API."""

    repo: str
    number: int
    token: str = field(repr=False)
    api_url: str = "https://api.github.com"
    author: str | None = None


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


def post_comment(comment: Comment, target: Target, *, mode: str = "update", pace: Pace = PATIENT) -> Posted:
    """Bring the pull request's comment up to date.

    `mode`: update changes the comment in place; new adds one each time; delete-and-new moves it to the end.
    UserError for a refusal (403, 404, 422, ...) or when the API stays silent past `pace`.
    """
    marker = _checked(comment, target, mode)
    api = Api(target.api_url, target.token, pace)
    author = target.author or _own_login(api)
    attempt = 0
    while True:
        try:
            return _bring_up_to_date(api, comment, target, mode, marker, author)
        except Lost as error:
            # Perhaps the comment was made all the same: look again before making another.
            attempt += 1
            if attempt >= pace.attempts:
                raise silence(str(error), attempt, target.api_url) from None
            api.wait(pace.first * 2 ** (attempt - 1))


def find_pull(repo: str, head: str, sha: str, *, token: str, api_url: str, pace: Pace = PATIENT) -> int | None:
    """The open pull request whose head is `owner:branch` at commit `sha`; None when it has moved on or was closed.

    For workflows that run after another one: the event names no pull request when it came from a fork.
    UserError when several pull requests have that head.
    """
    _check_repo(repo)
    found = [
        pull["number"]
        for pull in Api(api_url, token, pace).pages(f"/repos/{repo}/pulls", state="open", head=head)
        if pull["head"]["sha"] == sha
    ]
    if len(found) > 1:
        listed = ", ".join(f"#{number}" for number in found)
        raise UserError(f"several pull requests have this head: {listed}", where=head, hint="give the number")
    return int(found[0]) if found else None


def _checked(comment: Comment, target: Target, mode: str) -> Marker:
    _check_repo(target.repo)
    if target.number < 1:
        raise UserError(f"{target.number} is no pull request", hint="give its number")
    if mode not in MODES:
        raise UserError(f"no comment mode {mode!r}", hint=f"one of {', '.join(MODES)}")
    if len(comment.body) > _LIMIT:
        raise UserError(f"the comment has {len(comment.body):,} characters, GitHub takes {_LIMIT:,}")
    marker = find_marker(comment.body)
    if marker is None:
        raise UserError("the comment does not open with a costgate marker", hint="render it with --format markdown")
    return marker


def _check_repo(repo: str) -> None:
    if not _REPO.fullmatch(repo) or ".." in repo:
        raise UserError(f"{repo!r} is not a repository", hint="write it as owner/name")


def _own_login(api: Api) -> str:
    """Whose comments are ours. An app's token, as a workflow has, may not ask for its user; the viewer it may."""
    try:
        return str(api.get("/user")["login"])
    except Refused as error:
        if error.status != 403:
            raise
    # On an enterprise server REST is at /api/v3 and GraphQL at /api/graphql.
    viewer = Api(re.sub(r"/v3/?$", "", api.url), api.token, api.pace)
    try:
        return str(viewer.post("/graphql", {"query": "{ viewer { login } }"})["data"]["viewer"]["login"])
    except (UserError, Lost, KeyError, TypeError):
        return _BOT


def _bring_up_to_date(api: Api, comment: Comment, target: Target, mode: str, marker: Marker, author: str) -> Posted:
    own = _own(api, target, marker.tag, author)
    if any(_order(each) > marker.order for each in own):
        return Posted("newer", own[-1]["html_url"])
    if not own and not comment.needed:
        return Posted("skipped")
    if own and _same(own[-1]["body"], comment.body):
        return Posted("unchanged", own[-1]["html_url"])
    if own and mode == "update":
        return Posted("updated", api.patch(_path(target, own[-1]), {"body": comment.body})["html_url"])
    made = api.post(f"/repos/{target.repo}/issues/{target.number}/comments", {"body": comment.body})
    if mode == "delete-and-new":
        for each in own:
            _delete(api, _path(target, each))
    return Posted("created", made["html_url"])


def _delete(api: Api, path: str) -> None:
    try:
        api.delete(path)
    except Refused as error:
        if error.status != 404:
            raise


def _own(api: Api, target: Target, tag: str, author: str) -> list[Mapping[str, Any]]:
    """Our comments, oldest first. By author as well as by marker: anyone can paste a marker."""
    found = api.pages(f"/repos/{target.repo}/issues/{target.number}/comments")
    return [each for each in found if (each.get("user") or {}).get("login") == author and _tag(each) == tag]


def _tag(comment: Mapping[str, Any]) -> str | None:
    marker = find_marker(comment.get("body") or "")
    return marker.tag if marker else None


def _order(comment: Mapping[str, Any]) -> int:
    marker = find_marker(comment["body"])
    return marker.order if marker else 0


def _same(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _path(target: Target, comment: Mapping[str, Any]) -> str:
    return f"/repos/{target.repo}/issues/comments/{int(comment['id'])}"
