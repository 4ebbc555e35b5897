"""The note on a GitLab merge request: one, ours, and never older than the last run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from costgate.forge.http import PATIENT, Api, Pace
from costgate.forge.sticky import Comment, Found, Posted, checked, keep_up_to_date
from costgate.model.error import UserError

_PROJECT = re.compile(r"[0-9]{1,18}|[A-Za-z0-9._-]{1,100}(/[A-Za-z0-9._-]{1,100}){1,20}")
_LIMIT = 1_000_000
_HINTS = {
    401: "the token is wrong or has expired; a job's own token cannot write notes",
    403: "the token needs the scope api, and its owner the role Reporter or a higher one",
    404: "check the project and the number, and that the token may see them",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A merge request by its number in the project, which is a number or a path. `author`: None asks the API."""

    project: str
    number: int
    token: str = field(repr=False)
    api_url: str = "https://gitlab.com/api/v4"
    author: str | None = None


def post_note(comment: Comment, target: Target, *, mode: str = "update", pace: Pace = PATIENT) -> Posted:
    """Bring the merge request's note up to date. GitLab cannot fold a note away: hide-and-new is refused.

    UserError for a refusal (401, 403, 404, ...) or when the API stays silent past `pace`.
    """
    if not _PROJECT.fullmatch(target.project) or ".." in target.project:
        raise UserError(f"{target.project!r} is no project", hint="write it as group/name, or give its number")
    if target.number < 1:
        raise UserError(f"{target.number} is no merge request", hint="give its number in the project")
    if mode == "hide-and-new":
        raise UserError("a note cannot be hidden on this forge", hint="use update, new or delete-and-new")
    marker = checked(comment, mode, _LIMIT)
    api = Api(target.api_url, target.token, pace, header="PRIVATE-TOKEN", scheme="", hints=_HINTS)
    author = target.author or str(api.get("/user")["username"])
    return keep_up_to_date(_MergeRequest(api, target.project, target.number), comment, mode, marker, author)


@dataclass(frozen=True, slots=True)
class _MergeRequest:
    api: Api
    project: str
    number: int

    def comments(self) -> Iterator[Found]:
        for each in self.api.pages(self._notes(), sort="asc", order_by="created_at"):
            if not each.get("system"):
                author = (each.get("author") or {}).get("username")
                yield Found(int(each["id"]), each.get("body") or "", author, None)

    def create(self, body: str) -> None:
        self.api.post(self._notes(), {"body": body})

    def update(self, found: Found, body: str) -> None:
        self.api.put(f"{self._notes()}/{found.id}", {"body": body})

    def delete(self, found: Found) -> None:
        self.api.delete(f"{self._notes()}/{found.id}")

    def hide(self, found: Found) -> None:
        """Not to be had here; `post_note` refuses the mode."""

    def _notes(self) -> str:
        return f"/projects/{quote(self.project, safe='')}/merge_requests/{self.number}/notes"
