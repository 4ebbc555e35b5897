"""`costgate audit`: every call site of a codebase, ranked by what it costs."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands.session import Session, asking, finish, judging


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("paths", nargs="*", type=Path, default=[Path()], metavar="PATH")
    judging(made)
    asking(made)


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.gate import audit

    with Session(options) as setting:
        report = audit(options.paths, setting)
    return finish(report, options)
