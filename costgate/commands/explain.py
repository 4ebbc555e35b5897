"""`costgate explain`: one rule in full, how the cost of one call comes about, or the prompts of one file."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.commands import PASS
from costgate.commands.explain_prompt import explain_prompt
from costgate.commands.session import reading
from costgate.model.error import UserError
from costgate.terminal import on_terminal, say, width

if TYPE_CHECKING:
    from costgate.model.report import Report

_PLACE = re.compile(r"(?P<path>.+?)(?::cell (?P<cell>[0-9]{1,6}))?:(?P<line>[0-9]{1,9})")


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.description = (
        f"{made.description} For a place such as bot/answer.py:11: the whole derivation of the calls there, and of those "
        "that something there decides about, from a run on the tree or from a saved report."
    )
    made.add_argument("what", metavar="RULE|PATH:LINE|FILE", help="CG101, bot/answer.py:11, or prompts/system.md")
    made.add_argument("--report", type=Path, metavar="FILE", help="for a place: take this saved report instead of a run")
    reading(made)


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    place = _PLACE.fullmatch(options.what)
    if Path(options.what).is_file():
        return explain_prompt(Path(options.what), options)
    return _explain_place(place, options) if place else _explain_rule(options.what)


def _explain_rule(name: str) -> int:
    from costgate.commands.rules import explain_rules
    from costgate.rulecheck import rules_named

    return explain_rules(rules_named([name], Path.cwd()))


def _explain_place(place: re.Match[str], options: argparse.Namespace) -> int:
    from costgate.commands.output import load
    from costgate.render.derivation import calls_at, derivation, lines_with_calls
    from costgate.render.options import Options

    path, line, cell = place["path"].replace("\\", "/"), int(place["line"]), place["cell"]
    if options.report is not None:
        path, report = path.removeprefix("./"), load(options.report)
    else:
        path, report = _audited(Path(place["path"]), options)
    calls = calls_at(report, path, line, None if cell is None else int(cell) - 1)
    if not calls:
        known = lines_with_calls(report, path)
        places = f"calls of this file are at {', '.join(map(str, known[:20]))}" if known else "costgate audit lists the calls"
        raise UserError("no model call here, and none that rests on this line", where=options.what, hint=places)
    say(derivation(report, calls, Options(width=width(on_terminal()))))
    return PASS


def _audited(file: Path, options: argparse.Namespace) -> tuple[str, Report]:
    """The file's path inside the tree, and a report of the whole tree."""
    from costgate.commands.session import Session, here
    from costgate.gate import audit
    from costgate.store.git import find_root

    if not file.is_file():
        raise UserError("no such file", where=str(file))
    target = file.resolve()
    root = (find_root(target.parent) or here()).resolve()
    if not target.is_relative_to(root):
        root = target.parent
    with Session(options) as setting:
        report = audit([root], setting)
    return target.relative_to(root).as_posix(), report
