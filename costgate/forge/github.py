"""The comment on a GitHub pull request: one, ours, and never older than the last run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from costgate.forge.http import PATIENT, Api, Lost, Pace, Refused
from costgate.forge.sticky import Comment, Found, Posted, checked, keep_up_to_date
from costgate.model.error import UserError

_REPO = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")
_BOT = "github-actions[bot]"
_LIMIT = 65_536
_MINIMIZE = (
    "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId } }"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A pull request (or issue) and who writes on it. `author`: the login to write as; None asks the API."""

    repo: str
    number: int
    token: str = field(repr=False)
    api_url: str = "https://api.github.com"
    author: str | None = None


def post_comment(comment: Comment, target: Target, *, mode: str = "update", pace: Pace = PATIENT) -> Posted:
    """Bring the pull request's comment up to date.

    `mode`: update changes the comment in place; new adds one each time; delete-and-new and hide-and-new move it to the
    end and remove, or fold away, what stood before.
    UserError for a refusal (403, 404, 422, ...) or when the API stays silent past `pace`.
    """
    check_repo(target.repo)
    if target.number < 1:
        raise UserError(f"{target.number} is no pull request", hint="give its number")
    marker = checked(comment, mode, _LIMIT)
    api = Api(target.api_url, target.token, pace)
    author = target.author or _own_login(api)
    return keep_up_to_date(_PullRequest(api, target.repo, target.number), comment, mode, marker, author)


def find_pull(repo: str, head: str, sha: str, *, token: str, api_url: str, pace: Pace = PATIENT) -> int | None:
    """The open pull request whose head is `owner:branch` at commit `sha`; None when it has moved on or was closed.

    For workflows that run after another one: the event names no pull request when it came from a fork.
    UserError when several pull requests have that head.
    """
    check_repo(repo)
    found = [
        pull["number"]
        for pull in Api(api_url, token, pace).pages(f"/repos/{repo}/pulls", state="open", head=head)
        if pull["head"]["sha"] == sha
    ]
    if len(found) > 1:
        listed = ", ".join(f"#{number}" for number in found)
        raise UserError(f"several pull requests have this head: {listed}", where=head, hint="give the number")
    return int(found[0]) if found else None


def check_repo(repo: str) -> None:
    if not _REPO.fullmatch(repo) or ".." in repo:
        raise UserError(f"{repo!r} is not a repository", hint="write it as owner/name")


def _own_login(api: Api) -> str:
    """Whose comments are ours. An app's token, as a workflow has, may not ask for its user; the viewer it may."""
    try:
        return str(api.get("/user")["login"])
    except Refused as error:
        if error.status != 403:
            raise
    try:
        return str(_graphql(api).post("/graphql", {"query": "{ viewer { login } }"})["data"]["viewer"]["login"])
    except (UserError, Lost, KeyError, TypeError):
        return _BOT


@dataclass(frozen=True, slots=True)
class _PullRequest:
    api: Api
    repo: str
    number: int

    def comments(self) -> Iterator[Found]:
        for each in self.api.pages(f"/repos/{self.repo}/issues/{self.number}/comments"):
            author = (each.get("user") or {}).get("login")
            yield Found(int(each["id"]), each.get("body") or "", author, each["html_url"], str(each.get("node_id") or ""))

    def create(self, body: str) -> str:
        made = self.api.post(f"/repos/{self.repo}/issues/{self.number}/comments", {"body": body})
        return str(made["html_url"])

    def update(self, found: Found, body: str) -> str:
        return str(self.api.patch(self._path(found), {"body": body})["html_url"])

    def delete(self, found: Found) -> None:
        self.api.delete(self._path(found))

    def hide(self, found: Found) -> None:
        """Only GraphQL can; that an old comment stays open fails nothing."""
        asked = {"query": _MINIMIZE, "variables": {"id": found.node}}
        try:
            _graphql(self.api).post("/graphql", asked)
        except (Refused, Lost):
            return

    def _path(self, found: Found) -> str:
        return f"/repos/{self.repo}/issues/comments/{found.id}"


def _graphql(api: Api) -> Api:
    """On an enterprise server REST is at /api/v3 and GraphQL at /api/graphql."""
    return Api(re.sub(r"/v3/?$", "", api.url), api.token, api.pace)
