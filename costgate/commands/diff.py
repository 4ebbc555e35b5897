"""`costgate diff`: what a branch changes against its merge base."""

from __future__ import annotations

import argparse

from costgate.commands.session import Session, asking, finish, focusing, here, judging
from costgate.model.error import UserError


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.description = (
        f"{made.description} The costgate.yaml of the merge base judges; what the change does to it is shown. "
        "--config is your own choice and holds for both sides: give it no file that the change itself can write."
    )
    judging(made)
    focusing(made)
    asking(made)
    made.add_argument(
        "--base", metavar="REF", help="the branch it will be merged into (default: origin's, main, master)"
    )
    made.add_argument(
        "--base-config",
        metavar="PATH",
        help="a path in the repository that stands for costgate.yaml there; like it, the merge base's version judges",
    )
    made.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="NAME",
        help="a label that the pull request has; where the base's `justify:` lists it, its findings only warn",
    )
    made.add_argument(
        "--base-prices",
        metavar="BOOK",
        help="prices of the base, as --prices says them: what they changed is told apart from what the code changed",
    )
    which = made.add_mutually_exclusive_group()
    which.add_argument("--head", metavar="REF", help="the revision to judge (default: HEAD)")
    which.add_argument("--staged", action="store_true", help="judge what is staged")
    which.add_argument("--worktree", action="store_true", help="judge the files as they are on disk")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.gate import diff

    if options.config is not None and options.base_config is not None:
        raise UserError("--config and --base-config exclude each other", hint="see costgate diff --help")
    which = "staged" if options.staged else "worktree" if options.worktree else "commit"
    with Session(options) as setting:
        report = diff(here(), options.base, options.head, which, setting)
    return finish(report, options)
