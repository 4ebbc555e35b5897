"""What the commands print, and where it goes."""

from __future__ import annotations

import errno
import os
import sys

from costgate.model.error import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_UNFINISHED = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO)
"""What may end the writing of a file in its middle."""


def say(text: str) -> None:
    """Print to standard output; a reader who has gone away is no failure."""
    if sys.stdout is None:  # closed by whoever started us
        return
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads on; the verdict stands all the same
        let_go_of_output()


def complain(text: str) -> None:
    """Print one line to standard error."""
    if sys.stderr is not None:
        print(f"costgate: {text}", file=sys.stderr)


def ask(question: str) -> bool:
    """Ask a person; no answer is no."""
    say(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def write(text: str, output: Path | None) -> None:
    """Write to a file, or to standard output without one."""
    if output is None or str(output) == "-":
        say(text.rstrip("\n"))
        return
    try:
        output.write_text(text, "utf-8", "replace")
    except OSError as error:
        if error.errno in _UNFINISHED and output.is_file():  # whoever reads half a report must not take it for one
            output.write_bytes(b"")
        raise UserError(f"cannot be written: {error.strerror}", where=str(output)) from None


def let_go_of_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter's last flush does not fail as well."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def on_terminal(output: Path | None = None) -> bool:
    """Whether what is printed is seen by a person at once."""
    return output is None and sys.stdout is not None and sys.stdout.isatty()


def coloured(output: Path | None = None) -> bool:
    """Whether what is printed is in colour: as NO_COLOR or FORCE_COLOR say, else where a terminal that can do so is."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return output is None and os.environ["FORCE_COLOR"] != "0"
    return on_terminal(output) and not dumb()


def dumb() -> bool:
    """Whether the terminal obeys no sequences."""
    return os.environ.get("TERM") == "dumb"


def width(seen: bool) -> int:
    """Columns to fill; a fixed number where nobody looks on."""
    import shutil

    return shutil.get_terminal_size((120, 40)).columns if seen else 120
