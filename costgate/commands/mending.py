"""What `check` and `audit` share of mending: its arguments, and the end of a run that mends."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.commands import FAIL, PASS
from costgate.commands.session import finish
from costgate.terminal import complain, write

if TYPE_CHECKING:
    from costgate.mend import Judge


def mending(made: argparse.ArgumentParser) -> None:
    """The arguments."""
    made.add_argument("--fix", action="store_true", help="mend what can be mended without changing any answer")
    made.add_argument("--unsafe-fixes", action="store_true", help="mend also what changes a limit, an effort or a model")
    made.add_argument("--diff", action="store_true", help="with one of the two: show what would change and write nothing")


def asked(options: argparse.Namespace) -> bool:
    """Whether this run is to mend."""
    return bool(options.fix or options.unsafe_fixes or options.diff)


def mended(options: argparse.Namespace, root: Path, judge: Judge) -> int:
    """Mend, or show what that would be. The report and the exit code are those of the mended files."""
    from costgate.mend import mend
    from costgate.mend import write as put

    result = mend(root, judge, unsafe=options.unsafe_fixes)
    if options.diff:
        if result.after:
            write(result.patch, options.output)
        return FAIL if result.after else PASS
    put(root, result)
    told = [f"{result.count} finding{'' if result.count == 1 else 's'} mended in {', '.join(result.after)}"]
    for line in told if result.count else ():
        complain(line)
    return finish(result.report, options)
