"""The lines that a terminal's report is made of: titles, insets, pieces in styles, and links to files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costgate.render import escape

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLE = {"error": "bold red", "warning": "yellow", "info": "cyan", "fail": "bold red", "pass": "bold green"}


def title(words: str) -> Iterator[RenderableType]:
    """An empty line and a heading."""
    yield ""
    yield line(words, "bold underline")


def prose(text: str) -> str:
    """Words from elsewhere on one line."""
    return escape.terminal(" ".join(text.split()), 400)


def aside(words: str) -> str:
    """In brackets, where there is anything to say."""
    return f" ({words})" if words else ""


def line(words: str, style: str) -> RenderableType:
    """One line in one style."""
    return pieces((words, style))


def pieces(*parts: tuple[str, str]) -> RenderableType:
    """One line in several styles."""
    from rich.text import Text

    return Text.assemble(*parts)


def inset(words: str, cells: int, style: str = "") -> RenderableType:
    """Wrapped words that stand in from the left."""
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(words, style=style), (0, 0, 0, cells), expand=False)


def linked(path: str, root: str | None, style: str = "") -> str:
    """The style that links to the file below `root`, for terminals that can; without a root the style as it is."""
    steps = path.split("/")
    if not root or len(path) > 400 or any(step in {"", ".", ".."} for step in steps):
        return style
    from urllib.parse import quote

    address = f"file://{quote(root)}/{quote(path.encode('utf-8', 'surrogateescape'), safe='/')}"
    return f"{style} link {address}".strip()
