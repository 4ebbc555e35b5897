"""The report as one HTML file that asks for nothing outside of itself: charts, tables to sort and filter, derivations."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from costgate.model.report import Report
from costgate.render.html.page import page
from costgate.render.options import Options

if TYPE_CHECKING:
    from jinja2 import Environment


def render(report: Report, options: Options) -> str:
    """One page about the report."""
    return drawn("page.html.j2", page(report, options))


def drawn(template: str, names: Mapping[str, Any]) -> str:
    """A page. Its policy allows its own style and script by their digests, and no request at all."""
    style, script = _part("page.css"), _part("page.js")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'"
    )
    text = _environment().get_template(template).render(names, style=style, script=script, policy=policy)
    return "\n".join(line for line in text.split("\n") if line.strip()) + "\n"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("costgate.render.html", "parts"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _part(name: str) -> str:
    """A part that goes into the page as it is, without the blank lines that `render` would take out."""
    text = files("costgate.render.html").joinpath("parts", name).read_text("utf-8")
    return "\n" + "\n".join(line for line in text.split("\n") if line.strip()) + "\n"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
