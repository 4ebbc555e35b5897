"""`costgate fleet`: audits of many repositories, on a cluster, that can be taken up again."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from costgate import __version__
from costgate.commands import FAIL, PASS
from costgate.commands.output import plain
from costgate.commands.session import cache_folder, date_of
from costgate.model.error import UserError
from costgate.terminal import say

if TYPE_CHECKING:
    from costgate.fleet.listing import Item
    from costgate.fleet.state import Result
    from costgate.fleet.work import Circumstances

SECONDS = 600


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.description = (
        f"{made.description} LIST is a folder of checkouts, a text file with a git URL or path on each line, or YAML with "
        "`repositories:`. Reports go to OUT/reports; run it again to go on where it stopped: what is done and has not changed "
        "is kept. Exit code 1 when a repository could not be audited."
    )
    made.add_argument("list", type=Path, metavar="LIST")
    made.add_argument("--out", type=Path, required=True, metavar="DIR", help="where reports and results go")
    made.add_argument(
        "--scheduler", metavar="tcp://HOST:PORT", help="a Dask scheduler; OUT and paths must be shared with it"
    )
    made.add_argument(
        "--workers", type=_positive, metavar="N", help="processes of the local cluster (default: one a core)"
    )
    made.add_argument("--timeout", type=_positive, default=SECONDS, metavar="SECONDS", help="for one repository (600)")
    made.add_argument("--config", type=Path, metavar="FILE", help="use this file in place of every costgate.yaml")
    made.add_argument("--as-of", metavar="YYYY-MM-DD", help="the date that verdicts may depend on (default: today)")
    made.add_argument("--fresh", action="store_true", help="audit everything anew")
    made.add_argument("-q", "--quiet", action="store_true", help="say only what failed, and the sum")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.fleet import run as fleet
    from costgate.fleet.listing import read_list

    items = read_list(options.list)
    given = _circumstances(options)
    todo, kept = (list(items), {}) if options.fresh else fleet.left(items, given)
    if kept:
        say(f"{len(kept):,} of {len(items):,} repositories are done already")
    told = _Told(len(items), len(kept), options.quiet)
    results = dict(kept)
    if todo:
        workers = options.workers or os.cpu_count() or 1
        results |= fleet.run(todo, given, options.scheduler, workers, told.tell)
    _collected(items, results, Path(given.out))
    return _summed(items, results)


def _collected(items: Sequence[Item], results: Mapping[str, Result], out: Path) -> None:
    """Put the reports into the portfolio beside them; those it has already stay as they are."""
    from costgate.commands.portfolio import put, readable
    from costgate.fleet.state import DONE, reports
    from costgate.portfolio.rows import Filed

    refused: list[str] = []
    done = (item for item in items if results[item.name].state == DONE)
    filed = (
        Filed(report, item.owner, item.team)
        for item in done
        for report in readable([reports(out) / f"{item.name}.json"], refused)
    )
    added, _ = put(out / "portfolio", filed)
    for each in refused:
        say(f"not in the portfolio: {plain(each)}")
    say(f"{out / 'portfolio'}: {added:,} reports added (costgate portfolio show --store {out / 'portfolio'})")


def _summed(items: Sequence[Item], results: Mapping[str, Result]) -> int:
    from costgate.fleet.state import FAILED

    failed = [results[item.name] for item in items if results[item.name].state == FAILED]
    if failed:
        say("\nNot audited")
    for each in failed:
        say(f"  {each.name}: {plain(each.why)}")
    asked, found = sum(each.asked for each in results.values()), sum(each.found for each in results.values())
    share = f"; {found / asked:.0%} of {asked:,} facts came from the cache" if asked else ""
    say(f"{len(items) - len(failed):,} of {len(items):,} repositories audited{share}")
    return FAIL if failed else PASS


class _Told:
    """Says what is done as it is done."""

    def __init__(self, parts: int, done: int, quiet: bool) -> None:
        self.parts, self.done, self.quiet = parts, done, quiet

    def tell(self, result: Result) -> None:
        """Say one result."""
        self.done += 1
        if not self.quiet:
            end = f"{result.state}: {plain(result.why)}" if result.why else f"{result.seconds:.1f} s"
            say(f"[{self.done:,}/{self.parts:,}] {result.name}  {end}")


def _circumstances(options: argparse.Namespace) -> Circumstances:
    from costgate.fleet.work import Circumstances

    config: Path | None = options.config
    if config is not None and not config.is_file():
        raise UserError("no such file", where=str(config))
    as_of = date_of(options.as_of)
    content = config.read_bytes() if config is not None else b""
    name = sha256(repr((__version__, as_of, content)).encode()).hexdigest()[:16]
    out = options.out.resolve()
    _made(out)
    cache = cache_folder().resolve()
    return Circumstances(
        name, str(out), str(cache), as_of, str(config.resolve()) if config else None, float(options.timeout)
    )


def _made(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot be made: {error.strerror}", where=str(out)) from None
    if not os.access(out, os.W_OK):
        raise UserError("cannot be written", where=str(out))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)
