"""The arguments of every command; what the commands do stands in cli."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from costgate import __version__

if TYPE_CHECKING:
    from typing import TypeAlias

    # the only name that argparse has for what add_subparsers returns
    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001

PERSONAS = ("default", "strict", "auditor")
FORMATS = ("text", "json", "sarif", "markdown", "github")


def parser() -> argparse.ArgumentParser:
    """The whole command line; `command` of what it parses is the command's name, None for none."""
    made = argparse.ArgumentParser(
        prog="costgate",
        description="What a change does to the LLM bill, before the merge, and whether the team's policy allows it.",
    )
    made.add_argument("--version", action="version", version=f"costgate {__version__}")
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    audit = _judging(commands, "audit", "rank every call site of a codebase by what it costs")
    audit.add_argument("paths", nargs="*", type=Path, default=[Path()], metavar="PATH")
    _diff(commands)
    check = _judging(commands, "check", "judge the files given, as a pre-commit hook does")
    check.add_argument("files", nargs="*", type=Path, metavar="FILE")
    _baseline(commands)
    _saved(commands)
    _knowledge(commands)
    return made


def _command(commands: Commands, name: str, text: str, more: str = "") -> argparse.ArgumentParser:
    return commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}. {more}".strip())


def _judging(commands: Commands, name: str, text: str, more: str = "") -> argparse.ArgumentParser:
    made = _command(commands, name, text, more)
    made.add_argument("--format", choices=FORMATS, default="text")
    made.add_argument("--output", type=Path, metavar="FILE", help="write there instead of to standard output")
    made.add_argument("--fail-on", choices=("error", "warning", "info", "never"), help="lowest severity that fails")
    made.add_argument("--persona", choices=PERSONAS, help="how much is shown: strict and auditor show more")
    made.add_argument("--quiet", action="store_true", help="print nothing when the verdict is pass")
    made.add_argument("--limit", type=_count, default=50, metavar="N", help="calls to list (default: 50)")
    _reading(made)
    return made


def _reading(made: argparse.ArgumentParser) -> None:
    made.add_argument("--config", type=Path, metavar="FILE", help="use this file in place of costgate.yaml, as it is on disk")
    made.add_argument("--as-of", metavar="YYYY-MM-DD", help="the date that verdicts may depend on (default: today)")
    made.add_argument("--no-cache", action="store_true", help="neither read nor write the cache")


def _diff(commands: Commands) -> None:
    text = "what a branch changes against its merge base"
    more = (
        "The costgate.yaml of the merge base judges; what the change does to it is shown. "
        "--config is your own choice and holds for both sides: give it no file that the change itself can write."
    )
    made = _judging(commands, "diff", text, more)
    made.add_argument("--base", metavar="REF", help="the branch it will be merged into (default: origin's, main, master)")
    made.add_argument(
        "--base-config",
        metavar="PATH",
        help="a path in the repository that stands for costgate.yaml there; like it, the merge base's version judges",
    )
    which = made.add_mutually_exclusive_group()
    which.add_argument("--head", metavar="REF", help="the revision to judge (default: HEAD)")
    which.add_argument("--staged", action="store_true", help="judge what is staged")
    which.add_argument("--worktree", action="store_true", help="judge the files as they are on disk")


def _baseline(commands: Commands) -> None:
    text = "the findings that are accepted for now"
    more = (
        "create writes every finding that an audit has now; update drops those that are gone and never adds any; "
        "show lists them. The file is the one that `baseline:` in costgate.yaml names."
    )
    made = _command(commands, "baseline", text, more)
    made.add_argument("action", choices=("create", "update", "show"))
    made.add_argument("path", nargs="?", type=Path, default=Path(), metavar="PATH", help="a folder of the codebase")
    _reading(made)


def _saved(commands: Commands) -> None:
    render = _command(commands, "render", "make another format from a saved report")
    render.add_argument("report", type=Path)
    render.add_argument("--format", choices=FORMATS, default="text")
    render.add_argument("--output", type=Path, metavar="FILE")
    render.add_argument("--tag", default="report", help="keeps several reports on one pull request apart")
    verdict = _command(commands, "verdict", "the exit code of a saved report")
    verdict.add_argument("report", type=Path)
    comment = _command(commands, "comment", "bring the pull request's comment up to date from a saved report")
    comment.add_argument("report", type=Path)
    comment.add_argument("--repo", required=True, metavar="OWNER/NAME")
    comment.add_argument("--pr", required=True, type=int, metavar="N")
    comment.add_argument("--tag", default="report", help="keeps several reports on one pull request apart")
    comment.add_argument("--mode", choices=("update", "new", "delete-and-new"), default="update")


def _knowledge(commands: Commands) -> None:
    explain = _command(commands, "explain", "what a rule says, why, and how to mend or waive it")
    explain.add_argument("rule", metavar="RULE", help="an id or a name, such as CG101 or unbounded-output")
    rules = _command(commands, "rules", "list the rules, or put a team's own to the proof")
    rules.add_argument("action", choices=("list", "check"))
    rules.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="for check (default: .costgate/rules)")
    sdks = _command(commands, "sdks", "list, show, check and draft what is known of SDKs and frameworks")
    sdks.description = (
        "list: all of them. show NAME: what is known of one. check [FILE...]: whether the SDK files that this repository "
        "teaches are valid, and their examples read as they say. draft PACKAGE: a first file for an installed package. "
        "draft imports that package, so its code runs: in a process of its own, outside of this folder, without your "
        "environment variables and for a minute at most. A package whose code lies in this repository is refused."
    )
    sdks.add_argument("action", choices=("list", "show", "check", "draft"))
    sdks.add_argument("names", nargs="*", metavar="NAME", help="an SDK, files, or a package as an import writes it")
    sdks.add_argument("--python", type=Path, metavar="PYTHON", help="the interpreter that has the package to draft")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of calls")
    return int(text)
