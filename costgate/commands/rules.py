"""`costgate rules`: what the rules are, and the proof of a team's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands import MISTAKE, PASS
from costgate.terminal import complain, say


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("action", choices=("list", "check"))
    made.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="for check (default: .costgate/rules)")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.rulecheck import known_rules

    if options.action == "check":
        return _check_rules(options.paths)
    for rule in known_rules(Path.cwd()):
        say(f"{rule.id}  {rule.severity:7}  {rule.name:28}  {rule.summary}")
    return PASS


def _check_rules(paths: list[Path]) -> int:
    from costgate.rulecheck import check_rules

    count, mistakes = check_rules(paths, Path.cwd())
    for mistake in mistakes:
        complain(str(mistake))
    if mistakes:
        complain(f"{len(mistakes)} mistakes in {count} rule files")
        return MISTAKE
    say(f"{count} rule files, every example as marked, every condition needed")
    return PASS
