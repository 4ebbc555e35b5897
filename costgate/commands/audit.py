"""`costgate audit`: every call site of a codebase, ranked by what it costs."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands.mending import asked, mended, mending
from costgate.commands.session import Session, asking, finish, judging


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("paths", nargs="*", type=Path, default=[Path()], metavar="PATH")
    judging(made)
    mending(made)
    asking(made)


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.gate import audit, root_of

    with Session(options) as setting:
        if asked(options):
            return mended(options, root_of(options.paths), lambda edited: audit(options.paths, setting, edited))
        report = audit(options.paths, setting)
    return finish(report, options)
