"""A report, made or saved, in the format that was asked for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.model.error import UserError
from costgate.model.text import decoded
from costgate.terminal import coloured, dumb, on_terminal, width

if TYPE_CHECKING:
    from costgate.model.report import Report


def rendered(report: Report, options: argparse.Namespace) -> str:
    """The report as text of `options.format`."""
    from costgate.render import render
    from costgate.render.options import Options

    if getattr(options, "redact", False):
        from costgate.render.redact import redacted

        report = redacted(report)
    output = getattr(options, "output", None)
    seen = on_terminal(output)
    return render(
        report,
        options.format,
        Options(
            width=width(seen),
            colour=coloured(output),
            links=_links(os.environ),
            limit=getattr(options, "limit", 50),
            tag=getattr(options, "tag", "report"),
            detail={"strict": "more", "auditor": "full"}.get(getattr(options, "persona", None) or "", "normal"),
            root=_root(options) if seen and not os.environ.get("NO_COLOR") and not dumb() else None,
        ),
    )


def _root(options: argparse.Namespace) -> str | None:
    """The folder that the paths of a report just made are below; a saved one may be of another machine."""
    if options.command not in {"audit", "diff", "check"}:
        return None
    from costgate.store.git import find_root

    start = (getattr(options, "paths", None) or [Path()])[0].resolve()
    folder = start if start.is_dir() else start.parent
    return str(find_root(folder) or folder)


def _links(told: Mapping[str, str]) -> str | None:
    """The repository's web address, as its CI tells it: nothing in a report is trusted to say that."""
    if told.get("GITHUB_SERVER_URL") and told.get("GITHUB_REPOSITORY"):
        return f"{told['GITHUB_SERVER_URL']}/{told['GITHUB_REPOSITORY']}"
    project = told.get("CI_PROJECT_URL", "")
    return f"{project}/-" if told.get("GITLAB_CI") and project.startswith("https://") else None


def plain(value: object) -> str:
    """Text from a repository or a report that is printed as it is: on one line, nothing in it that a terminal obeys."""
    from costgate.render.escape import terminal

    return terminal(str(value or "?"), 400)


def load(path: Path) -> Report:
    """A report saved as JSON. UserError for what is none."""
    from costgate.render.load import load_report

    if not path.exists():
        raise UserError("no such report", where=str(path), hint="make one with --format json --output FILE")
    return load_report(decoded(path.read_bytes(), str(path)), str(path))
