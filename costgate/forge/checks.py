"""The check run on a commit of GitHub's: the verdict among the other checks, never older than the last run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from costgate.forge.github import Target, check_repo
from costgate.forge.http import HINTS, PATIENT, Api, Pace, surely
from costgate.forge.sticky import Posted
from costgate.model.error import UserError

_SHA = re.compile(r"[0-9a-f]{40,64}")
_ID = re.compile(r"costgate:([A-Za-z0-9._-]+):([0-9]{1,15}):[0-9a-f]+")
_HINTS = {
    **HINTS,
    403: "the job needs `permissions: checks: write`; a pull request from a fork has a token that can only read",
}


def publish(check: Mapping[str, Any], target: Target, sha: str, *, pace: Pace = PATIENT) -> Posted:
    """Put the check run, as the format `check-run` makes it, on a commit.

    `sha` is the caller's word, never a report's. Another run on the same commit gets a check run of its own, of which
    GitHub shows the newest. UserError for a refusal, or when the API stays silent past `pace`.
    """
    check_repo(target.repo)
    if not _SHA.fullmatch(sha):
        raise UserError(f"{sha!r} is no commit", hint="give the whole hash of the head commit")
    api = Api(target.api_url, target.token, pace, hints=_HINTS)
    return surely(api, lambda: _once(api, check, target.repo, sha))


def _once(api: Api, check: Mapping[str, Any], repo: str, sha: str) -> Posted:
    answer = api.get(f"/repos/{repo}/commits/{sha}/check-runs", check_name=check["name"], filter="latest", per_page="100")
    tag, order = _known(check["external_id"])
    for run in answer["check_runs"]:
        there, since = _known(str(run.get("external_id") or ""))
        if there != tag:
            continue
        if run["external_id"] == check["external_id"]:
            return Posted("unchanged", run.get("html_url"))
        if since > order:
            return Posted("newer", run.get("html_url"))
    made = api.post(f"/repos/{repo}/check-runs", {"head_sha": sha, "status": "completed", **check})
    return Posted("created", made.get("html_url"))


def _known(external_id: str) -> tuple[str | None, int]:
    match = _ID.fullmatch(external_id)
    return (match[1], int(match[2])) if match else (None, 0)
