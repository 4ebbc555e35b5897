"""A report, made or saved, in the format that was asked for."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.model.error import UserError
from costgate.terminal import on_terminal, width

if TYPE_CHECKING:
    from costgate.model.report import Report


def rendered(report: Report, options: argparse.Namespace) -> str:
    """The report as text of `options.format`."""
    from costgate.render import render
    from costgate.render.options import Options

    seen = on_terminal(getattr(options, "output", None))
    server, repository = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    return render(
        report,
        options.format,
        Options(
            width=width(seen),
            colour=seen and not os.environ.get("NO_COLOR"),
            links=f"{server}/{repository}" if server and repository else None,
            limit=getattr(options, "limit", 50),
            tag=getattr(options, "tag", "report"),
        ),
    )


def load(path: Path) -> Report:
    """A report saved as JSON. UserError for what is none."""
    from costgate.render.load import load_report

    if not path.exists():
        raise UserError("no such report", where=str(path), hint="make one with --format json --output FILE")
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise UserError("is not UTF-8 text", where=str(path)) from None
    return load_report(text, str(path))
