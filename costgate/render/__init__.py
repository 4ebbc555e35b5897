"""Outputs, one module each, made from a report alone."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from costgate.model.error import UserError

if TYPE_CHECKING:  # the names of the formats are asked for by every command, most of which render nothing
    from costgate.model.report import Report
    from costgate.render.options import Options

FORMATS = {
    "text": "costgate.render.brief",
    "json": "costgate.render.json",
    "sarif": "costgate.render.sarif",
    "markdown": "costgate.render.markdown",
    "github": "costgate.render.github",
    "check-run": "costgate.render.checkrun",
    "html": "costgate.render.html",
    "gitlab": "costgate.render.gitlab",
    "bitbucket": "costgate.render.bitbucket",
    "devops": "costgate.render.devops",
    "junit": "costgate.render.junit",
    "checkstyle": "costgate.render.checkstyle",
    "rdjson": "costgate.render.rdjson",
    "badge": "costgate.render.badge",
    "costmodel": "costgate.render.costmodel",
    "csv": "costgate.render.csv",
    "focus": "costgate.render.focus",
}
"""Name -> module with `render(report, options) -> str`, imported when asked for."""


def render(report: Report, format: str, options: Options | None = None) -> str:
    """The report in one format. UserError for a format that does not exist."""
    if format not in FORMATS:
        raise UserError(f"no format named {format!r}", hint=f"one of {', '.join(sorted(FORMATS))}")
    from costgate.render.options import Options

    make: Callable[[Report, Options], str] = import_module(FORMATS[format]).render
    return make(report, options or Options())
