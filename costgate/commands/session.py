"""What the commands that read code share: their arguments, the setting of a run, and how it ends."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costgate.commands import FAIL, PASS
from costgate.commands.output import rendered
from costgate.model.error import UserError
from costgate.terminal import dumb, write

if TYPE_CHECKING:
    from costgate.model.report import Report
    from costgate.model.setting import Setting
    from costgate.model.tree import Cache

PERSONAS = ("default", "strict", "auditor")


def judging(made: argparse.ArgumentParser) -> None:
    """The arguments of a command that ends with a verdict."""
    from costgate.render import FORMATS

    made.add_argument("-f", "--format", choices=FORMATS, default="text")
    made.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of to standard output")
    made.add_argument("--fail-on", choices=("error", "warning", "info", "never"), help="lowest severity that fails")
    made.add_argument("--persona", choices=PERSONAS, help="how much is shown: strict and auditor show more")
    made.add_argument("-q", "--quiet", action="store_true", help="print nothing when the verdict is pass")
    made.add_argument("--limit", type=_count, default=50, metavar="N", help="calls to list (default: 50)")
    redacting(made)
    reading(made)


def redacting(made: argparse.ArgumentParser) -> None:
    """The argument of a command that prints a report."""
    made.add_argument("--redact", action="store_true", help="leave text of the judged code out of the report")


def reading(made: argparse.ArgumentParser) -> None:
    """The arguments of a command that reads a tree."""
    made.add_argument(
        "--config", type=Path, metavar="FILE", help="use this file in place of costgate.yaml, as it is on disk"
    )
    made.add_argument(
        "--policy", type=Path, metavar="PATH", help="a configuration, or a folder with one and rules, above costgate.yaml"
    )
    made.add_argument("--prices", metavar="BOOK", help="prices of a day (YYYY-MM-DD), of a shipped book, or of a book's file")
    made.add_argument("--as-of", metavar="YYYY-MM-DD", help="the date that verdicts may depend on (default: today)")
    made.add_argument("--no-cache", action="store_true", help="neither read nor write the cache")


def asking(made: argparse.ArgumentParser) -> None:
    """The argument of a command whose report has workloads."""
    made.add_argument(
        "--what-if",
        action="append",
        metavar="KEY=VALUE",
        help="a scenario: workloads with a key set otherwise (traffic=2x, tokens=1.5x, NAME.model=...); may be repeated",
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of calls")
    return int(text)


class Session:
    """The setting of a run, with its cache opened and closed, and a bar on a terminal that waits."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.open: list[Any] = []

    def __enter__(self) -> Setting:
        from costgate.model.setting import Setting, silent
        from costgate.model.tree import NoCache

        tell = silent
        terminal = sys.stderr is not None and sys.stderr.isatty() and not dumb()
        if terminal and not os.environ.get("CI") and not getattr(self.options, "quiet", False):
            from costgate.render.progress import Bar

            bar = Bar(sys.stderr)
            self.open.append(bar)
            tell = bar.tell
        cache: Cache = NoCache()
        if not self.options.no_cache:
            from costgate.store.cache import SqliteCache

            cache = SqliteCache(cache_folder())
            self.open.append(cache)
        return Setting(
            date_of(self.options.as_of),
            cache,
            self.options.config,
            getattr(self.options, "fail_on", None),
            getattr(self.options, "base_config", None),
            tell,
            getattr(self.options, "persona", None),
            policy=self.options.policy,
            labels=tuple(getattr(self.options, "label", ())),
            what_if=tuple(getattr(self.options, "what_if", None) or ()),
            **self._prices("prices"),
            **self._prices("base_prices"),
        )

    def _prices(self, name: str) -> Any:
        given, data = prices_given(getattr(self.options, name, None))
        return {name: given, f"{name}_data": data}

    def __exit__(self, *error: object) -> None:
        for each in self.open:
            each.close()


def prices_given(given: str | None) -> tuple[str | None, bytes | None]:
    """What `--prices` says, with the bytes of the file if it names one."""
    if given is None or not given.endswith(".json"):
        return given, None
    try:
        return given, Path(given).read_bytes()
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=given, hint="check --prices") from None


def cache_folder() -> Path:
    """Where facts are kept between runs."""
    from costgate.store.folder import cache_folder

    return Path(cache_folder())


def here() -> Path:
    """The current folder, or a UserError when it is gone."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UserError("the current folder is gone", hint="cd to the repository again") from None


def date_of(given: str | None) -> str:
    """The date given, or today's in UTC. UserError for what is no date."""
    from datetime import UTC, date, datetime

    if given is None:
        return datetime.now(UTC).date().isoformat()
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise UserError(f"{given!r} is not a date", where="--as-of", hint="write it as 2026-01-31") from None


def finish(report: Report, options: argparse.Namespace) -> int:
    """Print the report and return the exit code of its verdict."""
    failed = report["verdict"]["result"] == "fail"
    if failed or not options.quiet or options.output is not None:
        write(rendered(report, options), options.output)
    return FAIL if failed and options.format != "sarif" else PASS
