"""`costgate check`: the rules on the files given, as a pre-commit hook asks for them."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands import PASS
from costgate.commands.mending import asked, mended, mending
from costgate.commands.session import Session, cache_folder, finish, here, judging
from costgate.model.error import UserError


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("files", nargs="*", type=Path, metavar="FILE")
    judging(made)
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
    if options.format == "text" and not _worth_reading(options.files, no_cache=options.no_cache):
        return PASS
    from costgate.gate import check
    from costgate.store.git import find_root

    with Session(options) as setting:
        if asked(options):
            root = find_root(here()) or here()
            return mended(options, root, lambda edited: check(options.files, here(), setting, edited))
        report = check(options.files, here(), setting)
    return finish(report, options)


def _worth_reading(files: list[Path], *, no_cache: bool) -> bool:
    """Whether any file can hold a call, or is one that calls may read; decided on bytes alone."""
    from costgate.read.screen import may_matter, needles, teaches
    from costgate.store.root import find_root

    if teaches(find_root(Path.cwd()) or Path.cwd()):
        return True
    if no_cache:
        words = needles(lambda kind, key: None, lambda kind, key, value: None)
    else:
        from costgate.store.cache import SqliteCache

        with SqliteCache(cache_folder()) as cache:
            words = needles(cache.get, cache.put)
    return any(may_matter(file, words) for file in files)
