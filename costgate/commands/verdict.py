"""`costgate verdict`: the exit code of a saved report."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands import FAIL, PASS
from costgate.commands.output import load
from costgate.terminal import say


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("report", type=Path)


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    report = load(options.report)
    verdict = report["verdict"]
    reasons = "; ".join(verdict["reasons"])
    say(f"{verdict['result']}: {reasons}" if reasons else verdict["result"])
    return FAIL if verdict["result"] == "fail" else PASS
