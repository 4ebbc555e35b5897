"""`costgate status`: the verdict of a saved report as a check run on a commit."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from costgate.commands import PASS
from costgate.commands.output import load, rendered
from costgate.model.error import UserError
from costgate.terminal import say

_TOKEN = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("report", type=Path)
    made.add_argument("--repo", required=True, metavar="OWNER/NAME", help="the repository")
    made.add_argument("--sha", required=True, help="the commit, of a pull request its head")
    made.add_argument("--tag", default="report", help="keeps several reports on one commit apart")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.forge.checks import publish
    from costgate.forge.github import Target

    token = os.environ.get(_TOKEN, "")
    if not token:
        raise UserError("no token to write the check run with", where=_TOKEN, hint="pass it to this command in the environment")
    report = load(options.report)
    report["provenance"]["run_order"] = min(report["provenance"]["run_order"], int(time.time()))
    options.format = "check-run"
    check = json.loads(rendered(report, options))
    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    posted = publish(check, Target(options.repo, 1, token, api), options.sha)
    say(f"check run {posted.action}: {check['conclusion']}" + (f", {posted.url}" if posted.url else ""))
    return PASS
