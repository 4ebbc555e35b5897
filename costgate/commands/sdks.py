"""`costgate sdks`: what is known of SDKs and frameworks, and what a team teaches."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands import FAIL, MISTAKE, PASS
from costgate.commands.session import date_of
from costgate.model.error import UserError
from costgate.terminal import say


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.description = (
        "list: all of them. show NAME: what is known of one. check [FILE...]: whether the SDK files that this repository "
        "teaches are valid, and their examples read as they say. draft PACKAGE: a first file for an installed package. "
        "draft imports that package, so its code runs: in a process of its own, outside of this folder, without your "
        "environment variables and for a minute at most. A package whose code lies in this repository is refused."
    )
    made.add_argument("action", choices=("list", "show", "check", "draft"))
    made.add_argument("names", nargs="*", metavar="NAME", help="an SDK, files, or a package as an import writes it")
    made.add_argument("--python", type=Path, metavar="PYTHON", help="the interpreter that has the package to draft")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    if options.action == "check":
        return _check_sdks(options)
    if options.action == "list":
        if options.names:
            raise UserError("list takes no name", hint=f"see costgate sdks show {options.names[0]}")
        say(_sdk_page(None))
        return PASS
    if len(options.names) != 1:
        raise UserError(f"{options.action} needs one name", hint="see costgate sdks --help")
    if options.action == "show":
        say(_sdk_page(options.names[0]))
        return PASS
    from costgate.knowledge.sdks import load_sdks
    from costgate.teach.draft import draft

    say(draft(options.names[0], date_of(None), options.python, load_sdks()["sdks"]).rstrip("\n"))
    return PASS


def _sdk_page(name: str | None) -> str:
    from costgate.gate import knowledge
    from costgate.model.tree import NoCache
    from costgate.teach.local import taught_at
    from costgate.teach.show import overview, page

    made = knowledge(NoCache(), taught_at(Path.cwd()).sdks)
    return overview(made) if name is None else page(made, name)


def _check_sdks(options: argparse.Namespace) -> int:
    from costgate.teach.check import check_named

    checked = check_named(Path.cwd(), options.names)
    for each in checked.complaints:
        say(each)
    say(
        f"{checked.files} file{'' if checked.files == 1 else 's'}, {checked.examples} "
        f"example{'' if checked.examples == 1 else 's'}, {len(checked.complaints)} wrong"
    )
    return MISTAKE if checked.invalid else FAIL if checked.complaints else PASS
