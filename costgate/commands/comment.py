"""`costgate comment`: the pull request's comment, from a saved report."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from costgate.commands import PASS
from costgate.commands.output import load, rendered
from costgate.model.error import UserError
from costgate.terminal import say


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("report", type=Path)
    made.add_argument("--repo", required=True, metavar="OWNER/NAME")
    made.add_argument("--pr", required=True, type=int, metavar="N")
    made.add_argument("--tag", default="report", help="keeps several reports on one pull request apart")
    made.add_argument("--mode", choices=("update", "new", "delete-and-new"), default="update")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.forge.github import Comment, Target, post_comment
    from costgate.render.phrase import has_news

    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        raise UserError(
            "no token to comment with", where="GITHUB_TOKEN", hint="pass the workflow's token in the environment"
        )
    report = load(options.report)
    options.format = "markdown"
    body = rendered(report, options)
    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    posted = post_comment(
        Comment(body, has_news(report)), Target(options.repo, options.pr, token, api), mode=options.mode
    )
    say(f"comment {posted.action}" + (f": {posted.url}" if posted.url else ""))
    return PASS
