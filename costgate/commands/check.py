"""`costgate check`: the rules on the files given, as a pre-commit hook asks for them."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.commands import FAIL, PASS
from costgate.commands.mending import asked, mended, mending
from costgate.commands.output import rendered
from costgate.commands.quick import keep, keep_screen, keep_valid
from costgate.commands.session import Session, cache_folder, finish, focusing, here, judging
from costgate.model.error import UserError
from costgate.model.loading import Loading
from costgate.model.tree import NoCache
from costgate.terminal import write

if TYPE_CHECKING:
    from costgate.gate import Rest
    from costgate.model.report import Report


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("files", nargs="*", type=Path, metavar="FILE")
    judging(made)
    focusing(made)
    mending(made)


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    if not options.files:
        return PASS
    for file in options.files:
        if file.is_dir():
            raise UserError("is a folder", where=str(file), hint=f"costgate audit {file} reads folders")
        if not file.is_file():
            raise UserError("is not a regular file" if file.exists() else "no such file", where=str(file))
    if options.format == "text" and not _worth_reading(options):
        return PASS
    with Loading():
        from costgate.gate import Rest, check
        from costgate.store.git import find_root

    with Session(options) as setting:
        if asked(options):
            root = find_root(here()) or here()
            return mended(options, root, lambda edited: check(options.files, here(), setting, edited))
        rest = Rest()
        report = check(options.files, here(), setting, rest=rest)
    return _told(report, options, rest)


def _told(report: Report, options: argparse.Namespace, rest: Rest) -> int:
    """Print the report, and keep what was printed for the next run that asks the same."""
    if not _is_usual(options):
        return finish(report, options)
    failed = report["verdict"]["result"] == "fail"
    text = rendered(report, options).rstrip("\n") if failed or not options.quiet else ""
    if text:
        write(text, None)
    code = FAIL if failed else PASS
    if names := rest.names():
        keep(options.words, code, text, rest.contents, names, rest.told)
    return code


def _is_usual(options: argparse.Namespace) -> bool:
    """Whether nothing is asked for that an answer given before would have to be kept apart by."""
    given = (options.output, options.config, options.policy, options.prices, options.as_of)
    return options.format == "text" and not options.no_cache and all(each is None for each in given)


def _worth_reading(options: argparse.Namespace) -> bool:
    """Whether any file can hold a call, or is one that calls may read; decided on bytes alone.

    Where nothing is read, what configures the run is still told of if it is broken.
    """
    from costgate.knowledge.prompt_files import prompt_folders
    from costgate.read.screen import is_told, may_matter, needles, teaches
    from costgate.store.cache import SqliteCache
    from costgate.store.root import find_root

    root = find_root(Path.cwd()) or Path.cwd()
    if teaches(root):
        return True
    with nullcontext(NoCache()) if options.no_cache else SqliteCache(cache_folder()) as cache:
        words = needles(cache.get, cache.put)
    if not options.no_cache:
        keep_screen(words, prompt_folders())
    if any(may_matter(file, words) for file in options.files):
        return True
    if is_told(root):
        from costgate.gate import Rest, in_order

        rest = Rest()
        with Session(options) as setting:
            in_order(here(), setting, rest)
        if rest.names() and _is_usual(options):
            keep_valid(rest.root, rest.told, rest.contents)
    return False
