"""`costgate init`: configuration, hook, pipeline and baseline, so that the first day is green."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.commands import PASS
from costgate.commands.session import Session, reading
from costgate.model.error import UserError
from costgate.terminal import ask, say, write

if TYPE_CHECKING:
    from costgate.start.plan import Step


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    from costgate.start.plan import forges

    made.description = (
        f"{made.description} Files that are there are left alone. Asks before it writes; --yes does not ask, --dry-run "
        "only shows."
    )
    made.add_argument("path", nargs="?", type=Path, default=Path(), metavar="PATH", help="a folder of the repository")
    how = made.add_mutually_exclusive_group()
    how.add_argument("--yes", action="store_true", help="write without asking")
    how.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    made.add_argument("--forge", choices=(*forges(), "none"), help="whose pipeline to write (default: as the repository looks)")
    made.add_argument("--no-hook", action="store_true", help="leave pre-commit alone")
    made.add_argument("--no-baseline", action="store_true", help="do not accept today's findings")
    made.add_argument("--action", metavar="OWNER/NAME@REF", help="where the GitHub Action is had from")
    made.add_argument(
        "--source",
        metavar="URL[@REV]",
        help="the git repository that hook and pipelines install costgate from (default: the one this was installed from)",
    )
    made.add_argument("--owner", default="@OWNER", metavar="@NAME", help="who shall own the policy, for CODEOWNERS")
    reading(made)


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.config import DEFAULT
    from costgate.gate import audit
    from costgate.start import plan, texts
    from costgate.start.source import source
    from costgate.store.git import find_root, open_repository

    _check(options)
    root = find_root(options.path)
    if root is None:
        raise UserError("not a git repository", where=str(options.path), hint="git init")
    with open_repository(root) as repository:
        _, remote, _ = repository.run("config", "--get", "remote.origin.url")
    forge = options.forge or plan.forge_of(root, remote.decode("utf-8", "replace").strip())
    with Session(options) as setting:
        report = audit([root], setting)
    accept = not options.no_baseline and plan.configured(root) is None and not (root / DEFAULT).exists()
    config = texts.configuration(report, DEFAULT if accept else None)
    steps = list(
        plan.steps(
            root,
            config=config,
            hook=not options.no_hook,
            forge=None if forge == "none" else forge,
            source=source(options.source),
            action=options.action,
        )
    )
    found = report["totals"]["head"]["counted"]
    today = sum(one["state"] == "open" for one in report["findings"])
    say(f"{found:,} model call{'' if found == 1 else 's'}, {today:,} open finding{'' if today == 1 else 's'} today")
    written = [step.path for step in steps if _done(root, step, options)]
    if accept and (plan.CONFIG in written or options.dry_run) and _baseline(root, options):
        written.append(DEFAULT)
    _close(steps, written, options)
    if forge is None:
        say(f"\nNothing here says where pull requests are made: --forge {'|'.join(plan.forges())} writes a pipeline.")
    return PASS


def _check(options: argparse.Namespace) -> None:
    if not (options.yes or options.dry_run) and not (sys.stdin is not None and sys.stdin.isatty()):
        raise UserError("nobody is there to be asked", where="costgate init", hint="--yes writes, --dry-run shows")
    for name in ("action", "source", "owner"):
        given = getattr(options, name) or ""
        if any(not char.isprintable() or char.isspace() for char in given):
            raise UserError("holds a blank or a control character", where=f"--{name}")


def _done(root: Path, step: Step, options: argparse.Namespace) -> bool:
    """Whether the file was written, or would be."""
    from costgate.start import plan

    if step.kept:
        say(f"keeps  {step.path}: {step.kept}")
        if step.advice:
            say(f"\n{step.advice}")
        return False
    if options.dry_run:
        say(f"would write {step.path}:\n")
        say("\n".join(f"    {line}".rstrip() for line in step.text.splitlines()) + "\n")
        return True
    if not options.yes and not ask(f"write {step.path}?"):
        say(f"leaves {step.path} out")
        return False
    plan.write(root, step)
    say(f"wrote  {step.path}")
    return True


def _baseline(root: Path, options: argparse.Namespace) -> bool:
    from costgate.config import DEFAULT
    from costgate.gate import baseline
    from costgate.judge.baseline import dump_baseline

    if options.dry_run:
        say(f"would accept today's findings in {DEFAULT}")
        return True
    with Session(options) as setting:
        made = baseline(root, "create", setting)
    write(dump_baseline(made.after), made.root / made.path)
    say(f"wrote  {made.path}: {len(made.after):,} finding{'' if len(made.after) == 1 else 's'} accepted")
    return True


def _close(steps: list[Step], written: list[str], options: argparse.Namespace) -> None:
    from costgate.config import DEFAULT, TEAM_FOLDER
    from costgate.start import plan, texts

    pipelines = [step.path for step in steps if step.path not in {plan.CONFIG, texts.HOOK_CONFIG}]
    paths = [plan.CONFIG, DEFAULT, TEAM_FOLDER, *pipelines]
    say("\nFor CODEOWNERS, so that the policy is changed by its owner alone:\n")
    for line in texts.owners(paths, options.owner):
        say(f"    {line}")
    placeholders = [step.path for step in steps if step.path in written and "OWNER/" in step.text]
    for path in placeholders:
        say(f"\nIn {path}, put the place that you have costgate from where it says OWNER, or give it as --source.")
    if written:
        say("\nThen: git add these files, commit, and see `costgate audit`.")
