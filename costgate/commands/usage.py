"""`costgate usage import`: measured figures from traces, gateway logs and providers' reports."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.commands import PASS
from costgate.commands.session import Session, date_of, here, reading
from costgate.model.error import UserError
from costgate.model.text import decoded
from costgate.terminal import complain, on_terminal, say, width

if TYPE_CHECKING:
    from costgate.model.report import Report
    from costgate.model.setting import Setting


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("sources", help="what can be read")
    made = actions.add_parser(
        "import",
        help="join requests to call sites and workloads and write what they used",
        description="Joins requests to call sites and workloads and writes what they used to the file that `measured:` in "
        "costgate.yaml names. Entries of that file that were edited by hand are left alone.",
    )
    made.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSON, JSON lines or CSV, also compressed with gzip")
    made.add_argument("--source", metavar="NAME", help="what the files are (default: each record decides)")
    made.add_argument("--columns", action="append", default=[], metavar="OURS=HEADER", help="a column of a table by another name")
    made.add_argument("--join", action="append", default=[], metavar="FIELD=VALUE:TARGET", help="prompt=greeting:bot/answer.py::answer")
    made.add_argument("--report", type=Path, metavar="FILE", help="join to the calls of this saved report instead of a run")
    made.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead")
    made.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
    reading(made)


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    return _list() if options.action == "sources" else _import(options)


def _list() -> int:
    from costgate.knowledge.telemetry import sources

    for source in sources().values():
        say(f"{source.name:18}  {source.title}")
    return PASS


def _import(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from costgate.render.imported import imported
    from costgate.terminal import write
    from costgate.usage.collect import collect
    from costgate.usage.document import written
    from costgate.usage.drift import drifts, idle, with_text
    from costgate.usage.join import sites_of

    _check_source(options.source)
    columns = dict(_pair(each) for each in options.columns)
    with Session(options) as setting:
        report, target, named = _report(options, setting)
        found = collect(options.files, sites_of(report, options.join), options.source, columns, setting.tell)
    found = replace(found, measured=with_text(found.measured, report))
    found = replace(found, drifts=(*drifts(found.measured, report), *idle(found.measured, report)))
    if not found.measured:
        say(imported(found, width(on_terminal()), report["provenance"]["currency"]))
        raise UserError("nothing in these files belongs to a call site or a workload", where=str(options.files[0]))
    made = written(_before(target), str(target), found.measured, date_of(options.as_of))
    notes = [f"{target}: {len(made.new)} new, {len(made.renewed)} renewed" + (", nothing written" if options.dry_run else "")]
    if made.kept:
        notes.append(f"Left alone, because they were edited by hand: {', '.join(made.kept)}.")
    say(imported(replace(found, notes=tuple(notes)), width(on_terminal()), report["provenance"]["currency"]))
    if not options.dry_run:
        write(made.text, target)
    if not named and options.output is None:
        complain(f"{target.name} is not used yet: set `measured: {target.name}` in costgate.yaml")
    return PASS


def _report(options: argparse.Namespace, setting: Setting) -> tuple[Report, Path, bool]:
    """The calls as they are without measured figures, the file to write, and whether the configuration names it."""
    from costgate.gate import unmeasured

    report, root, path, named = unmeasured(here(), setting)
    if options.report is not None:
        from costgate.commands.output import load

        report = load(options.report)
    return report, options.output or root / path, named


def _before(target: Path) -> str | None:
    try:
        return decoded(target.read_bytes(), str(target)).replace("\r\n", "\n")  # what is added ends its lines that way
    except FileNotFoundError:
        return None


def _check_source(name: str | None) -> None:
    from costgate.knowledge.strict import nearest
    from costgate.knowledge.telemetry import sources

    if name is not None and name not in sources():
        close = nearest(name, sources())
        hint = f"did you mean {close}?" if close else "costgate usage sources lists them"
        raise UserError(f"no source {name!r}", where="--source", hint=hint)


def _pair(text: str) -> tuple[str, str]:
    ours, found, header = text.partition("=")
    if not found or not ours.strip() or not header:
        raise UserError(f"{text!r} is not OURS=HEADER", where="--columns", hint="--columns input_tokens=Tokens_In")
    return ours.strip(), header
