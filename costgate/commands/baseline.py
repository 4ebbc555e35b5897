"""`costgate baseline`: the file with findings that are accepted for now."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands import PASS
from costgate.commands.output import plain
from costgate.commands.session import Session, reading
from costgate.terminal import complain, say, write


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.description = (
        f"{made.description} create writes every finding that an audit has now; update drops those that are gone and "
        "never adds any; show lists them. The file is the one that `baseline:` in costgate.yaml names."
    )
    made.add_argument("action", choices=("create", "update", "show"))
    made.add_argument("path", nargs="?", type=Path, default=Path(), metavar="PATH", help="a folder of the codebase")
    reading(made)


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.gate import baseline
    from costgate.judge.baseline import dump_baseline

    with Session(options) as setting:
        made = baseline(options.path, options.action, setting)
    if options.action == "show":
        for entry in made.after.values():
            say("  ".join(plain(entry.get(name)) for name in ("rule", "path", "message")))
    elif options.action == "create" or made.after != made.before:
        write(dump_baseline(made.after), made.root / made.path)
    gone = len(made.before) - len(made.after)
    count = f"{len(made.after):,} finding{'' if len(made.after) == 1 else 's'} accepted"
    say(f"{made.path}: {count}" + (f", {gone:,} dropped" if gone > 0 else ""))
    if not made.named:
        complain(f"{made.path} is not used yet: set `baseline: {made.path}` in costgate.yaml")
    return PASS
