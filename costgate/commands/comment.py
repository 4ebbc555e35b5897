"""`costgate comment`: the pull request's comment, from a saved report."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from costgate.commands import PASS
from costgate.commands.output import load, rendered
from costgate.commands.session import redacting
from costgate.model.error import UserError
from costgate.terminal import say

_TOKENS = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("report", type=Path)
    made.add_argument("--forge", choices=_TOKENS, help="where the pull or merge request is (default: github, or gitlab in its CI)")
    made.add_argument("--repo", required=True, metavar="OWNER/NAME", help="the repository, or GitLab's project")
    made.add_argument("--pr", required=True, type=int, metavar="N", help="the number of the pull or merge request")
    made.add_argument("--tag", default="report", help="keeps several reports on one pull request apart")
    redacting(made)
    made.add_argument(
        "--mode",
        choices=("update", "new", "delete-and-new", "hide-and-new"),
        default="update",
        help="change the comment in place, or add one each time and keep, delete or hide the one before",
    )


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.forge.sticky import Comment
    from costgate.render.phrase import has_news

    forge = options.forge or ("gitlab" if os.environ.get("GITLAB_CI") else "github")
    token = os.environ.get(_TOKENS[forge], "")
    if not token:
        raise UserError("no token to comment with", where=_TOKENS[forge], hint="pass it to this command in the environment")
    report = load(options.report)
    # A report of somebody else's may claim to be from the future, and no later run would ever replace its comment.
    report["provenance"]["run_order"] = min(report["provenance"]["run_order"], int(time.time()))
    options.format = "markdown"
    comment = Comment(rendered(report, options), has_news(report))
    if forge == "gitlab":
        from costgate.forge import gitlab

        api = os.environ.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
        posted = gitlab.post_note(comment, gitlab.Target(options.repo, options.pr, token, api), mode=options.mode)
    else:
        from costgate.forge import github

        api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
        posted = github.post_comment(comment, github.Target(options.repo, options.pr, token, api), mode=options.mode)
    say(f"comment {posted.action}" + (f": {posted.url}" if posted.url else ""))
    return PASS
