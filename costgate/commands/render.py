"""`costgate render`: another format of a saved report."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands import PASS
from costgate.commands.output import load, rendered
from costgate.commands.session import PERSONAS, redacting
from costgate.render import FORMATS
from costgate.terminal import write


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("report", type=Path)
    made.add_argument("-f", "--format", choices=FORMATS, default="text")
    made.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of to standard output")
    made.add_argument("--persona", choices=PERSONAS, help="how much is shown: strict and auditor show more")
    redacting(made)
    made.add_argument("--tag", default="report", help="keeps several reports on one pull request apart")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    write(rendered(load(options.report), options), options.output)
    return PASS
