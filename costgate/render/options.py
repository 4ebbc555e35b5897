"""What a reader may choose about an output."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`width` and `colour` are for the terminal; `links` is a repository's web address, from a trusted place only.

    `limit` is how many calls a list shows before it counts the rest; `detail` is normal | more | full (more folds nothing
    together, full also lists what is hidden and every abstention); `root` is the folder on disk that paths are below, where
    a terminal may link to it; `tag` names the comment and the SARIF category where one commit has several reports.
    """

    width: int = 100
    colour: bool = False
    links: str | None = None
    limit: int = 50
    detail: str = "normal"
    tag: str = "report"
    root: str | None = None
