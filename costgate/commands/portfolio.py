"""`costgate portfolio`: saved reports of many repositories as one portfolio."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.commands import FAIL, PASS
from costgate.commands.output import load
from costgate.model.error import UserError
from costgate.model.text import decoded
from costgate.terminal import on_terminal, say, width, write

if TYPE_CHECKING:
    from costgate.model.portfolio import Portfolio
    from costgate.model.report import Report
    from costgate.portfolio.budgets import Caps
    from costgate.portfolio.rows import Filed

FORMATS = ("text", "json", "csv", "focus", "html")


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.description = f"{made.description} Exit code 1 when a report could not be read, or a budget is exceeded."
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True)
    text = "put audits (JSON reports, or folders of them) into the store; what is there already is left alone"
    add = actions.add_parser("add", help=text, description=f"{text[0].upper()}{text[1:]}.")
    add.add_argument("reports", nargs="+", type=Path, metavar="REPORT")
    add.add_argument("--owner", help="whose the repositories are, where a workload does not say")
    add.add_argument("--team", help="the same for the team")
    text = "what the store says: by team, owner, workload and repository, and what moved"
    show = actions.add_parser("show", help=text, description=f"{text[0].upper()}{text[1:]}.")
    show.add_argument("--budgets", type=Path, metavar="FILE", help="YAML with total, teams and owners: money a month")
    show.add_argument("-f", "--format", choices=FORMATS, default="text")
    show.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of to standard output")
    for each in (add, show):
        each.add_argument("--store", type=Path, required=True, metavar="DIR", help="the store's folder")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    return _add(options) if options.action == "add" else _show(options)


def _add(options: argparse.Namespace) -> int:
    from costgate.portfolio.rows import Filed

    refused: list[str] = []
    filed = (Filed(report, options.owner, options.team) for report in readable(_files(options.reports), refused))
    added, known = put(options.store, filed)
    for each in refused:
        say(f"not added: {each}")
    say(f"{options.store}: {added:,} added, {known:,} there already, {len(refused):,} not added")
    return FAIL if refused else PASS


def put(store: Path, filed: Iterable[Filed]) -> tuple[int, int]:
    """How many reports were added, and how many were there already."""
    from itertools import count

    from costgate.portfolio.store import Store

    numbers = count()
    with Store(store) as opened:
        added = opened.add(each for each, _ in zip(filed, numbers, strict=False))
    return added, next(numbers) - added


def readable(files: Iterable[Path], refused: list[str]) -> Iterator[Report]:
    """The reports that are audits of whole trees; why the others are none goes to `refused`."""
    for file in files:
        try:
            report = load(file)
        except UserError as error:
            refused.append(str(error))
            continue
        mode = report["provenance"]["mode"]
        if mode == "audit":
            yield report
        else:
            refused.append(
                f"{file}: a report of `costgate {mode}` holds a part of the tree only (save one of `costgate audit`)"
            )


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.glob("*.json"))
        else:
            yield path


def _show(options: argparse.Namespace) -> int:
    from costgate.portfolio.questions import portfolio
    from costgate.portfolio.store import Store

    if not options.store.is_dir():
        raise UserError("no such store", where=str(options.store), hint="costgate portfolio add makes one")
    caps = _caps(options.budgets)
    with Store(options.store) as store:
        document = portfolio(store, caps)
    write(_rendered(document, options), options.output)
    return FAIL if any(each == "over" for each in _states(document)) else PASS


def _rendered(document: Portfolio, options: argparse.Namespace) -> str:
    from importlib import import_module

    from costgate.render.options import Options

    if options.format == "json":
        import json

        return json.dumps(document, indent=2) + "\n"
    text: str = import_module(f"costgate.render.portfolio_{options.format}").render(
        document, Options(width=width(on_terminal(options.output)))
    )
    return text


def _caps(path: Path | None) -> Caps:
    from costgate.knowledge.strict import load as load_yaml
    from costgate.portfolio.budgets import Caps, parse_caps

    if path is None:
        return Caps()
    try:
        text = decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise UserError(error.strerror or "cannot be read", where=str(path)) from None
    return parse_caps(load_yaml(text, str(path)), str(path))


def _states(document: Portfolio) -> Iterator[str | None]:
    groups = [*document["owners"], *document["teams"]]
    budgets = [document["totals"]["budget"], *(each["budget"] for each in (*groups, *document["workloads"]))]
    return (each["state"] for each in budgets if each is not None)
